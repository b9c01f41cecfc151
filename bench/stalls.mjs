import { setTimeout as sleep } from 'node:timers/promises'
import { newFile } from './databases.mjs'
import { STALLS } from './reach.mjs'
import { startEmulatorProgram } from './servers.mjs'

/** How many events the large changes have, and users. */
const EVENTS = 100_000
const USERS = 20_000

/**
 * Measures the slowest answer of a client that lists events, during each large change of the state.
 * @returns for each change its name and the slowest answer, in milliseconds, in memory and on a file
 */
export async function measureStalls({ say }) {
  const rows = new Map()
  for (const database of [':memory:', newFile()]) {
    const server = await startEmulatorProgram(database)
    try {
      const place = database === ':memory:' ? 'memory' : 'file'
      for (const [name, change] of changesOf(server.url)) {
        say(`stalls, ${place}, ${name}`)
        const row = rows.get(name) ?? { name }
        row[place] = await slowestDuring(server.url, change)
        rows.set(name, row)
      }
    } finally {
      await server.stop()
    }
  }
  return { rows: [...rows.values()] }
}

/** The changes, each with its name, in an order in which each finds what it needs. */
function changesOf(url) {
  const send = (method, path, body) => async () => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/_emulator${path}`, { method, headers, body })
    await answer.arrayBuffer()
    return answer.status
  }
  const fixture = document => JSON.stringify({ fixture: document })
  const events = fixtureWith({ events: EVENTS })
  const changes = [
    send('POST', '/reset', fixture(events)),
    send('POST', '/fixtures', JSON.stringify(events)),
    send('PUT', '/snapshots/large'),
    send('GET', '/fixtures'),
    send('DELETE', '/events'),
    send('POST', '/fixtures', JSON.stringify(events)),
    send('POST', '/snapshots/large/restore'),
    send('POST', '/reset', fixture(fixtureWith({ users: USERS }))),
    send('POST', '/sandboxes', fixture(events)),
    send('POST', '/reset', '['.repeat(16_000_000) + ']'.repeat(16_000_000)),
    send('POST', '/reset')
  ]
  return STALLS.map((name, index) => [name, changes[index]])
}

/** Lists events until a change is answered. @returns the slowest answer, in milliseconds */
async function slowestDuring(url, change) {
  let isOver = false
  let slowest = 0
  const list = async () => {
    while (!isOver) {
      const begun = performance.now()
      await (await fetch(`${url}/_emulator/events?limit=20`)).arrayBuffer()
      slowest = Math.max(slowest, performance.now() - begun)
      await sleep(1)
    }
  }
  const listing = list()
  await sleep(100)
  slowest = 0 // the first answers are slow
  await change()
  isOver = true
  await listing
  return slowest
}

function fixtureWith({ events = 0, users = 0 }) {
  const times = (count, of) => Array.from({ length: count }, (_, index) => of(index))
  return {
    organizations: [{ id: 'o', name: 'Organization' }],
    users: [
      { id: 'u', name: 'User', organization: 'o', role: 'user' },
      ...times(users, index => ({ id: `u${index}`, name: `User ${index}`, organization: 'o', role: 'user' }))
    ],
    extensions: [{ number: '0003*210', owner: 'u', kind: 'phoneTerminal' }],
    phoneCallEvents: times(events, index => ({
      extension: '0003*210',
      type: String(index % 5),
      id: String(index).padStart(30, 'x'),
      method: '0',
      url: `http://receiver.test/hooks/${index}`,
      note: 'A note of a usual length'
    }))
  }
}
