import fc from 'fast-check'
import t from 'tap'
import { createSandbox, type Sandbox } from '../src/service/sandbox.js'
import { createSandboxes } from '../src/service/sandboxes.js'
import {
  EVENTS,
  NEW_EVENT,
  NOW,
  PAGE_EVENT,
  type Running,
  readFixture,
  sendWaiting,
  start
} from './support/emulator.js'
import { until } from './support/program.js'
import { receive } from './support/receiver.js'
import { send } from './support/socket.js'

const make = async ({ ask }: Running, body: object = {}) => (await ask('POST', '/_emulator/sandboxes', { body })).body
const PORTS = { send: async () => ({ kind: 'interrupted' as const, ms: 0 }), report: () => {} }
const open = (): Sandbox => createSandbox({ database: ':memory:' }, PORTS)

t.test('sandboxes are isolated: a change in one has no effect in another', async t => {
  const emulator = await start(t)
  const { ask, url } = emulator
  const [one, two] = [await make(emulator, { name: 'one' }), await make(emulator)]
  t.strictSame(one, { name: 'one', url: `${url}/sandboxes/one`, controlUrl: `${url}/sandboxes/one/_emulator` })
  t.match(two.name, /^[a-z0-9-]{1,64}$/, 'a name is given where none is asked for')

  const { body: created } = await ask('POST', `/sandboxes/one${EVENTS}/1`, { body: NEW_EVENT })
  t.equal((await ask('DELETE', `/sandboxes/one${EVENTS}/0/${PAGE_EVENT}`)).status, 200)
  await ask('PUT', '/sandboxes/one/_emulator/clock', { body: { mode: 'frozen', now: '2030-01-01T00:00:00Z' } })
  await ask('POST', '/sandboxes/one/_emulator/calls', { body: { from: '0003*211', to: '0003*210' } })
  const token = await ask('POST', '/sandboxes/one/oauth/token.php', {
    as: null,
    body: { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
  })
  const bearer = { as: null, headers: { authorization: `Bearer ${token.body.access_token}` } }
  t.equal((await ask('GET', `/sandboxes/one${EVENTS}`, bearer)).body[0].entry[0].id, created.PhoneCallEvent.id)

  for (const prefix of ['', `/sandboxes/${two.name}`]) {
    const { body } = await ask('GET', `${prefix}${EVENTS}`)
    t.strictSame(
      body[0].entry.map(({ id }: { id: string }) => id),
      [PAGE_EVENT],
      `${prefix}: events`
    )
    t.equal((await ask('GET', `${prefix}/_emulator/clock`)).body.now, NOW.toISOString(), `${prefix}: clock`)
    t.equal((await ask('GET', `${prefix}/_emulator/calls`)).body.total, 0, `${prefix}: calls`)
    t.equal((await ask('GET', `${prefix}/_emulator/deliveries`)).body.total, 0, `${prefix}: deliveries`)
    t.match(
      await ask('GET', `${prefix}${EVENTS}`, bearer),
      { status: 401, reason: 'token_unknown' },
      `${prefix}: tokens`
    )
  }
  t.match((await ask('GET', '/sandboxes/one/_emulator/calls')).body, { total: 1 })
})

t.test('every link in an answer of a sandbox leads to that sandbox', async t => {
  for (const publicUrl of [undefined, 'https://pbx.test:8443']) {
    const emulator = await start(t, { publicUrl })
    const { ask, url } = emulator
    const base = `${publicUrl ?? url}/sandboxes/w1`
    t.equal((await make(emulator, { name: 'w1' })).url, base)
    for (let count = 0; count < 3; count++) await ask('POST', `/sandboxes/w1${EVENTS}/1`, { body: NEW_EVENT })
    const { body } = await ask('GET', `/sandboxes/w1${EVENTS}/1?count=1&startIndex=1`)
    const [{ entry, paging }] = body
    t.equal(entry[0].links.self, `${base}${EVENTS}/1/${entry[0].id}`)
    t.ok(paging.next.startsWith(`${base}${EVENTS}/1?`), paging.next)
    t.ok(paging.prev.startsWith(`${base}${EVENTS}/1?`), paging.prev)
    const { body: root } = await ask('GET', '/sandboxes/w1', { as: null })
    t.equal(root.uapi, '/sandboxes/w1/uapi')
    const page = await ask('GET', '/sandboxes/w1/', { as: null, headers: { accept: 'text/html' } })
    t.match(page.text, /href="\/sandboxes\/w1\/_emulator\/calls"/)
  }
})

t.test('a sandbox accepts every spelling of path and target that the default sandbox accepts', async t => {
  const emulator = await start(t)
  const { ask, port } = emulator
  await make(emulator, { name: 'forms' })
  for (const path of [
    `/sandboxes/forms${EVENTS}`,
    `/sandboxes/forms${EVENTS}/`,
    `/sandboxes/forms${EVENTS}?`,
    `/sandboxes/forms${EVENTS.replace('/uapi', '/unifiedapi')}`,
    '/sandboxes/forms/_emulator/health',
    '/sandboxes/forms/_emulator/openapi/uapi.json',
    '/sandboxes/forms/_emulator/docs',
    '/sandboxes/forms/livez',
    '/sandboxes/forms'
  ]) {
    t.equal((await ask('GET', path)).status, 200, path)
  }
  const answer = await send(
    port,
    `GET http://localhost:${port}/sandboxes/forms${EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer emulator-user-token\r\nConnection: close\r\n\r\n`
  )
  t.equal(answer.status, 200)
})

t.test('an unknown sandbox is 404 on all its paths, in the error format of each surface', async t => {
  const emulator = await start(t)
  const { ask } = emulator
  await make(emulator, { name: 'ended' })
  t.equal((await ask('DELETE', '/_emulator/sandboxes/ended')).status, 204)
  for (const name of ['nobody', 'ended', 'Upper', 'a%20b', '', '..', `${'x'.repeat(65)}`]) {
    const at = `/sandboxes/${name}`
    const envelope = { status: 404, reason: 'sandbox_unknown', body: { error: { code: 'sandbox_unknown' } } }
    if (name !== '..') {
      t.match(await ask('GET', `${at}${EVENTS}`), envelope, `${at}: uapi`)
      t.match(await ask('GET', `${at}/_emulator/calls`), envelope, `${at}: control`)
      t.match(await ask('GET', `${at}/`), envelope, `${at}: web`)
      const oauth = await ask('POST', `${at}/oauth/token.php`, { body: {} })
      t.match(oauth, { status: 404, reason: 'sandbox_unknown', body: { error: 'sandbox_unknown' } }, `${at}: oauth`)
    }
  }
  for (const path of ['/sandboxes', '/sandboxesx/uapi', '/Sandboxes/one/uapi']) {
    t.match(await ask('GET', path), { status: 404, reason: 'route_unknown' }, path)
  }
})

t.test('sandboxes can be listed and ended, and health counts them', async t => {
  const emulator = await start(t)
  const { ask, url } = emulator
  for (const name of ['b', 'a']) await make(emulator, { name })
  const { body } = await ask('GET', '/_emulator/sandboxes')
  t.match(body, {
    total: 2,
    sandboxes: [{ name: 'b', url: `${url}/sandboxes/b`, createdAt: String, idleMs: Number }, { name: 'a' }]
  })
  t.equal((await ask('GET', '/_emulator/health')).body.sandboxes, 3)
  t.match(await ask('POST', '/_emulator/sandboxes', { body: { name: 'a' } }), {
    status: 409,
    body: { error: { code: 'sandbox_exists' } }
  })
  t.equal((await ask('DELETE', '/_emulator/sandboxes/a')).status, 204)
  t.match(await ask('DELETE', '/_emulator/sandboxes/a'), { status: 404, body: { error: { code: 'sandbox_unknown' } } })
  t.equal((await ask('GET', '/_emulator/health')).body.sandboxes, 2)
  t.equal(
    (await ask('POST', '/_emulator/sandboxes', { body: { name: 'a' } })).status,
    201,
    'and the name is free again'
  )
})

t.test('a sandbox is seeded with the fixtures of the start, or with a fixture of its own', async t => {
  const emulator = await start(t, { fixture: readFixture('call-centre') })
  const { ask } = emulator
  await make(emulator, { name: 'same' })
  const ana = { as: null, headers: { authorization: 'Bearer ana-agent-token' } }
  t.equal((await ask('GET', '/sandboxes/same/uapi/extensions/@me/201/phoneCallEvents', ana)).status, 200)
  await make(emulator, { name: 'own', fixture: readFixture('default') })
  t.equal((await ask('GET', `/sandboxes/own${EVENTS}`)).status, 200)
  t.equal((await ask('GET', '/sandboxes/own/uapi/extensions/@me/201/phoneCallEvents', ana)).status, 401)
  const wrong = { users: [{ id: '12', name: 'x', organization: '9', role: 'user' }] }
  const refused = await ask('POST', '/_emulator/sandboxes', { body: { name: 'wrong', fixture: wrong } })
  t.match(refused, { status: 400, body: { error: { details: [{ path: '$.fixture.users[0].organization' }] } } })
  t.equal((await ask('GET', '/sandboxes/wrong/_emulator/health')).status, 404, 'and there is none then')
})

t.test('an invalid sandbox is refused with the path of the problem', async t => {
  const { ask } = await start(t)
  for (const [body, path] of [
    [{ name: 'Upper' }, '$.name'],
    [{ name: '' }, '$.name'],
    [{ name: 'x'.repeat(65) }, '$.name'],
    [{ name: '../x' }, '$.name'],
    [{ name: 5 }, '$.name'],
    [{ nam: 'x' }, '$.nam'],
    [{ fixture: 5 }, '$.fixture'],
    [[], '$']
  ] as const) {
    const answer = await ask('POST', '/_emulator/sandboxes', { body })
    t.match(answer, { status: 400, body: { error: { details: [{ path }] } } }, JSON.stringify(body))
  }
  t.equal((await ask('GET', '/_emulator/sandboxes')).body.total, 0)
})

t.test('--sandboxes auto creates a sandbox at its first use, if the name is valid', async t => {
  const { ask } = await start(t, { sandboxes: 'auto' })
  t.equal((await ask('GET', `/sandboxes/w-7${EVENTS}`)).status, 200)
  t.strictSame(
    (await ask('GET', '/_emulator/sandboxes')).body.sandboxes.map(({ name }: { name: string }) => name),
    ['w-7']
  )
  t.equal((await ask('GET', `/sandboxes/W_7${EVENTS}`)).status, 404)
})

t.test('at most a thousand sandboxes exist', async t => {
  const sandboxes = createSandboxes({ main: open(), open, newId: length => 'x'.repeat(length) })
  t.teardown(() => sandboxes.close())
  for (let count = 0; count < 1000; count++) sandboxes.create(`s${count}`)
  t.throws(() => sandboxes.create('one-more'), { code: 'sandbox_limit' })
  await sandboxes.end('s5')
  t.equal(sandboxes.create('one-more').name, 'one-more')
})

t.test('an unused sandbox ends after its idle time, and a used one does not', async t => {
  const limits = { idleMs: 1_000, lookMs: 10 }
  const sandboxes = createSandboxes({ main: open(), open, newId: length => 'x'.repeat(length), limits })
  t.teardown(() => sandboxes.close())
  sandboxes.create('idle')
  sandboxes.create('used')
  await until(() => {
    t.ok(sandboxes.find('used'))
    return sandboxes.count() < 3
  })
  t.strictSame(
    sandboxes.list().map(({ name }) => name),
    ['used']
  )
  t.ok(sandboxes.find(undefined), 'the default sandbox never ends')
})

t.test('a sandbox sends the webhooks of its calls, and ending it ends the waits in it', async t => {
  const receiver = await receive(t)
  const event = { extension: '0003*210', type: '0', method: '0', url: `${receiver.url}/ringing` }
  const emulator = await start(t)
  const { ask } = emulator
  await make(emulator, { name: 'rings', fixture: { ...readFixture('default'), phoneCallEvents: [event] } })
  await ask('POST', '/sandboxes/rings/_emulator/calls', { body: { from: '0003*211', to: '0003*210' } })
  t.equal((await ask('GET', '/sandboxes/rings/_emulator/idle?timeoutMs=5000')).status, 200)
  t.equal(receiver.received.length, 1)
  const waiting = await sendWaiting(emulator, 'POST', '/sandboxes/rings/_emulator/deliveries/verify', {
    body: { match: {}, count: 9, timeoutMs: 60_000 }
  })
  await ask('DELETE', '/_emulator/sandboxes/rings')
  t.match(
    await waiting.answer,
    { status: 404, body: { error: { code: 'sandbox_unknown' } } },
    'and the waiting request is answered'
  )
})

/** A random action of a test. */
const deed = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    type: fc.constantFrom('0', '1', '2', '3', '4'),
    path: fc.constantFrom('a', 'b', 'c')
  }),
  fc.record({ kind: fc.constant('disable' as const), index: fc.nat(9) }),
  fc.record({ kind: fc.constant('delete' as const), type: fc.constantFrom('0', '1', '2') }),
  fc.record({
    kind: fc.constant('call' as const),
    outcome: fc.constantFrom('answered', 'busy', 'congestion'),
    ringMs: fc.constantFrom(0, 500)
  }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(100, 1000) })
)

