// Checks style, types and tests. Arguments are passed to tap: `npm test -- test/40-list.test.ts`.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import './prepare.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const files = process.argv.slice(2)

if (files.length === 0) {
  check('style', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings')
  check('types', 'typescript/bin/tsc', '-p', '.')
}
check('tests', 'tap/dist/esm/run.mjs', ...files)

function check(what, tool, ...words) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...words], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status === 0) return
  process.stderr.write(`\n${what}: failed\n`)
  process.exit(status || 1)
}
