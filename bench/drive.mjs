import autocannon from 'autocannon'
import { median } from './statistics.mjs'

/**
 * Asks a server as fast as it answers.
 * @returns requests a second, the 99th percentile of their latency in milliseconds, and what each cost the server of its
 * processor, in microseconds
 * @throws where one is refused: a benchmark of refusals would be fast
 */
export async function drive({ name, url, cpu }, requests, { connections, seconds }) {
  const before = cpu()
  // It ends at a sample: by itself at a full second.
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
 * Drives servers in turns, so that what happens to the machine meanwhile happens to all of them.
 * @param warmUp how long a server is asked before it counts, in seconds
 * @returns the medians of their rounds, by the server's name
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
