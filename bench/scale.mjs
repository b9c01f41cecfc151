import { makeDatabase } from './databases.mjs'
import { driveInTurns } from './drive.mjs'
import { DEEP_LOADS, LOADS, PATH, SESSION } from './loads.mjs'
import { control, startEmulatorProgram } from './servers.mjs'
import { median } from './statistics.mjs'

/** Number of events that a page at startIndex 5,000 needs. */
const DEEP = 5_020

/** Created events are deleted again, so that the size stays the stated one. */
const ORDER = { one: LOADS.one, list: LOADS.list, ...DEEP_LOADS, filter: LOADS.filter, delete: LOADS.delete }

/**
 * Measures requests a second on one extension by its number of events. The emulators of all sizes run side by side and
 * are measured in alternating rounds.
 * @returns a row for each load, with the results by size
 */
export async function measureScale({ sizes, seconds, rounds, say }) {
  const emulators = []
  for (const size of sizes) {
    say(`making ${size.toLocaleString('en')} events`)
    const { file, sample } = await makeDatabase({ events: size })
    const server = await startEmulatorProgram(file)
    emulators.push({ size, sample, server: { ...server, name: String(size) } })
  }
  const rows = []
  for (const [load, { title, requests }] of Object.entries(ORDER)) {
    say(`${title}, at every size`)
    const able = emulators.filter(({ size }) => load !== 'deep' || size >= DEEP)
    const samples = new Map(able.map(({ server, sample }) => [server.name, sample]))
    const measured = await driveInTurns(
      able.map(({ server }) => server),
      ({ name }) => requests(samples.get(name)),
      { connections: 20, seconds, rounds }
    )
    rows.push({ load, title, sizes: measured })
  }
  for (const { server } of emulators) await server.stop()
  return rows
}

/** Measures one event by id over many extensions and over many sandboxes, against one of each. */
export async function measureWidth({ extensions, sandboxes, seconds, rounds, say }) {
  say(`making ${extensions.toLocaleString('en')} extensions`)
  const many = await makeDatabase({ events: 0, extensions })
  const few = await makeDatabase({ events: 1_000 })
  const servers = {
    many: { ...(await startEmulatorProgram(many.file)), name: 'many' },
    few: { ...(await startEmulatorProgram(few.file)), name: 'few' }
  }
  const requests = { many: oneOf(many.sample), few: oneOf(few.sample) }
  const wide = await driveInTurns(Object.values(servers), ({ name }) => requests[name], {
    connections: 20,
    seconds,
    rounds
  })
  for (const server of Object.values(servers)) await server.stop()
  return {
    extensions: { count: extensions, ...wide },
    sandboxes: await measureSandboxes({ sandboxes, seconds, rounds, say })
  }
}

async function measureSandboxes({ sandboxes: count, seconds, rounds, say }) {
  say(`making ${count.toLocaleString('en')} sandboxes`)
  const server = await startEmulatorProgram(':memory:')
  const before = server.rss()
  const times = []
  for (let index = 0; index < count; index++) {
    const begun = performance.now()
    await control(server, 'POST', '/sandboxes', { name: `bench-${index}` })
    times.push(performance.now() - begun)
  }
  const after = server.rss()
  const page = prefix => ({ method: 'GET', path: `${prefix}${PATH}`, headers: SESSION })
  const requests = {
    one: [page('')],
    all: Array.from({ length: Math.min(count, 100) }, (_, index) => page(`/sandboxes/bench-${index}`))
  }
  const measured = await driveInTurns(
    Object.keys(requests).map(name => ({ ...server, name })),
    ({ name }) => requests[name],
    { connections: 20, seconds, rounds }
  )
  await server.stop()
  return { count, createMs: median(times), mbEach: (after - before) / count, ...measured }
}

const oneOf = sample =>
  sample.map(({ extension, type, id }) => ({
    method: 'GET',
    path: `/uapi/extensions/@me/${extension}/phoneCallEvents/${type}/${id}`,
    headers: SESSION
  }))
