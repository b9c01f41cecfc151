import { copyOf, makeDatabase } from './databases.mjs'
import { BEARER, PATH } from './loads.mjs'
import { ask, startEmulatorProgram, startFloor } from './servers.mjs'
import { median } from './statistics.mjs'

/** Measures the time from starting a program to its first 200, in milliseconds, in alternating rounds. */
export async function measureStart({ rounds, say }) {
  const { file } = await makeDatabase()
  const ways = {
    emulatorFile: () => startEmulatorProgram(file),
    floorFile: () => startFloor('server', floorFile),
    emulatorMemory: () => startEmulatorProgram(':memory:'),
    canned: () => startFloor('canned')
  }
  const floorFile = copyOf(file)
  const times = Object.fromEntries(Object.keys(ways).map(way => [way, []]))
  for (let round = 0; round < rounds; round++) {
    say(`start to first 200, round ${round + 1} of ${rounds}`)
    for (const [way, start] of Object.entries(ways)) {
      const begun = performance.now()
      const server = await start()
      const { status } = await ask(server.url + PATH, { headers: BEARER })
      times[way].push(performance.now() - begun)
      await server.stop()
      if (status !== 200) throw new Error(`${way} answered ${status}.`)
    }
  }
  return Object.fromEntries(Object.entries(times).map(([way, taken]) => [way, median(taken)]))
}
