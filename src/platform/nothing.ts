/**
 * Nothing to spread: scripts/joined-literals.mjs writes it into object literals. In place of a `const`, bundles would have
 * its value, whose spread esbuild drops elsewhere.
 */
// biome-ignore lint/style/useConst: see above
export let NOTHING: null = null
