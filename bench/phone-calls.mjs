import autocannon from 'autocannon'
import { newFile } from './databases.mjs'
import { BEARER, LOADS, PATH } from './loads.mjs'
import { ask, control, startEmulatorProgram } from './servers.mjs'
import { median } from './statistics.mjs'

/** The same call over both APIs. On a frozen clock it goes on until the state is reset. */
const JSON_TYPE = { 'content-type': 'application/json' }
const APIS = {
  control: {
    method: 'POST',
    path: '/_emulator/calls',
    headers: JSON_TYPE,
    body: JSON.stringify({ from: '0003*210', to: '0003*211', ringMs: 500, talkMs: 30_000 })
  },
  vendor: {
    method: 'POST',
    path: '/uapi/phoneCalls/@me/simple',
    headers: { ...BEARER, ...JSON_TYPE },
    body: JSON.stringify({ extension: '0003*210', phoneCallView: [{ source: '0003*210', destination: '0003*211' }] })
  }
}

const LISTED = 20
const LISTS = {
  events: { ...LOADS.list.requests()[0], headers: BEARER, path: PATH },
  calls: { method: 'GET', path: '/uapi/phoneCalls/@me/0003*210', headers: BEARER }
}

/** Measures placing a call over the vendor's API and over the control API, and lists of 20 calls and of 20 events. */
export async function measurePhoneCalls({ calls, lists, rounds, say }) {
  const server = await startEmulatorProgram(newFile())
  const send = async (request, amount) => {
    const before = server.cpu()
    const result = await autocannon({ url: server.url, connections: 20, amount, requests: [request] })
    if (result['2xx'] < amount) throw new Error(`Only ${result['2xx']} of ${amount} requests were answered with 2xx.`)
    return ((server.cpu() - before) / amount) * 1e6
  }
  const used = { control: [], vendor: [], events: [], calls: [] }
  for (let round = -1; round < rounds; round++) {
    say(`phone calls, round ${Math.max(0, round) + 1} of ${rounds}`)
    for (const name of round % 2 === 0 ? ['control', 'vendor'] : ['vendor', 'control']) {
      await restart(server)
      used[name].push(await send(APIS[name], calls))
    }
    await restart(server)
    await fill(server)
    await control(server, 'POST', '/clock/advance', { ms: 1_000 }) // the parties talk: two views each
    for (const name of ['events', 'calls']) used[name].push(await send(LISTS[name], lists))
    if (round < 0) for (const measured of Object.values(used)) measured.pop() // to warm up
  }
  await server.stop()
  return Object.fromEntries(Object.entries(used).map(([name, measured]) => [name, median(measured)]))
}

async function restart(server) {
  await control(server, 'POST', '/reset', {})
  await control(server, 'PUT', '/clock', { mode: 'frozen' })
}

/** Places and registers what the lists show. The default directory has an event already. */
async function fill({ url }) {
  const [create] = LOADS.create.requests()
  for (let count = 0; count < LISTED; count++) {
    for (const { path, body, ...request } of [APIS.vendor, create])
      await ask(url + path, { ...request, body: JSON.parse(body) })
  }
}
