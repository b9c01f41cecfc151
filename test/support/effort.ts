/** How much more the random tests do than in `npm test`: `npm run test:heavy` sets UAPI_TEST_EFFORT to 10. */
export const EFFORT = Number(process.env.UAPI_TEST_EFFORT ?? 1)

/** The size of a heavy test: the whole with `npm run test:heavy`, a part of it with `npm test`. */
export const sizeOf = (whole: number, part: number): number => (EFFORT > 1 ? whole : part)
