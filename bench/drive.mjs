import autocannon from 'autocannon'
import { median } from './statistics.mjs'

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
 * @returns medians of the rounds by server name
 */
export async function driveInTurns(servers, requestsOf, { connections, seconds, rounds, warmUp = () => seconds / 2 }) {
  const measured = new Map(servers.map(({ name }) => [name, []]))
  for (const server of servers)
    await drive(server, requestsOf(server), {
      connections,
      seconds: warmUp(server)
    })
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      measured.get(server.name).push(await drive(server, requestsOf(server), { connections, seconds }))
    }
  }
  return Object.fromEntries([...measured].map(([name, runs]) => [name, mediansOf(runs)]))
}

const mediansOf = runs => Object.fromEntries(Object.keys(runs[0]).map(key => [key, median(runs.map(run => run[key]))]))
