import { Agent, request } from 'node:http'

const CONNECTIONS = 16

/** How many webhooks may be missing before another call is placed. */
const MAX_OPEN_WEBHOOKS = 200

/** The webhooks of a call: the fixture has an event for each of its moments. */
const WEBHOOKS_PER_CALL = 3

/** How many resets and how many sandboxes there are in a run. */
const RESETS = 40
const SANDBOXES = 1_000

const EVENTS = '/uapi/extensions/@me/0003*210/phoneCallEvents'
const NEW_EVENT = { method: '0', url: 'http://127.0.0.1:9/none', note: 'soak' }

/** Sends requests on kept connections, and places calls, sandboxes and resets in between, in proportion. */
export function createLoad({ url, port }, receiver, total) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const wrong = new Map()
  const counts = { requests: 0, resets: 0, ended: 0 }
  let placed = 0
  let before = 0 // webhooks that came, or were discarded, before the last reset
  let isStopped = false

  const send = (method, path, { body, token = 'emulator-user-token' } = {}) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) })
      }
      request({ agent, host: '127.0.0.1', port, method, path, headers }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('end', () => {
          counts.requests++
          const { statusCode: status } = response
          if (status >= 500 && response.headers['x-emulator-reason'] !== 'state_replaced')
            note(`${status} to ${method} ${path}`)
          resolve({ status, text })
        })
      })
        .on('error', reject)
        .end(payload)
    })
  const note = what => wrong.set(what, (wrong.get(what) ?? 0) + 1)
  /** @param since the number of resets when what it is about was created: a reset has removed it */
  const expect = async (status, method, path, options, since = counts.resets) => {
    const answer = await send(method, path, options)
    if (answer.status !== status && since === counts.resets)
      note(`${answer.status} in place of ${status} to ${method} ${path}`)
    return answer
  }

  const progress = () => counts.requests / total.requests
  const isOver = () => isStopped || (counts.requests >= total.requests && receiver.count() >= total.webhooks)

  /** One event from its creation to its end, and requests that are refused. */
  const cycle = async () => {
    const since = counts.resets
    const { text, status } = await expect(200, 'POST', `${EVENTS}/1`, { body: NEW_EVENT })
    if (status !== 200) return
    const one = `${EVENTS}/1/${JSON.parse(text).PhoneCallEvent.id}`
    await expect(200, 'GET', one, {}, since)
    await expect(200, 'GET', `${EVENTS}?count=20&filterBy=url&filterOp=contains&filterValue=none`, {}, since)
    await expect(200, 'PUT', one, { body: { note: 'changed' } }, since)
    await expect(401, 'GET', EVENTS, { token: 'none' })
    await expect(400, 'POST', `${EVENTS}/9`, { body: NEW_EVENT })
    await expect(200, 'GET', '/_emulator/deliveries?limit=5')
    await expect(200, 'DELETE', one, {}, since)
  }

  /** Places calls as long as fewer webhooks came than the requests so far go with. */
  const placeCalls = async () => {
    while (!isOver()) {
      const open = placed - (receiver.count() - before)
      const isDue = receiver.count() + open < total.webhooks * progress()
      if (!isDue || open > MAX_OPEN_WEBHOOKS) {
        await new Promise(resolve => setTimeout(resolve, 5))
        continue
      }
      placed += WEBHOOKS_PER_CALL
      await expect(201, 'POST', '/_emulator/calls', { body: { from: '+40700000001', to: '0003*210' } })
    }
  }

  const useSandbox = async nth => {
    const name = `soak-${nth}`
    const at = `/sandboxes/${name}`
    await expect(201, 'POST', '/_emulator/sandboxes', { body: { name } })
    await expect(200, 'POST', `${at}${EVENTS}/0`, { body: { ...NEW_EVENT, url: `${url}${at}/_emulator/catch/soak` } })
    await expect(201, 'POST', `${at}/_emulator/calls`, { body: { from: '+40700000001', to: '0003*210' } })
    await expect(200, 'GET', `${at}/_emulator/idle?timeoutMs=10000`)
    await expect(201, 'PUT', `${at}/_emulator/snapshots/one`)
    await expect(204, 'DELETE', `/_emulator/sandboxes/${name}`)
    counts.ended++
  }
  const useSandboxes = async () => {
    while (!isOver()) {
      if (counts.ended < SANDBOXES * progress()) await useSandbox(counts.ended + 1)
      else await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const resetSometimes = async () => {
    while (!isOver()) {
      if (counts.resets < RESETS * progress() - 1) {
        counts.resets++ // before it, too: answers of the state of before come until it is over
        await send('POST', '/_emulator/reset', { body: {} })
        counts.resets++
        before = receiver.count()
        placed = 0
      } else await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const work = async () => {
    while (!isOver()) {
      if (counts.requests < total.requests) await cycle()
      else await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  return {
    /** Resolves when all were sent, or after `stop`. */
    async run() {
      try {
        await Promise.all([
          ...Array.from({ length: CONNECTIONS }, work),
          placeCalls(),
          useSandboxes(),
          resetSometimes()
        ])
      } finally {
        isStopped = true
        agent.destroy()
      }
    },
    stop() {
      isStopped = true
    },
    counts: () => ({
      requests: counts.requests,
      webhooks: receiver.count(),
      resets: counts.resets / 2,
      ended: counts.ended
    }),
    /** Answers that were wrong, with how often. */
    problems: () => [...wrong].slice(0, 20).map(([what, count]) => `${count} times ${what}`)
  }
}
