// Runs the built program for long under load, and checks that nothing grows: npm run soak -- --help
import { parseArgs } from 'node:util'
import './prepare.mjs'
import { createLoad } from './soak/load.mjs'
import { startProgram } from './soak/program.mjs'
import { startReceiver } from './soak/receiver.mjs'
import { HEADINGS, judge, printReport, printRow, writeSection } from './soak/report.mjs'
import { keepStalledReaders } from './soak/stalled-readers.mjs'

const HELP = `Usage: npm run soak -- [--quick] [--requests N] [--webhooks N] [--minutes N] [--write]

Starts the built program on a database file, and sends requests and calls to it, while a hundred readers of its event
stream read nothing, sandboxes are created and ended, and the state is reset. It ends when all were sent, when the
minutes are over, or with Ctrl+C. What it measures at intervals must be level: the median of the last quarter is at most
a tenth above that of the second.

  --requests N  how many requests are sent (default: 10,000,000; with --quick 400,000)
  --webhooks N  how many webhooks are sent (default: 1,000,000; with --quick 40,000)
  --minutes N   the longest time (default: 1,440; with --quick 8)
  --quick       a short run, with small logs, which are full early
  --write       write the result to docs/benchmarks.md
  --help        print this

Exit codes: 0 everything is level, 1 something grows or was answered wrongly, 2 wrong options, 130 stopped.
`

const { requests, webhooks, minutes, quick, write } = readOptions()
const interval = Math.max(2_000, Math.min(60_000, (minutes * 60_000) / 96))
let isStopped = false
const receiver = await startReceiver()
const program = await startProgram({ receiver: receiver.url, isQuick: quick })
const load = createLoad(program, receiver, { requests, webhooks })
const readers = keepStalledReaders(program.port, 100)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    isStopped = true
    load.stop()
  })

const samples = []
const start = performance.now()
const failure = await run().catch(error => error)
readers.stop()
const exit = await program.stop()
receiver.stop()

if (isStopped) process.stderr.write('Stopped.\n')
if (failure) process.stderr.write(`${failure.stack}\n`)
const problems = [...judge(samples), ...load.problems()]
if (exit !== 0) problems.push(`the program ended with ${exit}`)
const report = printReport({ samples, problems, ...load.counts(), quick })
process.stdout.write(`\n${report}\n`)
if (write && !isStopped && !failure) writeSection(report)
process.exitCode = isStopped ? 130 : failure || problems.length > 0 ? 1 : 0

/** Samples until the load is over or the time is. */
async function run() {
  process.stdout.write(HEADINGS)
  const over = load.run()
  let isOver = false
  over.then(
    () => (isOver = true),
    () => (isOver = true)
  )
  while (!isOver) {
    await Promise.race([over, new Promise(resolve => setTimeout(resolve, interval))])
    const sample = { ...(await program.sample()), ...load.counts(), minutes: (performance.now() - start) / 60_000 }
    samples.push(sample)
    process.stdout.write(printRow(sample))
    if (sample.minutes >= minutes) load.stop()
  }
  await over
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        requests: { type: 'string' },
        webhooks: { type: 'string' },
        minutes: { type: 'string' },
        quick: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    })
    if (values.help) {
      process.stdout.write(HELP)
      process.exit(0)
    }
    const defaults = values.quick
      ? { requests: 400_000, webhooks: 40_000, minutes: 8 }
      : { requests: 10_000_000, webhooks: 1_000_000, minutes: 1_440 }
    const numbers = Object.entries(defaults).map(([name, fallback]) => [name, read(name, values[name], fallback)])
    return { ...values, ...Object.fromEntries(numbers) }
  } catch (error) {
    process.stderr.write(`${error.message}\nnpm run soak -- --help prints the options.\n`)
    process.exit(2)
  }
}

function read(name, text, fallback) {
  if (text === undefined) return fallback
  const plain = text.replaceAll(/[,_]/g, '')
  if (!/^[1-9]\d{0,10}$/.test(plain)) throw new TypeError(`--${name} must be a whole number from 1; got "${text}"`)
  return Number(plain)
}
