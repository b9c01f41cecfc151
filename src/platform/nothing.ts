/** Nothing to spread: scripts/joined-literals.mjs writes it into object literals. */
export const NOTHING: null = null
