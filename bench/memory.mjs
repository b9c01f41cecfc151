import { setTimeout } from 'node:timers/promises'
import { makeDatabase } from './databases.mjs'
import { drive } from './drive.mjs'
import { LOADS } from './loads.mjs'
import { startEmulatorProgram } from './servers.mjs'
import { median } from './statistics.mjs'

/** How long the emulator is asked before its memory is looked at, as a share of what follows. */
const WARM_UP = 0.1

/** What one round asks, in seconds; between rounds it is looked at. */
const ROUND = 2

/**
 * The memory that the emulator holds, in MB: when it has started, when it has been asked for a while, and how much more
 * after so many requests. What it holds goes up and down as garbage is collected: compared are the medians of the
 * first looks after the warm-up, and of the last ones.
 */
export async function measureMemory({ requests, say }) {
  const { file, sample } = await makeDatabase()
  const server = await startEmulatorProgram(file)
  await setTimeout(1_000)
  const idle = server.rss()
  const asked = LOADS.one.requests(sample)
  const looks = []
  let done = 0
  while (done < requests * (1 + WARM_UP)) {
    say(`memory, ${Math.round(done / 1000)},000 requests`)
    const { perSecond } = await drive(server, asked, { connections: 20, seconds: ROUND })
    done += perSecond * ROUND
    if (done > requests * WARM_UP) looks.push(server.rss())
  }
  await server.stop()
  const few = Math.max(1, Math.floor(looks.length / 4))
  const [first, last] = [median(looks.slice(0, few)), median(looks.slice(-few))]
  const growth = looks.length < 4 ? undefined : last - first // fewer looks see only how garbage comes and goes
  return { idle, loaded: first, growth, requests: Math.round(done) }
}
