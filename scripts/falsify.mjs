// Plants faults in copies of the source, one at a time, and checks that the tests notice each: npm run falsify -- --help
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createFalsifier } from './falsify/falsifier.mjs'
import { FAULTS, problemsOf } from './falsify/faults.mjs'
import { printResult, printSummary, printTable } from './falsify/print.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const TABLE = join(root, 'docs/falsify.md')
const HELP = `Usage: npm run falsify -- [--only TEXT]... [--jobs 1|2] [--list]

Plants each fault of scripts/falsify/faults in a copy of this folder, and runs the test that must fail. A fault that no
assertion notices has survived: write the test.

  --only TEXT  only the faults whose name or file contains the text; may be repeated
  --jobs N     how many faults are planted at a time, 1 or 2 (default: 2)
  --list       print the faults, and run nothing
  --help       print this

docs/falsify.md has the last result of each fault. Exit codes: 0 all were caught, 1 one was not, 2 wrong options.
`

const options = readOptions()
const selected = FAULTS.filter(({ name, file }) =>
  options.only.length === 0 ? true : options.only.some(text => name.includes(text) || file.includes(text))
)
if (selected.length === 0) refuse(`No fault has ${options.only.join(' or ')} in its name or file: --list prints them.`)
if (options.list) {
  for (const { name, file, test } of selected) process.stdout.write(`${name}\n  ${file}\n  ${test}\n`)
  process.exit(0)
}
const problems = problemsOf(FAULTS, root)
if (problems.length > 0) refuse(problems.join('\n'))

await import('./prepare.mjs')
const falsifier = createFalsifier(root)
let isStopped = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    isStopped = true
    falsifier.stop()
  })
const results = await falsifier
  .run(selected, options.jobs, result => isStopped || process.stdout.write(printResult(result)))
  .finally(falsifier.stop)
if (isStopped) {
  process.stderr.write('Stopped. The copies are removed.\n')
  process.exit(130)
}
process.stdout.write(printSummary(results))
writeFileSync(TABLE, printTable(FAULTS, results, existsSync(TABLE) ? readFileSync(TABLE, 'utf8') : ''))
process.exitCode = results.every(({ outcome }) => outcome === 'caught') ? 0 : 1

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: [] },
        jobs: { type: 'string', default: '2' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    })
    if (values.help) {
      process.stdout.write(HELP)
      process.exit(0)
    }
    if (!/^[12]$/.test(values.jobs)) throw new TypeError(`--jobs must be 1 or 2; got ${values.jobs}`)
    return { ...values, jobs: Number(values.jobs) }
  } catch (error) {
    return refuse(`${error.message}\nnpm run falsify -- --help prints the options.`)
  }
}

function refuse(message) {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
