// Checks style, types and tests. Arguments are passed to tap: `npm test -- test/40-list.test.ts`. With --heavy it runs
// those of test/heavy, and others with more runs and larger data; with --browser those of test/browser.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser, HOW_TO_GET_A_BROWSER } from './browser.mjs'
import './prepare.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const testsIn = folder => readdirSync(join(root, folder)).map(name => `${folder}/${name}`)
const isHeavy = process.argv[2] === '--heavy'
const isBrowser = process.argv[2] === '--browser'
const SCALED = [
  '86-clock-and-verification',
  '88-journal',
  '89-reset-and-snapshots',
  '92-call-flows',
  '93-phone-call-flows',
  '93-phone-call-recovery'
]
const scaled = SCALED.map(name => `test/${name}.test.ts`)
const files = isHeavy
  ? [...testsIn('test/heavy'), ...scaled]
  : isBrowser
    ? testsIn('test/browser')
    : process.argv.slice(2)
if (isHeavy) process.env.UAPI_TEST_EFFORT = '10'
const noBrowser = whyNoBrowser()
if (noBrowser !== undefined && process.env.UAPI_EMULATOR_REQUIRE_BROWSER) fail('browser', noBrowser)

if (files.length === 0) {
  check('style', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings')
  check('types', 'typescript/bin/tsc', '-p', '.')
}
if (hasCompilerOfTap()) check('tap build', 'tap/dist/esm/run.mjs', 'build')
// Tests in a browser depend on its speed, and their files are large. The heavier ones fill the cores.
const words = [...(isBrowser ? ['--timeout=600'] : []), ...(isBrowser || isHeavy ? ['--jobs=2'] : [])]
check('tests', 'tap/dist/esm/run.mjs', ...words, ...files)
if (files.length === 0)
  console.log(
    'npm run test:heavy runs the heavier tests: the packed package, many calls, and larger data. ' +
      'npm run test:browser runs those of the page.'
  )
if (noBrowser !== undefined && (files.length === 0 || isBrowser))
  console.log(`The tests in a browser were skipped: ${noBrowser}`)

/** Whether tap is as npm installs it: it loads a compiler in every test process until it is built with our .taprc. */
function hasCompilerOfTap() {
  const built = join(root, 'node_modules/@tapjs/test/test-built/dist/esm/index.js')
  return readFileSync(built, 'utf8').includes('@tapjs/typescript')
}

/** Gives the reason why no test can run in a browser, and what to do; undefined when one was found. */
function whyNoBrowser() {
  try {
    return findBrowser() === undefined ? `no browser was found: ${HOW_TO_GET_A_BROWSER}.` : undefined
  } catch (error) {
    return fail('browser', error.message) // the variable is wrong
  }
}

function check(what, tool, ...words) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...words], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status === 0) return
  fail(what, '', status || 1)
}

function fail(what, why, status = 1) {
  process.stderr.write(`${why}\n${what}: failed\n`)
  process.exit(status)
}
