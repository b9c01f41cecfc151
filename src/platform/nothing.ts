/**
 * Nothing to spread: scripts/joined-literals.mjs writes it into object literals. A `const` would be replaced by its value
 * in the bundles, and its spread dropped.
 */
// biome-ignore lint/style/useConst: see above
export let NOTHING: null = null
