import { createClient } from '../../src/client/client.js'
import { PAGE_EVENT, PAGE_HEADERS, TOKENS } from './emulator.js'

/** Where a session runs. */
export interface SessionPlace {
  /** The address that the client sends its requests to: that of the PBX, or of a proxy before it. */
  base: string
  /** The emulator that stands for the PBX, with the fixture `default`: its control API places the calls. */
  upstream: string
  /** The address that webhooks are sent to. One whose path ends with `/slow` should wait 100 ms for its answer. */
  hook: string
}

/** A request of the session, and the status of its answer. */
export interface Sent {
  method: string
  path: string
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read its members
  body: any
}

const OUTSIDE = '+40700000001'
const OUTSIDE_TOO = '+40700000009'
const [DESK, OFFICE, QUEUE, IVR] = ['0003*210', '0003*211', '0003*300', '0003*400']

/**
 * A session of a client with a PBX that shows every setting: its requests, then calls. When it ends, all webhooks are
 * answered, and the clock of the emulator is frozen.
 */
export async function runSession({ base, upstream, hook }: SessionPlace): Promise<Sent[]> {
  const sent: Sent[] = []
  const ask = createAsk(base, sent)
  await showLists(ask)
  await register(ask, hook)
  await showRefusals(ask)
  await showCredentials(ask)
  const control = createClient({ url: upstream })
  await control.clock.freeze()
  await showPhoneCalls(ask, control)
  await showCalls(control)
  return sent
}

type Ask = ReturnType<typeof createAsk>
type Control = ReturnType<typeof createClient>

const eventsOf = (extension: string, rest = ''): string => `/uapi/extensions/@me/${extension}/phoneCallEvents${rest}`

async function showLists(ask: Ask): Promise<void> {
  await ask('GET', eventsOf(DESK))
  await ask('GET', eventsOf(DESK, `/0/${PAGE_EVENT}`))
  await ask('GET', eventsOf(DESK, '/4'))
  await ask('DELETE', eventsOf(DESK, '/4'))
  await ask('GET', eventsOf(OFFICE), { as: TOKENS.organization })
}

/** Registers events of every type for the parties of the calls; each has a url of its own. */
async function register(ask: Ask, hook: string): Promise<void> {
  const create = async (extension: string, type: string, as: string) => {
    const slow = type === '1' ? '/slow' : ''
    const method = extension === OFFICE ? '1' : '0'
    const url = `${hook}/${extension.slice(-3)}/${type}${slow}`
    return ask('POST', eventsOf(extension, `/${type}`), { as, body: { method, url } })
  }
  for (const type of ['0', '1', '2', '3', '4']) await create(DESK, type, TOKENS.user)
  for (const type of ['0', '1', '2', '3', '4']) await create(OFFICE, type, TOKENS.organization)
  for (const type of ['0', '2', '3']) await create(QUEUE, type, TOKENS.user)
  for (const type of ['0', '2', '3']) await create(IVR, type, TOKENS.user)
  const { body } = await ask('POST', eventsOf(DESK), {
    body: { type: 0, method: 0, url: `${hook}/spare`, note: 'A second one', status: '0' }
  })
  const { id = '' } = body?.PhoneCallEvent ?? {}
  await ask('PUT', eventsOf(DESK, `/0/${id}`), { body: { note: 'Changed', status: 0 } })
  await ask('GET', eventsOf(DESK, '?count=2&startIndex=1&fields=id%2Curl'))
  await ask('GET', eventsOf(DESK, '?filterBy=note&filterOp=contains&filterValue=Changed&sortOrder=desc'))
  await ask('DELETE', eventsOf(DESK, `/0/${id}`))
}

async function showRefusals(ask: Ask): Promise<void> {
  await ask('GET', eventsOf(DESK, '?count=0'))
  await ask('GET', eventsOf(DESK, '/9'))
  await ask('PUT', eventsOf(DESK, '/0/unknown'), { body: { note: 'Nothing' } })
  await ask('POST', eventsOf(DESK, '/0'), { body: { method: '7', url: 'http://receiver.test/' } })
  await ask('POST', eventsOf(DESK, '/0'), { body: { method: '0', url: 'ftp://receiver.test/' } })
  await ask('GET', eventsOf('0003*999'))
  await ask('GET', eventsOf(OFFICE))
  await ask('GET', '/uapi/extensions/99/0003*210/phoneCallEvents')
  await ask('GET', '/uapi/extensions/13/0003*211/phoneCallEvents')
  await ask('GET', '/uapi/extensions/12/210/phoneCallEvents/0', { as: TOKENS.organization })
  await ask('GET', '/uapi/extensions/@owner/0003*211/phoneCallEvents/0', { as: TOKENS.organization })
}

