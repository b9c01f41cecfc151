import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { makeDatabase, newFile, SCRATCH } from './databases.mjs'
import { ARMED, armedAt, placeCalls } from './deliveries.mjs'
import { drive } from './drive.mjs'
import { LOADS } from './loads.mjs'
import { control, ROOT, startFloor, startProfiledEmulator } from './servers.mjs'

/** Whose code runs, in the order of the report. */
export const OWNERS = {
  node: 'Node.js: HTTP, sockets, timers, the system',
  sqlite: 'SQLite and better-sqlite3',
  packages: 'Fastify and other packages',
  garbage: 'collection of garbage',
  emulator: 'the emulator itself'
}

const CONNECTIONS = 20

/**
 * Measures where the main thread spends its time under a load, with the sampling profiler of V8, after a warm-up.
 * @returns for each load its title, and the share of each owner of the time in which the thread was busy
 */
export async function measureProfile({ seconds, calls, say }) {
  const rows = []
  for (const load of [LOADS.one, LOADS.list, LOADS.create, LOADS.update]) {
    say(`profile, ${load.title}`)
    rows.push({ title: load.title, shares: await profileLoad(load, seconds) })
  }
  say('profile, webhooks')
  rows.push({ title: `webhooks of calls with ${ARMED} armed events`, shares: await profileWebhooks(calls) })
  return { rows }
}

async function profileLoad({ requests }, seconds) {
  const { file, sample } = await makeDatabase()
  return profile(file, [], async (server, record) => {
    const send = duration => drive(server, requests(sample), { connections: CONNECTIONS, seconds: duration })
    await send(seconds)
    await record(() => send(seconds))
  })
}

async function profileWebhooks(calls) {
  const receiver = await startFloor('receiver')
  const shares = await profile(newFile(), ['--fixture', armedAt(receiver.url)], async (server, record) => {
    for (let round = 0; round < 4; round++) {
      await control(server, 'PUT', '/clock', { mode: 'frozen' })
      await placeCalls(server, calls)
      const send = () => control(server, 'POST', '/clock/advance', { ms: 1_000 })
      await (round === 0 ? send() : record(send)) // the first is to warm up
      await control(server, 'POST', '/reset', {})
    }
  })
  await receiver.stop()
  return shares
}

/** Runs an emulator under the profiler. @param run calls `record` with each piece of work that counts */
async function profile(database, words, run) {
  const directory = mkdtempSync(join(SCRATCH, 'profile-'))
  const server = await startProfiledEmulator(directory, database, ...words)
  const spans = []
  try {
    await run(server, async work => {
      const begun = now()
      await work()
      spans.push([begun, now()])
    })
  } finally {
    await server.stop()
  }
  const [file] = readdirSync(directory)
    .map(name => join(directory, name))
    .sort((a, b) => readFileSync(b).length - readFileSync(a).length) // worker threads write one each, too
  return sharesOf(JSON.parse(readFileSync(file, 'utf8')), spans)
}

/** The clock of V8's profiles, which all processes of a machine share, in microseconds. */
const now = () => Number(process.hrtime.bigint() / 1_000n)

/** The share of each owner of the busy time within the spans. */
function sharesOf({ nodes, samples, timeDeltas, startTime }, spans) {
  const owners = ownersOf(nodes)
  const times = Object.fromEntries(Object.keys(OWNERS).map(owner => [owner, 0]))
  let at = startTime
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index]
    const owner = owners.get(id)
    if (owner !== undefined && spans.some(([begun, ended]) => at >= begun && at <= ended))
      times[owner] += timeDeltas[index]
  }
  const busy = Object.values(times).reduce((sum, time) => sum + time, 0)
  return Object.fromEntries(Object.entries(times).map(([owner, time]) => [owner, time / busy]))
}

/** The owner of each node of a profile; undefined for the time in which the thread waits. */
function ownersOf(nodes) {
  const map = new SourceMap(JSON.parse(readFileSync(join(ROOT, 'dist/program.cjs.map'), 'utf8')))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id])))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const owners = new Map()
  const ownerOf = id => {
    if (!owners.has(id)) owners.set(id, find(id))
    return owners.get(id)
  }
  const find = id => {
    const { functionName, url, lineNumber, columnNumber } = frames.get(id)
    if (functionName === '(idle)' || functionName === '(root)') return undefined
    if (functionName === '(garbage collector)') return 'garbage'
    if (functionName === '(program)' || url.startsWith('node:')) return 'node'
    if (url.includes('better-sqlite3') || (url === '' && STATEMENT_METHODS.has(functionName))) return 'sqlite'
    if (url === '') return ownerOf(parents.get(id)) ?? 'node' // a function of V8 or of Node, for the one that calls it
    const { originalSource = '' } = map.findEntry(lineNumber, columnNumber)
    if (originalSource.endsWith('/store/lazy-statement.ts')) return 'sqlite' // V8 counts calls of native functions there
    return originalSource.includes('node_modules/') ? 'packages' : 'emulator'
  }
  for (const { id } of nodes) ownerOf(id)
  return owners
}

/** The functions of better-sqlite3 that are not written in JavaScript. */
const STATEMENT_METHODS = new Set(['run', 'get', 'all', 'iterate', 'next', 'exec', 'prepare'])
