import autocannon from 'autocannon'
import { inTurns, median, ratioOfPairs } from './statistics.mjs'

/**
 * Sends requests as fast as the server answers.
 * @returns requests a second, the 99th percentile of latency in milliseconds, and the server's CPU time for a request in
 * microseconds
 * @throws when a request is refused: refusals are fast and would count
 */
export async function drive({ name, url, cpu }, requests, { connections, seconds }) {
  const before = cpu()
  // autocannon ends at a sample, which is a full second by default.
  const sampleInt = 100
  const result = await autocannon({ url, connections, duration: seconds, requests, initialContext: {}, sampleInt })
  const used = cpu() - before
  const answered = result['2xx']
  const failed = result.non2xx + result.errors + result.timeouts
  if (answered === 0 || failed > 0) throw new Error(`${name}: ${failed} of ${answered + failed} requests failed.`)
  return {
    perSecond: (answered / (result.finish - result.start)) * 1000,
    p99: result.latency.p99,
    cpu: (used / answered) * 1e6
  }
}

/**
 * Measures servers in alternating rounds, so that other load on the machine affects all of them.
 * @param warmUp duration of the requests before a server is measured, in seconds
 * @returns medians of the rounds by server name; `rate` and `work` compare the first server with each: its requests a
 * second, and its requests for a second of CPU, both as medians of the ratios of the rounds
 */
export async function driveInTurns(servers, requestsOf, { connections, seconds, rounds, warmUp = () => seconds / 2 }) {
  const measured = new Map(servers.map(({ name }) => [name, []]))
  for (const server of servers)
    await drive(server, requestsOf(server), {
      connections,
      seconds: warmUp(server)
    })
  for (let round = 0; round < rounds; round++) {
    for (const server of inTurns(servers, round)) {
      measured.get(server.name).push(await drive(server, requestsOf(server), { connections, seconds }))
    }
  }
  const first = measured.get(servers[0].name)
  return Object.fromEntries(
    [...measured].map(([name, runs]) => [
      name,
      {
        ...mediansOf(runs),
        rate: ratioOfPairs(first, runs, run => run.perSecond),
        work: ratioOfPairs(runs, first, run => run.cpu)
      }
    ])
  )
}

const mediansOf = runs => Object.fromEntries(Object.keys(runs[0]).map(key => [key, median(runs.map(run => run[key]))]))
