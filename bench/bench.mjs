// Benchmarks the emulator against bare platform code (the floors) and against other mock servers: npm run bench.
// Compared servers are measured in alternating rounds, so that ratios hold on machines where absolute numbers do not.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readSection } from '../scripts/soak/report.mjs'

const USAGE = `usage: npm run bench -- [options]

Measures the emulator next to a bare Fastify + better-sqlite3 server and next to json-server, Prism and WireMock, and
prints medians and ratios. A full run takes half an hour and is written to docs/benchmarks.md.

  --quick       two minutes: fewer rounds, 20 connections, up to 50,000 events; nothing is written
  --check       exit with 1 when a result misses its bound
  --json        print the results as JSON
  --only NAMES  only these parts, separated by commas: PARTS; nothing is written
  --help        this text
`

/** Rounds, durations (seconds) and sizes of a full and of a quick run. */
const PLANS = {
  full: {
    rates: { connections: [1, 20, 200], seconds: 1.2, rounds: 12 },
    peers: { seconds: 1.5, rounds: 12, warmUp: 30 },
    start: { rounds: 12 },
    inProcess: { rounds: 200, processes: 12 },
    memory: { requests: 1_000_000 },
    deliveries: { calls: 1_000, rounds: 12 },
    phoneCalls: { calls: 900, lists: 5_000, rounds: 7 },
    page: { calls: 1_000, paints: 9, rounds: 5 },
    hanging: { counts: [63, 64, 65, 500, 2_000], rounds: 7 },
    stalls: {},
    recording: { requests: 1_000, rounds: 12, exchanges: 100_000 },
    profile: { seconds: 4, calls: 1_000 },
    delay: { seconds: 10 },
    scale: { sizes: [1_000, 10_000, 100_000, 1_000_000], seconds: 2, rounds: 5 },
    width: { extensions: 10_000, sandboxes: 1_000, seconds: 2, rounds: 5 },
    install: {}
  },
  quick: {
    rates: { connections: [20], seconds: 0.4, rounds: 3 },
    peers: { seconds: 0.5, rounds: 3, warmUp: 6 },
    start: { rounds: 5 },
    inProcess: { rounds: 60, processes: 3 },
    memory: { requests: 120_000 },
    deliveries: { calls: 300, rounds: 3 },
    phoneCalls: { calls: 500, lists: 1_000, rounds: 3 },
    page: { calls: 300, paints: 3, rounds: 3 },
    hanging: { counts: [64, 500], rounds: 3 },
    stalls: {},
    recording: { requests: 300, rounds: 5, exchanges: 100_000 },
    profile: { seconds: 1, calls: 300 },
    delay: { seconds: 2 },
    scale: { sizes: [1_000, 50_000], seconds: 0.4, rounds: 3 },
    width: { extensions: 1_000, sandboxes: 50, seconds: 0.4, rounds: 3 }
  }
}

/** The parts of the benchmark. Each loads its code when it runs. */
const PARTS = {
  rates: async plan => (await import('./rates.mjs')).measureRates(plan),
  peers: async plan => (await import('./race.mjs')).measurePeers(plan),
  start: async plan => (await import('./starting.mjs')).measureStart(plan),
  inProcess: async plan => (await import('./starting.mjs')).measureInProcess(plan),
  memory: async plan => (await import('./memory.mjs')).measureMemory(plan),
  deliveries: async plan => (await import('./deliveries.mjs')).measureDeliveries(plan),
  phoneCalls: async plan => (await import('./phone-calls.mjs')).measurePhoneCalls(plan),
  page: async plan => (await import('./page.mjs')).measurePage(plan),
  hanging: async plan => (await import('./hanging.mjs')).measureHanging(plan),
  stalls: async plan => (await import('./stalls.mjs')).measureStalls(plan),
  recording: async plan => (await import('./recording.mjs')).measureRecording(plan),
  profile: async plan => (await import('./profile.mjs')).measureProfile(plan),
  delay: async plan => (await import('./deliveries.mjs')).measureLoopDelay(plan),
  scale: async plan => (await import('./scale.mjs')).measureScale(plan),
  width: async plan => (await import('./scale.mjs')).measureWidth(plan),
  install: async plan => (await import('./install.mjs')).measureInstall(plan)
}

const { quick, check, json, only, help } = readWords()
if (help) {
  process.stdout.write(USAGE.replace('PARTS', Object.keys(PARTS).join(', ')))
  process.exit(0)
}
const plan = quick ? PLANS.quick : PLANS.full
const parts = only?.split(',') ?? Object.keys(plan)
const unknown = parts.find(part => !Object.hasOwn(PARTS, part))
if (unknown !== undefined) fail(`--only: there is no part "${unknown}". There are ${Object.keys(PARTS).join(', ')}.`)

await import('../scripts/prepare.mjs') // what is measured is built, and what measures it installed
const { renderMissed, renderReport } = await import('./report/report.mjs')
const results = { machine: machine() }
const failed = []
const begun = performance.now()
for (const part of parts) {
  try {
    results[part] = await PARTS[part]({ ...(plan[part] ?? PLANS.full[part]), say })
  } catch (error) {
    failed.push(`${part}: ${error.message}\n`) // the others are worth having
    say(`${part} failed: ${error.message}`)
  }
}
say(`done after ${Math.round((performance.now() - begun) / 1000)} s`)
process.stderr.write('\n')

process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : renderReport(results))
if (!quick && only === undefined) writeReport()
const missed = renderMissed(results)
if (check && missed !== '') {
  process.stderr.write(`\nResults that miss their bounds:\n${missed}`)
  process.exit(1)
}
if (failed.length > 0) process.stderr.write(`\nCould not be measured:\n${failed.join('')}`)
process.exit(failed.length > 0 ? 1 : 0) // what was started ends with it

function readWords() {
  try {
    const flag = { type: 'boolean', default: false }
    const options = { quick: flag, check: flag, json: flag, help: flag, only: { type: 'string' } }
    return parseArgs({ options }).values
  } catch (error) {
    return fail(error.message)
  }
}

function fail(message) {
  process.stderr.write(`${message}\n\n${USAGE.replace('PARTS', Object.keys(PARTS).join(', '))}`)
  process.exit(2)
}

/** Shows progress, on one line when standard error is a terminal. */
function say(text) {
  const line = `[${String(Math.round(performance.now() / 1000)).padStart(4)} s] ${text}`
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
}

function machine() {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  return {
    date: new Date().toISOString().slice(0, 10),
    version,
    mode: quick ? 'quickly' : 'in full',
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? 'an unknown processor',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`
  }
}

function writeReport() {
  const head = `# Benchmarks

Written by \`npm run bench\`. Absolute numbers hold for one machine. Ratios were measured alternately in one run, and are comparable
between machines: each is the median of the ratios of its rounds, twelve in a full run, not the ratio of two medians. The floor is a
bare Fastify + better-sqlite3 server with the emulator's answers (bench/floors/server.mjs): it does not authenticate, validate or
record. For reads it has the emulator's tables, for writes one table with one index. It counts with count(*), reads rows by column
name, keeps SQLite's default checkpoints and is not bundled, which is why the emulator can be faster. "For CPU" compares requests for
a second of CPU time. Times and rates are medians of rounds, over 20 connections unless stated otherwise.

`
  const path = join(import.meta.dirname, '../docs/benchmarks.md')
  writeFileSync(path, head + renderReport(results) + readSection(readFileSync(path, 'utf8')))
  process.stderr.write('docs/benchmarks.md was written.\n')
}