async function showCredentials(ask: Ask): Promise<void> {
  await ask('GET', eventsOf(DESK), { as: 'never-issued-token' })
  await ask('GET', eventsOf(DESK), { as: null })
  await ask('GET', eventsOf(DESK), { as: null, headers: PAGE_HEADERS })
  await ask('GET', eventsOf(DESK), { as: null, headers: { ...PAGE_HEADERS, 'x-xsrf-token': 'another-xsrf-token' } })
  await ask('GET', `${eventsOf(DESK)}?accessRequestToken=${TOKENS.user}`, { as: null })
  const grant = 'grant_type=client_credentials&client_id=emulator-app&client_secret='
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  await ask('POST', '/oauth/token.php', { as: null, headers: form, body: `${grant}wrong-secret` })
  const { body } = await ask('POST', '/oauth/token.php', { as: null, headers: form, body: `${grant}emulator-secret` })
  await ask('GET', eventsOf(DESK), { as: body?.access_token ?? '' })
}

/** Places a call, shows it, holds it and hangs it up. */
async function showPhoneCalls(ask: Ask, control: Control): Promise<void> {
  await control.phones.set(DESK, { ringMs: 1_000 })
  await control.phones.set(OFFICE, { ringMs: 1_000, talkMs: 60_000 })
  const placed = await ask('POST', '/uapi/phoneCalls/@me/simple', {
    body: { extension: '210', phoneCallView: [{ source: [DESK], destination: [OFFICE] }], nonce: 'session' }
  })
  const calls = `/uapi/phoneCalls/@me/${DESK}`
  await ask('GET', calls)
  await advance(control, 1_000)
  await advance(control, 1_000)
  await ask('GET', `${calls}/${placed.body?.[0]?.id ?? ''}`)
  await ask('PUT', calls, { body: { action: 'OnHold' } })
  await ask('DELETE', calls)
  await settle(control)
  await ask('GET', calls)
}

/** Calls of every kind, driven by hand: nothing has to be waited for but the answers to webhooks. */
async function showCalls(control: Control): Promise<void> {
  const { calls } = control
  const idle = () => settle(control)
  const place = async (from: string, to: string | string[]) => {
    const { callId } = await calls.place({ from, to, manual: true })
    await idle()
    return callId
  }
  const answered = async (callId: string, number?: string) => {
    await calls.answer(callId, number === undefined ? {} : { number })
    await idle()
    await calls.hangup(callId)
    await idle()
  }
  await answered(await place(DESK, OFFICE))
  await answered(await place(OUTSIDE, DESK))
  await answered(await place(DESK, OUTSIDE_TOO))
  await answered(await place(OUTSIDE, [DESK, OFFICE]), OFFICE)
  await calls.reject(await place(OUTSIDE, DESK), { number: DESK, outcome: 'busy' })
  await idle()
  for (const menu of [IVR, QUEUE]) {
    const call = await place(OUTSIDE, menu)
    await calls.ring(call, { number: OFFICE, via: menu })
    await idle()
    await answered(call, OFFICE)
  }
  const transferred = await place(DESK, OFFICE)
  await calls.answer(transferred)
  await calls.transfer(transferred, { from: OFFICE, to: OUTSIDE_TOO, kind: 'blind' })
  await idle()
  await answered(transferred)
}

/** Waits until every webhook is answered. */
const settle = (control: Control) => control.idle({ timeoutMs: 10_000 })

async function advance(control: Control, ms: number): Promise<void> {
  await control.clock.advance(ms)
  await settle(control)
}

interface AskOptions {
  /** The bearer token; null sends none. */
  as?: string | null
  /** Sent as JSON, unless it is a text. */
  body?: unknown
  headers?: Record<string, string>
}

const createAsk =
  (base: string, sent: Sent[]) =>
  async (method: string, path: string, { as = TOKENS.user, body, headers }: AskOptions = {}): Promise<Sent> => {
    const response = await fetch(base + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(as !== null && { authorization: `Bearer ${as}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
    const one = { method, path, status: response.status, body: isJson ? JSON.parse(text) : undefined }
    sent.push(one)
    return one
  }
