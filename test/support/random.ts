import fc from 'fast-check'

/**
 * The seed of random tests. The same one in every run, so that the verdict on a change depends on the change alone;
 * UAPI_TEST_SEED is another one, or `random`.
 */
const { UAPI_TEST_SEED = '1' } = process.env
if (UAPI_TEST_SEED !== 'random') fc.configureGlobal({ seed: Number(UAPI_TEST_SEED) })

export default fc