t.test('eight sandboxes that are used concurrently have the same results as one after the other', async t => {
  const emulator = await start(t, {
    send: async () => ({ kind: 'answered', ms: 1, response: { status: 200, headers: {}, body: '', truncated: false } })
  })
  const { ask } = emulator
  type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never

  const drive = async (name: string, deeds: Deed[]) => {
    const at = (await make(emulator, { name })).url.replace(emulator.url, '')
    const ids: string[] = []
    await ask('PUT', `${at}/_emulator/clock`, { body: { mode: 'frozen' } })
    for (const one of deeds) {
      if (one.kind === 'create') {
        const body = { method: '0', url: `http://x.test/${one.path}` }
        ids.push((await ask('POST', `${at}${EVENTS}/${one.type}`, { body })).body.PhoneCallEvent.id)
      }
      if (one.kind === 'disable' && ids[one.index]) {
        for (const type of ['0', '1', '2', '3', '4'])
          await ask('PUT', `${at}${EVENTS}/${type}/${ids[one.index]}`, { body: { status: '0' } })
      }
      if (one.kind === 'delete') await ask('DELETE', `${at}${EVENTS}/${one.type}`)
      if (one.kind === 'call') {
        const body = { from: '0003*211', to: '0003*210', outcome: one.outcome, ringMs: one.ringMs }
        await ask('POST', `${at}/_emulator/calls`, { body })
        await ask('GET', `${at}/_emulator/idle?timeoutMs=10000`)
      }
      if (one.kind === 'advance') await ask('POST', `${at}/_emulator/clock/advance`, { body: { ms: one.ms } })
    }
    const { body: events } = await ask('GET', `${at}${EVENTS}?count=5000&fields=type,url,status,modified`)
    const { body: deliveries } = await ask('GET', `${at}/_emulator/deliveries`)
    const { body: clock } = await ask('GET', `${at}/_emulator/clock`)
    await ask('DELETE', `/_emulator/sandboxes/${name}`)
    const told = deliveries.deliveries.map(({ moment, state, callId, request }: Record<string, unknown>) => ({
      moment,
      state,
      callId,
      url: String(Object(request).url).replace(/CallAPIID=.*/, '')
    }))
    return { events: events ?? null, told, clock }
  }

  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(deed, { maxLength: 12 }), { minLength: 8, maxLength: 8 }), async all => {
      const alone = []
      for (const [index, deeds] of all.entries()) alone.push(await drive(`w${index}`, deeds))
      const together = await Promise.all(all.map((deeds, index) => drive(`w${index}`, deeds)))
      t.strictSame(together, alone)
    }),
    { numRuns: 4 }
  )
})
