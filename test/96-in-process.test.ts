import t, { type Test } from 'tap'
import { connectEmulator, type Emulator, NotVerified, type StartOptions, startEmulator } from '../src/index.js'
import { matchers } from '../src/matchers.js'
import { NEW_EVENT, start } from './support/emulator.js'
import { keepScript, runScript } from './support/program.js'
import { receive } from './support/receiver.js'

/** An emulator that is closed with the test. */
async function startHere(t: Test, options?: StartOptions): Promise<Emulator> {
  const emulator = await startEmulator(options)
  t.teardown(() => emulator.close())
  return emulator
}

const EVENTS = '/uapi/extensions/@me/0003*210/phoneCallEvents'

/** Registers an event as user 12. */
async function register({ url, token }: Emulator, type: string, hook: string): Promise<string> {
  const answer = await fetch(`${url}${EVENTS}/${type}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token('12')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...NEW_EVENT, url: hook })
  })
  const { PhoneCallEvent } = (await answer.json()) as { PhoneCallEvent: { id: string } }
  return PhoneCallEvent.id
}

t.test('an emulator starts in the process of a test: register, call, advance the clock, verify', async t => {
  const receiver = await receive(t)
  const emulator = await startHere(t)
  t.match(emulator.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(emulator.controlUrl, `${emulator.url}/_emulator`)
  const eventId = await register(emulator, '2', `${receiver.url}/ended`)
  await emulator.requests.verify({ match: { operation: 'create', status: 200, eventId }, count: 1 })
  await emulator.clock.freeze()
  const { callId } = await emulator.calls.place({
    from: '0003*211',
    to: '0003*210',
    outcome: 'noAnswer',
    ringMs: 45_000
  })
  await emulator.deliveries.verify({ match: { eventId }, count: 0 })
  await emulator.clock.advance('45s')
  await emulator.deliveries.verify({ match: { eventId, callId, state: 'delivered' }, count: 1 })
  t.match(receiver.received[0]?.target, /^\/ended\?/)
  t.strictSame(await emulator.idle(), { idle: true })
})

t.test('verify waits for an expected minimum, and not when none or only a maximum is expected', async t => {
  const receiver = await receive(t)
  const emulator = await startHere(t)
  await register(emulator, '2', `${receiver.url}/ended`)
  await emulator.calls.place({ from: '0003*211', to: '0003*210', ringMs: 100 })
  await emulator.deliveries.verify({ match: { moment: 'hangup' }, count: 0 })
  await emulator.deliveries.verify({ match: { moment: 'hangup' } })
  await emulator.calls.place({ from: '0003*211', to: '0003*210', ringMs: 100 })
  await emulator.deliveries.verify({ match: { moment: 'hangup' }, count: { min: 2 } })
  const waiting = emulator.deliveries.verify({ match: { moment: 'hangup' }, count: { min: 99 }, timeoutMs: 2_500 })
  const maximum = emulator.deliveries.verify({ match: { moment: 'hangup' }, count: { max: 2 } })
  const first = await Promise.race([waiting.catch(() => 'the wait is over'), maximum])
  t.match(first, { verified: true }, 'a maximum is judged while another verification waits')
})

t.test('a placed call waits for its end: it is over, and its webhooks are answered', async t => {
  const receiver = await receive(t)
  const emulator = await startHere(t)
  await register(emulator, '2', `${receiver.url}/ended`)
  const call = await emulator.calls.place({ from: '0003*211', to: '0003*210', ringMs: 20, talkMs: 20 })
  t.match(call, { state: 'ringing', outcome: 'answered' })
  t.notOk(Object.keys(call).includes('ended'), 'it is plain data otherwise')
  const ended = await call.ended()
  t.match(ended, { callId: call.callId, state: 'ended' })
  t.strictSame(
    ended.moments.flatMap(({ armed }) => armed.map(({ state }) => state)),
    ['delivered'],
    'no event is there that the test did not register'
  )
  t.equal(receiver.received.length, 1)
  t.match(await emulator.calls.ended(call.callId), { state: 'ended' })
})

t.test('waiting for the end of a call fails with a message that names what the call waits for', async t => {
  const emulator = await startHere(t, { fixture: 'default' })
  const manual = await emulator.calls.place({ from: '0003*211', to: '0003*210', manual: true })
  await t.rejects(manual.ended({ timeoutMs: 50 }), {
    name: 'ClientError',
    status: 408,
    code: 'wait_timeout',
    message: /was not over after 50 ms: it is ringing until POST \/_emulator\/calls\/\S+\/answer/
  })
  await t.rejects(emulator.calls.ended(manual.callId, { timeoutMs: 0 }), {
    message: /not over after 0 ms: it is ringing/
  })

  const fault = await emulator.faults.add({ on: { operation: 'delivery' }, do: { hold: true } })
  const call = await emulator.calls.place({ from: '0003*211', to: '0003*210' })
  await t.rejects(call.ended({ timeoutMs: 0 }), {
    code: 'wait_timeout',
    message: new RegExp(`fault ${fault.id} holds delivery \\d+: POST /_emulator/faults/${fault.id}/release`)
  })
  const waiting = call.ended()
  await emulator.faults.release(fault.id)
  t.match(await waiting, { state: 'ended' })

  await emulator.clock.freeze()
  const frozen = await emulator.calls.place({ from: '0003*211', to: '0003*210', talkMs: 60_000 })
  await t.rejects(frozen.ended({ timeoutMs: 0 }), {
    message: /the clock is frozen at \S+: POST \/_emulator\/clock\/advance/
  })
  const over = frozen.ended()
  await emulator.faults.clear()
  await emulator.clock.advance('1m')
  t.match(await over, { state: 'ended' })

  const delay = await emulator.faults.add({
    on: { operation: 'delivery', moment: 'dialIn' },
    do: { delayMs: 60_000, clock: 'sandbox' }
  })
  const delayed = await emulator.calls.place({ from: '0003*211', to: '0003*210' })
  await emulator.idle()
  await t.rejects(delayed.ended({ timeoutMs: 0 }), {
    message: new RegExp(
      `: fault ${delay.id} delays delivery \\d+ until \\S+ and the clock is frozen at \\S+: POST /_emulator/clock/advance`
    )
  })
  await emulator.clock.advance('1m')
  t.match(await delayed.ended(), { state: 'ended' })
})

t.test('a failed verification explains why, for webhooks and for requests', async t => {
  const emulator = await startHere(t, { fixture: 'empty' })
  const deliveries = { match: { type: '2' as const }, timeoutMs: 0 }
  await t.rejects(emulator.deliveries.verify(deliveries), {
    name: 'NotVerified',
    message: /^Expected at least 1 delivery with type 2; found none\./
  })
  await fetch(`${emulator.url}${EVENTS}`)
  const error = await emulator.requests
    .verify({ match: { operation: 'list', status: 200 }, timeoutMs: 0 })
    .catch(e => e)
  t.type(error, NotVerified)
  t.match(
    error.message,
    /^Expected at least 1 request with operation list, status 200; found none\.\nThe nearest:\n {2}request \d+ \(GET \/uapi.*, 401\): status/
  )
})

t.test('fixtures are names and documents, merged in order, and a reset loads them again', async t => {
  const own = { organizations: [{ id: '9', name: 'Mine' }] }
  const emulator = await startHere(t, { fixture: ['default', own], settings: { emptyCollection: 200 } })
  const count = async () => (await emulator.directory()).organizations.length
  const before = await count()
  await emulator.fixtures.load({ organizations: [{ id: '10', name: 'Late' }] })
  t.equal(await count(), before + 1)
  await emulator.reset()
  t.equal(await count(), before)
  t.match(await emulator.settings.get(), { emptyCollection: 200 })
  await emulator.reset('empty')
  t.equal(await count(), 0)

  for (const [options, message] of [
    [{ settings: { tokenLifetimeSeconds: 'x' } }, /settings\.tokenLifetimeSeconds must be integer; got "x"/],
    [{ settings: { listEnvelope: 'zzz' } }, /settings\.listEnvelope must be one of "array", "object"/],
    [{ settings: { zzz: 1 } }, /settings\.zzz is not a member/],
    [{ settings: { timeZone: 'Nowhere' } }, /settings\.timeZone must be an IANA time zone/],
    [{ callbacks: 'foo' }, /callbacks must be one of "private"/],
    [{ callbackTotalMs: 'x' }, /callbackTotalMs must be integer/],
    [{ allowCallback: ['10.*'] }, /allowCallback must be /],
    [{ prot: 1 }, /prot is not a member/],
    [{ fixtures: 'empty' }, /fixtures is not a member/]
  ] as const) {
    await t.rejects(startEmulator(options as object), { name: 'TypeError', message }, JSON.stringify(options))
  }
  await t.rejects(startEmulator({ controlToken: 'canary token' }), { message: /controlToken must .*got a secret/ })
  await t.rejects(startEmulator({ fixture: 'nobody' }), {
    message: /^There is no fixture "nobody": the names are .*default/
  })
  // @ts-expect-error: JavaScript can pass this
  await t.rejects(startEmulator({ fixture: { users: [{ id: '1' }] } }), { message: /\$\.users\[0\]/ })
})

t.test('a snapshot is restored and removed', async t => {
  const emulator = await startHere(t)
  const before = await emulator.snapshot('before')
  await register(emulator, '1', 'http://127.0.0.1:9/late')
  const { phoneCallEvents } = await before.restore()
  t.equal(phoneCallEvents, before.counts.phoneCallEvents)
  await before.remove()
  await t.rejects(before.restore(), { code: 'snapshot_unknown' })
})

t.test('issued tokens and sessions authenticate requests', async t => {
  const emulator = await startHere(t, { fixture: 'default' })
  const { cookie, xsrfToken } = await emulator.session('12')
  const list = async (headers: Record<string, string>) => (await fetch(emulator.url + EVENTS, { headers })).status
  t.equal(await list({ cookie, 'x-xsrf-token': xsrfToken }), 200)
  t.equal(await list({ authorization: `Bearer ${await emulator.token('12')}` }), 200)
  t.equal(await list({ authorization: `Bearer ${await emulator.token('12', { expiresInSeconds: 0 })}` }), 401)
})

t.test('a sandbox is isolated from the others, and ends when it is closed', async t => {
  const emulator = await startHere(t)
  const [one, two] = [await emulator.sandbox('one'), await emulator.sandbox(undefined, { fixture: 'empty' })]
  t.equal(one.url, `${emulator.url}/sandboxes/one`)
  await register(one, '1', 'http://127.0.0.1:9/one')
  await one.requests.verify({ match: { operation: 'create' }, count: 1 })
  for (const other of [emulator, two]) await other.requests.verify({ match: {}, count: 0 })
  const beside = await one.sandbox('beside')
  t.equal(beside.url, `${emulator.url}/sandboxes/beside`, 'a sandbox created from a sandbox is beside it')
  await Promise.all([one.close(), one.close(), beside[Symbol.asyncDispose]()])
  t.strictSame((await emulator.sandboxes.list()).total, 1)
  await emulator.sandboxes.end(new URL(two.url).pathname.split('/')[2] ?? '')
  await two.close()
})

t.test('a delayed request that a reset overtakes is not in the journal afterwards', async t => {
  const emulator = await startHere(t)
  await emulator.faults.add({ on: { operation: 'token' }, do: { delayMs: 60_000 } })
  const overtaken = fetch(`${emulator.url}/oauth/token.php`, { method: 'POST' })
  while ((await emulator.faults.list()).faults[0]?.hits !== 1) await new Promise(done => setImmediate(done))
  await emulator.reset()
  t.equal((await overtaken).status, 503)
  t.equal((await emulator.requests.list()).total, 0)
  await emulator.requests.verify({ match: { operation: 'token' }, count: 0 })
})

t.test('a sandbox can be closed after its server', async t => {
  const emulator = await startEmulator()
  const sandbox = await emulator.sandbox()
  await emulator.close()
  await sandbox.close()
  await t.rejects(sandbox.idle(), { code: 'closed' })
})

t.test('await using closes an emulator', async t => {
  let url = ''
  {
    await using emulator = await startEmulator()
    url = emulator.url
  }
  await t.rejects(connectEmulator(url), { code: 'unreachable' })
})

t.test('connectEmulator connects to a running emulator, which continues after close', async t => {
  const running = await start(t, { controlToken: 'secret-of-the-test' })
  const emulator = await connectEmulator(`${running.url}/`, { controlToken: 'secret-of-the-test' })
  t.equal(emulator.url, running.url)
  t.ok(await emulator.token('12'))
  await emulator.close()
  t.equal((await running.ask('GET', EVENTS)).status, 200)
  await t.rejects(connectEmulator(running.url), { status: 401, code: 'control_token_invalid' })
  await t.rejects(connectEmulator(`${running.url}/sandboxes/nobody`), { status: 404, code: 'sandbox_unknown' })
  await t.rejects(connectEmulator('127.0.0.1'), TypeError)
})

t.test('bound to every address, the control API requires a token, which the emulator has', async t => {
  const emulator = await startHere(t, { host: '0.0.0.0' })
  t.match(emulator.url, /^http:\/\/127\.0\.0\.1:/)
  t.ok(await emulator.token('12'))
  t.equal((await fetch(`${emulator.controlUrl}/clock`)).status, 401)
  const { controlToken } = emulator
  t.ok(await (await connectEmulator(emulator.url, { controlToken })).close().then(() => true))
  const open = await startHere(t, { host: '0.0.0.0', controlToken: 'none' })
  t.equal((await fetch(`${open.controlUrl}/clock`)).status, 200)
})

t.test('a port in use is refused, and nothing stays open', async t => {
  const { url } = await startHere(t)
  await t.rejects(startEmulator({ port: Number(new URL(url).port) }), { code: 'EADDRINUSE' })
})

t.test('a process exits after it has closed its emulator', async t => {
  const script = `
    import { startEmulator } from './src/index.ts'
    const emulator = await startEmulator()
    await fetch(emulator.url) // its connection is kept alive
    await emulator.close()
    console.log('closed')`
  const { ended } = await keepScript(t, script)
  t.match(await ended, { code: 0, out: 'closed\n', err: '' })
})

t.test(
  'an emulator that is not closed does not keep the process alive, and a waiting call of its client does',
  async t => {
    const script = (last: string) => `
    import { startEmulator } from './dist/index.js'
    const emulator = await startEmulator({ fixture: 'default' })
    await fetch(emulator.url) // its connection is kept alive
    await emulator.calls.place({ from: '0003*211', to: '0003*210', ringMs: 3_600_000 })
    await emulator.faults.add({ on: { operation: 'create' }, do: { delayMs: 60_000 } })
    ${last}
    console.log('done')`
    t.match(await runScript(script('')), { code: 0, out: 'done\n' })
    const verify = `await emulator.requests.verify({ match: { operation: 'token' }, timeoutMs: 300 }).catch(() => {})`
    t.match(await runScript(script(verify)), { code: 0, out: 'done\n' })
    t.match(await runScript(script('await emulator.close()')), { code: 0, out: 'done\n' })
  }
)

t.test('the library works while a test fakes timers and Date, before or after it is loaded', async t => {
  const script = `
    import { mock } from 'node:test'
    const fake = () => mock.timers.enable({ now: 0 })
    if (process.argv.includes('before')) fake()
    const { startEmulator } = await import('./dist/index.js')
    if (process.argv.includes('after')) fake()
    const emulator = await startEmulator({ fixture: 'default' })
    const call = await emulator.calls.place({ from: '0003*211', to: '0003*210', ringMs: 20, talkMs: 20 })
    await call.ended()
    await emulator.requests.verify({ match: {}, timeoutMs: 20 }).catch(({ name }) => console.log(name))
    await emulator.clock.freeze(new Date(86_400_000))
    await emulator.clock.advance('45s')
    console.log(call.placedAt > '2020', Date.now(), (await emulator.clock.get()).now)
    await emulator.close()`
  for (const moment of ['before', 'after']) {
    const { code, out } = await runScript(script, moment)
    t.strictSame([code, out], [0, 'NotVerified\ntrue 0 1970-01-02T00:00:45.000Z\n'], moment)
  }
})

t.test('await using works where Symbol lacks asyncDispose, as in the environments of Jest on Node 20', async t => {
  const script = `
    const original = Symbol
    const lacking = Object.assign(text => original(text), { asyncDispose: undefined })
    globalThis.Symbol = Object.setPrototypeOf(lacking, original)
    const { startEmulator } = await import('./dist/index.js')
    const emulator = await startEmulator()
    await emulator[Symbol.for('Symbol.asyncDispose')]()
    console.log(Object.keys(emulator).includes('undefined'))
    await emulator.health().catch(({ message }) => console.log(message))`
  t.match(await runScript(script), { code: 0, out: /^false\nThe client of \S+ was closed\.\n$/ })
})

t.test('matchers pass and fail as verify does, and with .not the other way round', async t => {
  const emulator = await startHere(t, { fixture: 'default' })
  const { callId } = await emulator.calls.place({ from: '0003*211', to: '0003*210', outcome: 'busy' })
  await emulator.calls.ended(callId)
  await fetch(emulator.url + EVENTS)
  const { toHaveDelivered, toHaveReceivedRequest } = matchers
  const not = { isNot: true }
  const passes = async (result: ReturnType<typeof toHaveDelivered>) => (await result).pass
  const isList = { operation: 'list' as const }
  const isToken = { operation: 'token' as const }
  t.equal(await passes(toHaveReceivedRequest.call({}, emulator, isList)), true)
  t.equal(await passes(toHaveReceivedRequest.call(undefined, emulator, isList, { count: 1 })), true)
  t.equal(await passes(toHaveReceivedRequest.call({}, emulator, isList, { count: 2, timeoutMs: 0 })), false)
  t.equal(await passes(toHaveReceivedRequest.call(not, emulator, isToken)), false, 'which passes, with .not')
  t.equal(await passes(toHaveReceivedRequest.call(not, emulator, isList, { count: 2 })), false)
  t.equal(await passes(toHaveDelivered.call({}, emulator, undefined, { count: { min: 1 } })), true)

  const missing = await toHaveDelivered.call({}, emulator, { type: '4' }, { timeoutMs: 0 })
  t.match(missing.message(), /^Expected at least 1 delivery with type 4; found none\.\nThe nearest:/)
  const found = await toHaveReceivedRequest.call(not, emulator, isList)
  t.match([found.pass, found.message()], [true, /^Expected exactly 0 requests with operation list; found 1\./])
  const same = await toHaveReceivedRequest.call(not, emulator, isList, { count: 1 })
  t.match([same.pass, same.message()], [true, 'Expected a number of matching entries other than 1; found 1.'])
})

t.test('matchers refuse what is no emulator, a wrong match and wrong options', async t => {
  const emulator = await startHere(t)
  const { toHaveDelivered } = matchers
  const refusals: [received: unknown, match: unknown, options: unknown, message: RegExp][] = [
    [undefined, {}, {}, /toHaveDelivered\(\) needs what startEmulator .* got a value of type undefined/],
    [null, {}, {}, /got null/],
    [[], {}, {}, /got an array/],
    ['http://127.0.0.1:4772', {}, {}, /got a value of type string/],
    [Promise.resolve(emulator), {}, {}, /got a promise, which has to be awaited first/],
    [emulator, {}, 2, /The second argument of the matcher must be options such as \{ count: 1 \}; got 2\./],
    [emulator, {}, [1], /got \[1\]/],
    [emulator, { momentt: 'hangup' }, {}, /momentt/],
    [emulator, 'hangup', {}, /match/],
    [emulator, {}, { cuont: 1 }, /cuont/]
  ]
  for (const [received, match, options, message] of refusals) {
    const result = async () => Reflect.apply(toHaveDelivered, {}, [received, match, options])
    await t.rejects(result(), { message }, String(message))
  }
})
