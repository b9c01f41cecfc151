import { copyOf, makeDatabase } from './databases.mjs'
import { BEARER, PATH } from './loads.mjs'
import { ask, runScript, startEmulatorProgram, startFloor } from './servers.mjs'
import { inTurns, median, ratioOfPairs } from './statistics.mjs'

/**
 * Measures the time from starting a program to its first 200, in alternating rounds.
 * @returns medians in milliseconds, and `againstFloor`, the medians of the ratios of the rounds
 */
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
    for (const [way, start] of inTurns(Object.entries(ways), round)) {
      const begun = performance.now()
      const server = await start()
      const { status } = await ask(server.url + PATH, { headers: BEARER })
      times[way].push(performance.now() - begun)
      await server.stop()
      if (status !== 200) throw new Error(`${way} answered ${status}.`)
    }
  }
  const againstFloor = mapOf(times, taken => ratioOfPairs(taken, times.floorFile))
  return { ...mapOf(times, median), againstFloor }
}

const mapOf = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))

/**
 * Measures an emulator in the process of a test, in milliseconds. The first start, with its loading, happens once in a
 * process, so it is the median of several.
 */
export async function measureInProcess({ rounds, processes, say }) {
  const firsts = []
  for (let round = 0; round < processes; round++) {
    say(`the first startEmulator, round ${round + 1} of ${processes}`)
    firsts.push((await runScript('bench/in-process.mjs', 0)).firstMs)
  }
  say('startEmulator, reset and sandboxes')
  return { ...(await runScript('bench/in-process.mjs', rounds)), firstMs: median(firsts) }
}
