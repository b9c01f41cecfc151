/**
 * Nothing to spread: scripts/joined-literals.mjs writes it into object literals. If it were a `const`, esbuild would write
 * its value in its place, and could drop the spread.
 */
// biome-ignore lint/style/useConst: see above
export let NOTHING: null = null
