import { setTimeout } from 'node:timers/promises'
import { makeDatabase } from './databases.mjs'
import { drive } from './drive.mjs'
import { LOADS } from './loads.mjs'
import { startEmulatorProgram, startFloor } from './servers.mjs'
import { median } from './statistics.mjs'

/** Length of the warm-up before memory is measured, as a share of the requests that follow. */
const WARM_UP = 0.1

/** Duration of a round, in seconds. Memory is sampled between rounds. */
const ROUND = 2

/**
 * Measures memory of the emulator, in MB: after the start, after the warm-up, and its growth over that many requests.
 * Garbage collection makes memory go up and down, so the medians of the first and of the last samples after the warm-up
 * are compared. The memory of a bare HTTP server is what Node.js itself takes.
 */
export async function measureMemory({ requests, say }) {
  const bare = await bareServer()
  const { file, sample } = await makeDatabase()
  const server = await startEmulatorProgram(file)
  await setTimeout(1_000)
  const idle = server.rss()
  const load = LOADS.one.requests(sample)
  const samples = []
  let done = 0
  while (done < requests * (1 + WARM_UP)) {
    say(`memory, ${Math.round(done / 1000)},000 requests`)
    const { perSecond } = await drive(server, load, { connections: 20, seconds: ROUND })
    done += perSecond * ROUND
    if (done > requests * WARM_UP) samples.push(server.rss())
  }
  await server.stop()
  const few = Math.max(1, Math.floor(samples.length / 4))
  const [first, last] = [median(samples.slice(0, few)), median(samples.slice(-few))]
  const growth = samples.length < 4 ? undefined : last - first // fewer samples show only garbage collection
  return { bare, idle, loaded: first, growth, requests: Math.round(done) }
}

/** Resident memory of a bare HTTP server after its start, in MB. */
async function bareServer() {
  const server = await startFloor('canned')
  await setTimeout(1_000)
  const rss = server.rss()
  await server.stop()
  return rss
}
