// Checks style, types and tests. Arguments are passed to tap: `npm test -- test/40-list.test.ts`. With --heavy it runs
// those of test/heavy, and others with more runs and larger data.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import './prepare.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const heavy = readdirSync(join(root, 'test/heavy')).map(name => `test/heavy/${name}`)
const isHeavy = process.argv[2] === '--heavy'
const SCALED = [
  '86-clock-and-verification',
  '88-journal',
  '89-reset-and-snapshots',
  '92-call-flows',
  '93-phone-call-flows',
  '93-phone-call-recovery'
]
const scaled = SCALED.map(name => `test/${name}.test.ts`)
const files = isHeavy ? [...heavy, ...scaled] : process.argv.slice(2)
if (isHeavy) process.env.UAPI_TEST_EFFORT = '10'

if (files.length === 0) {
  check('style', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings')
  check('types', 'typescript/bin/tsc', '-p', '.')
}
if (hasCompilerOfTap()) check('tap build', 'tap/dist/esm/run.mjs', 'build')
check('tests', 'tap/dist/esm/run.mjs', ...files)
if (files.length === 0)
  console.log('npm run test:heavy runs the heavier tests: the packed package, many calls, and larger data.')

/** Whether tap is as npm installs it: it loads a compiler in every test process until it is built with our .taprc. */
function hasCompilerOfTap() {
  const built = join(root, 'node_modules/@tapjs/test/test-built/dist/esm/index.js')
  return readFileSync(built, 'utf8').includes('@tapjs/typescript')
}

function check(what, tool, ...words) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...words], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status === 0) return
  process.stderr.write(`\n${what}: failed\n`)
  process.exit(status || 1)
}
