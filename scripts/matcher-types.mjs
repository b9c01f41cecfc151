// Declarations of the package's `vitest` and `jest` exports: those of `matchers`, and the matchers as members of `expect`.
// They are texts, because compiling them would need both test runners.
const FROM_ESM = "from './matchers.js'"
const FROM_CJS = "from './matchers.js' with { 'resolution-mode': 'import' }"

const reexport = from => `import type { EmulatorMatchers } ${from};\nexport type * ${from};\n`
const value = `export declare const matchers: typeof import('./matchers.js', { with: { 'resolution-mode': 'import' } }).matchers;\n`

const JEST = `
declare global {
  namespace jest {
    interface Matchers<R> extends EmulatorMatchers<Promise<void>> {}
  }
}
declare module 'expect' {
  interface Matchers<R> extends EmulatorMatchers<Promise<void>> {}
}
`

const VITEST = `
declare module 'vitest' {
  interface Assertion<T> extends EmulatorMatchers<Promise<void>> {}
}
`

/** The text of each file by its name in `dist`. */
export const MATCHER_TYPES = {
  'vitest.d.ts': `${reexport(FROM_ESM)}export { matchers } ${FROM_ESM};\n${VITEST}`,
  'jest.d.ts': `${reexport(FROM_ESM)}export { matchers } ${FROM_ESM};\n${JEST}`,
  'jest.d.cts': `${reexport(FROM_CJS)}${value}${JEST}`,
  'matchers.d.cts': `export type * ${FROM_CJS};\n${value}`
}
