import { copyOf, makeDatabase } from './databases.mjs'
import { driveInTurns } from './drive.mjs'
import { LOADS } from './loads.mjs'
import { installPeers, PEERS } from './peers.mjs'
import { startEmulatorProgram, startFloor } from './servers.mjs'

/**
 * Measures one event by id, of the emulator, the floors and the peers in alternating rounds over 20 connections. All of
 * them run all the time; only the measured one has work.
 * @returns results by name, and the reasons of those that could not be started
 */
export async function measurePeers({ seconds, rounds, warmUp, say }) {
  const { file, sample } = await makeDatabase()
  const missing = {}
  const reasonForAll = await installPeers({ say })
  const started = [
    { server: await startEmulatorProgram(copyOf(file)), requests: LOADS.one.requests(sample) },
    { server: await startFloor('server', copyOf(file)), requests: LOADS.one.requests(sample) },
    { server: await startFloor('canned'), requests: LOADS.one.requests(sample) }
  ]
  for (const { name, start, unavailable } of PEERS) {
    const reason = reasonForAll ?? unavailable()
    if (reason === undefined) {
      say(`starting ${name}`)
      started.push(await start(sample))
    } else missing[name] = reason
  }
  say('one by id, all servers')
  const requests = new Map(started.map(({ server, requests }) => [server.name, requests]))
  const servers = started.map(({ server }) => server)
  // Java reaches its full speed after some hundred thousand requests.
  const measured = await driveInTurns(servers, ({ name }) => requests.get(name), {
    connections: 20,
    seconds,
    rounds,
    warmUp: ({ name }) => (name === 'wiremock' ? warmUp : Math.min(seconds, 2))
  })
  const rss = Object.fromEntries(servers.map(({ name, rss }) => [name, rss()]))
  for (const server of servers) await server.stop()
  return { measured, rss, missing }
}
