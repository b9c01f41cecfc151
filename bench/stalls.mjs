import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { newFile } from './databases.mjs'
import { STALLS } from './report/reach.mjs'
import { startEmulatorProgram } from './servers.mjs'

/** The program that sends the changes: the client that is measured is another one, and does not wait for itself. */
const CHANGES = new URL('./large-changes.mjs', import.meta.url)

/**
 * Measures the slowest answer of a client that lists events, during each large change of the state.
 * @returns for each change its name and the slowest answer, in milliseconds, in memory and on a file
 */
export async function measureStalls({ say }) {
  const rows = new Map()
  for (const database of [':memory:', newFile()]) {
    const server = await startEmulatorProgram(database)
    const changes = fork(CHANGES, [server.url])
    try {
      const place = database === ':memory:' ? 'memory' : 'file'
      await answerOf(changes) // its bodies are printed
      for (const [index, name] of STALLS.entries()) {
        say(`stalls, ${place}, ${name}`)
        const row = rows.get(name) ?? { name }
        row[place] = await slowestDuring(server.url, async () => {
          changes.send(index)
          await answerOf(changes)
        })
        rows.set(name, row)
      }
    } finally {
      changes.disconnect()
      await server.stop()
    }
  }
  return { rows: [...rows.values()] }
}

/** Waits for the next message of the program. @throws when it ends instead */
async function answerOf(changes) {
  const controller = new AbortController()
  const ended = once(changes, 'exit', controller).then(([code]) => {
    throw new Error(`the program of the large changes ended with ${code}`)
  })
  await Promise.race([once(changes, 'message', controller), ended])
  ended.catch(() => {})
  controller.abort()
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
