// A believable day at the PBX, for pictures: calls of every kind, webhooks in every state, and requests of an application.
import http from 'node:http'

/** When the scene begins: fixed, so that pictures of two versions differ only where the page does. */
const BEGIN = '2026-03-12T09:30:00Z'

const USER = { authorization: 'Bearer emulator-user-token' }
const EVENTS = '/uapi/extensions/@me/0003*210/phoneCallEvents'

/** Starts a receiver of webhooks on loopback. Paths below /billing are answered with 500, all others with 200. */
export async function startReceiver() {
  const server = http.createServer((request, response) => {
    request.resume().once('end', () => {
      const isBroken = request.url.startsWith('/billing')
      response.writeHead(isBroken ? 500 : 200, { 'content-type': 'application/json' })
      response.end(isBroken ? '{"error":"connection to billing-db was lost"}' : '{"accepted":true}')
    })
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      return new Promise(closed => server.close(closed))
    }
  }
}

/**
 * Fills an emulator that was just started with the default fixture. Its clock runs afterwards.
 * @param {string} url of the emulator
 * @param {string} receiver url of the receiver
 * @returns ids for the addresses of views: `calls` (answered, menu, going), `webhooks` (failed, held), `requests` (created, refused)
 */
export async function fillScene(url, receiver) {
  const control = (method, path, body) => send(`${url}/_emulator${path}`, method, body)
  const uapi = (method, path, body, headers = USER) => send(`${url}${path}`, method, body, headers, true)
  const pass = ms => control('POST', '/clock/advance', { ms })
  const place = call => control('POST', '/calls', call)

  await control('PUT', '/clock', { mode: 'frozen', now: BEGIN })
  await control('POST', '/fixtures', directory(receiver, await closedPort()))
  await control('PUT', '/snapshots/morning')
  await control('POST', '/sandboxes', { name: 'worker-1' })
  await control('POST', '/sandboxes', { name: 'worker-2' })

  // An application registers its webhooks, with a few mistakes.
  const event = { method: '1', note: 'Call log of the CRM', url: `${receiver}/crm/log`, status: '1' }
  await uapi('POST', `${EVENTS}/0`, event)
  await uapi('GET', EVENTS)
  await pass(1_000)
  await uapi('POST', `${EVENTS}/9`, event)
  await uapi('POST', `${EVENTS}/2`, { ...event, status: 'armed' })
  await uapi('GET', '/uapi/extensions/@me/0004*210/phoneCallEvents')
  await uapi('GET', '/uapi/extensions/12/0003*210/phoneCallEvents', undefined, {
    authorization: 'Bearer emulator-other-token'
  })
  await uapi('GET', '/uapi/extension/@me/0003*210/phoneCallEvents')
  await uapi('GET', EVENTS, undefined, { authorization: 'Bearer expired' })
  await uapi(
    'POST',
    '/oauth/token.php',
    'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  )
  await control('POST', '/faults', { on: { operation: 'create' }, times: 2, do: { status: 503 } })
  await uapi('POST', `${EVENTS}/2`, { ...event, url: `${receiver}/crm/ended` })
  await pass(2_000)

  const answered = await place({ ...ANA, to: '0003*210', ringMs: 4_000, talkMs: 42_000 })
  await pass(15_000)
  await place({ ...MIHAI, to: '0003*211', outcome: 'busy', ringMs: 2_000 })
  await pass(40_000)
  await place({
    ...ELENA,
    to: ['0003*210', '0003*211', '0003*212'],
    answeredBy: '0003*212',
    dialled: '0003*210',
    ringMs: 7_000,
    talkMs: 31_000
  })
  await pass(20_000)
  await place({ from: '0003*213', to: '+40213000100', ringMs: 5_000, talkMs: 24_000 })
  await pass(34_000)
  const menu = await place({ ...RADU, to: '0003*400', steps: MENU })
  await pass(65_000)
  await place({ ...MIHAI, to: '0003*213', outcome: 'noAnswer', ringMs: 25_000 })
  await pass(30_000)
  const hold = await control('POST', '/faults', {
    on: { operation: 'delivery', extension: '0003*211', type: '2' },
    do: { hold: true }
  })
  await control('POST', '/faults', {
    on: { operation: 'delivery', extension: '0003*212', type: '0' },
    times: 5,
    do: { duplicate: 1 }
  })
  await place({ ...ANA, to: '0003*211', ringMs: 3_000, talkMs: 18_000 })
  await pass(26_000)
  await uapi('POST', '/uapi/phoneCalls/@me/simple', {
    extension: '0003*210',
    phoneCallView: [{ source: ['0003*210'], destination: ['+40722000111'] }]
  })
  await pass(12_000)
  const going = await place({ ...ELENA, to: '0003*212', manual: true })
  await pass(6_000)
  await control('POST', `/calls/${going.callId}/answer`, {})
  await pass(9_000)
  await place({ ...RADU, to: '0003*210', manual: true })
  await pass(3_000)
  await control('POST', '/faults', {
    on: { operation: 'delivery', extension: '0003*213', type: '0' },
    do: { delayMs: 75_000, clock: 'sandbox' }
  })
  await place({ ...MIHAI, to: '0003*213', ringMs: 45_000, talkMs: 90_000 })
  await control('PATCH', '/settings', { timeZone: 'Europe/Bucharest' })
  await control('PUT', '/clock', { mode: 'running' })

  const deliveries = await control('GET', '/deliveries?state=failed')
  const held = await control('GET', '/deliveries?state=pending')
  const { requests } = await control('GET', '/requests')
  return {
    calls: { answered: answered.callId, menu: menu.callId, going: going.callId },
    webhooks: {
      failed: deliveries.deliveries.find(({ request }) => request.url.includes('/billing')).id,
      held: held.deliveries.find(({ heldBy }) => heldBy === hold.id).id
    },
    requests: {
      created: requests.find(({ operation, status }) => operation === 'create' && status === 200).id,
      refused: requests.find(({ operation, status }) => operation === 'create' && status === 400).id
    }
  }
}

const ANA = { from: '+40722000111', callerName: 'Ana Popescu' }
const MIHAI = { from: '+40733000222', callerName: 'Mihai Ionescu' }
const ELENA = { from: '+40744000333', callerName: 'Elena Marin' }
const RADU = { from: '+40755000444', callerName: 'Radu Stan' }

/** A menu that leads to a queue, which rings two extensions; one transfers the caller to another. */
const MENU = [
  { answer: '0003*400' },
  { afterMs: 8_000, ring: '0003*300', via: '0003*400' },
  { afterMs: 1_000, answer: '0003*300' },
  { afterMs: 6_000, ring: ['0003*211', '0003*212'], via: '0003*300' },
  { afterMs: 5_000, answer: '0003*211' },
  { afterMs: 14_000, transfer: { from: '0003*211', to: '0003*213', kind: 'blind' } },
  { afterMs: 4_000, answer: '0003*213' },
  { afterMs: 15_000, hangup: 'all' }
]

/** The event of the default fixture. Its host has an answer on some machines only: it is disabled. */
const AWESOME = 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq'

/** More extensions, and the webhooks of four applications: a CRM, a wallboard that is down, a broken billing, and statistics that the policy blocks. */
function directory(receiver, closed) {
  const webhook = (extension, type, url, note, method = '1') => ({ extension, type, url, note, method, status: '1' })
  const crm = ['0003*210', '0003*211', '0003*212'].flatMap(extension => [
    webhook(extension, '0', `${receiver}/crm/ringing`, 'CRM: show the caller'),
    webhook(extension, '3', `${receiver}/crm/answered`, 'CRM: open the contact'),
    webhook(extension, '2', `${receiver}/crm/ended`, 'CRM: save the call')
  ])
  return {
    extensions: [
      { number: '0003*212', owner: '13', kind: 'phoneTerminal', name: 'Sales' },
      { number: '0003*213', owner: '12', kind: 'phoneTerminal', name: 'Night Desk', publicNumber: '+40312345213' }
    ],
    phoneCallEvents: [
      ...crm,
      webhook('0003*212', '2', `${receiver}/billing/charge`, 'Billing: charge the call'),
      webhook('0003*213', '0', `http://127.0.0.1:${closed}/wallboard`, 'Wallboard', '0'),
      webhook('0003*213', '0', 'http://8.8.8.8/notify', 'Partner: tell them'),
      webhook('0003*213', '1', `${receiver}/crm/dialling`, 'CRM: log the call'),
      webhook('0003*213', '4', `${receiver}/crm/answered`, 'CRM: open the contact'),
      webhook('0003*213', '2', `${receiver}/crm/ended`, 'CRM: save the call'),
      webhook('0003*300', '0', `${receiver}/crm/queued`, 'CRM: callers that wait', '0'),
      webhook('0003*400', '3', `${receiver}/crm/menu`, 'CRM: callers in the menu', '0'),
      webhook('0003*210', '2', 'http://203.0.113.10/statistics', 'Statistics, outside of the network', '0'),
      {
        ...webhook('0003*210', '0', 'http://myevent.com/SaveMyPhoneCallDetails', 'Disabled', '0'),
        id: AWESOME,
        status: '0'
      },
      { ...webhook('0003*211', '0', `${receiver}/old/ringing`, 'The old CRM'), status: '0' }
    ]
  }
}

/** Sends a request. @returns the parsed answer. @throws Error for a refusal, unless `mayFail` */
async function send(url, method, body, headers = {}, mayFail = false) {
  const isForm = typeof body === 'string'
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) })
  })
  const text = await response.text()
  if (response.ok || mayFail) return text.startsWith('{') ? JSON.parse(text) : text
  throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 500)}`)
}

/** A port of loopback on which nothing listens. */
async function closedPort() {
  const server = http.createServer()
  const port = await listen(server)
  await new Promise(closed => server.close(closed))
  return port
}

async function listen(server) {
  await new Promise(listening => server.listen(0, '127.0.0.1', listening))
  return server.address().port
}
