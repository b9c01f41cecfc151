import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startEmulator } from '../src/index.js'
import { randomId } from '../src/service/new-id.js'
import { createSeededIds } from '../src/service/seeded-ids.js'
import { openDatabase } from '../src/store/database.js'
import { createStore } from '../src/store/store.js'
import { EVENTS, NEW_EVENT, type Running, start } from './support/emulator.js'
import { newCall, SIMPLE } from './support/phone-calls.js'
import { call, runHere, type Serving, serve, serveHere } from './support/program.js'
import { receive } from './support/receiver.js'
import { send as sendBytes } from './support/socket.js'

type Served = Pick<Serving | Running, 'url' | 'port'>

/** Sends a request, and expects a 2xx or a redirect. */
async function ask(t: Test, { url }: Pick<Served, 'url'>, method: string, path: string, body?: unknown) {
  const answer = await call(url + path, { method, body })
  t.ok(answer.status >= 200 && answer.status < 400, `${method} ${path}: ${answer.status} ${answer.text}`)
  return answer
}

/** Creates an event on the vendor's surface. @returns its id */
const createEvent = async (t: Test, served: Pick<Served, 'url'>, prefix = ''): Promise<string> =>
  (await ask(t, served, 'POST', `${prefix}${EVENTS}/1`, NEW_EVENT)).body.PhoneCallEvent.id

const createEvents = async (t: Test, served: Pick<Served, 'url'>, count: number, prefix = ''): Promise<string[]> => {
  const ids: string[] = []
  while (ids.length < count) ids.push(await createEvent(t, served, prefix))
  return ids
}

const TOKEN_REQUEST = { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
const CONSENT =
  '/oauth/authorize.php?response_type=code&client_id=emulator-app&redirect_uri=http://localhost/callback&state=abc'
const FROZEN = { mode: 'frozen', now: '2030-05-06T07:08:09.123Z' }

/** Deliveries by id: the list has the order of sending, which between receivers depends on how fast they answer. */
const byId = ({ deliveries, ...rest }: { deliveries: { id: string }[] }) => ({
  ...rest,
  deliveries: deliveries.toSorted((one, other) => Number(one.id) - Number(other.id))
})

/**
 * Uses everything that generates an id.
 * @param probes how often a supervisor probes it first
 * @returns all that can be read about the run, without what may differ
 */
async function useAll(t: Test, served: Served, probes = 0): Promise<Record<string, unknown>> {
  const receiver = await receive(t, (_request, response) => {
    response.sendDate = false
    response.end('OK')
  })
  const own = (method: string, path: string, body?: unknown) => ask(t, served, method, path, body)
  const control = async (method: string, path: string, body?: unknown) =>
    (await own(method, `/_emulator${path}`, body)).body
  for (let probe = 0; probe < probes; probe++) for (const path of PROBES) await call(served.url + path)
  await control('PUT', '/clock', FROZEN)
  for (const type of ['0', '1', '2', '3', '4'])
    await own('POST', `${EVENTS}/${type}`, { method: type === '0' ? '0' : '1', url: `${receiver.url}/${type}` })
  await control('POST', '/events', { extension: '0003*210', type: '0', method: '0', url: `${receiver.url}/own` })
  const issued = [
    await control('POST', '/tokens', { user: '12' }),
    await control('POST', '/sessions', { user: '12' }),
    (await own('POST', '/oauth/token.php', TOKEN_REQUEST)).body
  ]
  const code = new URL(String((await own('GET', CONSENT)).headers.location)).searchParams.get('code')
  const { grant_type, ...client } = TOKEN_REQUEST
  const exchange = { ...client, grant_type: 'authorization_code', code, redirect_uri: 'http://localhost/callback' }
  issued.push((await own('POST', '/oauth/token.php', exchange)).body)
  for (const outcome of ['answered', 'busy'])
    await control('POST', '/calls', { from: '0003*211', to: '0003*210', outcome, ringMs: 1000 })
  await own('POST', SIMPLE, newCall())
  await control('POST', '/clock/advance', { ms: 60_000 })
  await sendBytes(served.port, 'no HTTP\r\n\r\n')
  await call(`${served.url}${EVENTS}/9`, { method: 'POST', body: NEW_EVENT })
  const sandbox = await control('POST', '/sandboxes', {})
  const prefix = `/sandboxes/${sandbox.name}`
  await own('PUT', `${prefix}/_emulator/clock`, FROZEN)
  await createEvents(t, served, 2, prefix)
  const read = {
    code,
    issued,
    sandbox,
    fixtures: await control('GET', '/fixtures'),
    requests: await control('GET', '/requests'),
    deliveries: byId(await control('GET', '/deliveries')),
    calls: await control('GET', '/calls'),
    sandboxFixtures: (await own('GET', `${prefix}/_emulator/fixtures`)).body,
    sandboxRequests: (await own('GET', `${prefix}/_emulator/requests`)).body
  }
  return JSON.parse(JSON.stringify(read, dropDurations).replace(/127\.0\.0\.1:\d+/g, 'here'))
}

const PROBES = ['/livez', '/readyz', '/_emulator/health']

const dropDurations = (name: string, value: unknown) => (name === 'ms' ? undefined : value)

t.test('two runs with one seed and a frozen clock are equal, in one process and in another', async t => {
  const [first, second] = [
    await start(t, { seed: 7, autoConsent: true }),
    await serve(t, ['--database', ':memory:', '--seed', '7', '--auto-consent'])
  ]
  const run = await useAll(t, first)
  t.strictSame(await useAll(t, second, 3), run)
  t.match(run, { deliveries: { total: /^[1-9]/ }, calls: { total: 3 }, requests: { total: /^[1-9]/ } })
  t.notMatch(JSON.stringify(run.requests), /"Date"/i, 'the journal has no time of the machine')

  const other = await useAll(t, await start(t, { seed: 8, autoConsent: true }))
  for (const part of ['code', 'issued', 'sandbox', 'fixtures', 'deliveries', 'calls', 'sandboxFixtures'])
    t.notSame(other[part], run[part], `${part}: another seed has other ids`)
})

t.test('health probes all have one request id, so that their number changes no journal', async t => {
  const { ask } = await start(t)
  const idOf = async (path: string) => (await ask('GET', path, { as: null })).headers.get('x-emulator-request-id')
  for (const path of [...PROBES, ...PROBES]) t.equal(await idOf(path), '0', path)
  t.equal(await idOf(EVENTS), '1')
  t.equal(await idOf('/sandboxes/none/livez'), '0')
  t.equal(await idOf(EVENTS), '2')
})

t.test('an id of a seed is spelt with the bytes of SHA-256', async t => {
  t.equal(await createEvent(t, await start(t, { seed: 7 })), 'GzrrP9zMWKuTfrPtj8yQLK3rw1hWii')
})

t.test('without a seed ids are random, and nothing is counted', async t => {
  const runs = [await start(t, { newId: randomId }), await start(t, { newId: randomId })]
  const ids = await Promise.all(runs.map(run => createEvent(t, run)))
  t.not(ids[0], ids[1])
  t.match(ids, [/^[A-Za-z0-9]{30}$/, /^[A-Za-z0-9]{30}$/])
  t.equal(runs[0]?.sandbox.seedOfState(), undefined)
})

t.test('a reset begins anew: events, tokens and CallIDs are those of the start', async t => {
  const served = await start(t, { seed: 7 })
  const own = (path: string, body: object) => ask(t, served, 'POST', `/_emulator${path}`, body)
  const use = async () => {
    await ask(t, served, 'PUT', '/_emulator/clock', FROZEN)
    const { callId, callApiId } = (await own('/calls', { from: '0003*211', to: '0003*210' })).body
    const { accessToken } = (await own('/tokens', { user: '12' })).body
    return { callId, callApiId, accessToken, events: await createEvents(t, served, 2) }
  }
  const before = await use()
  t.notSame(await use(), before)
  await own('/reset', {})
  t.strictSame(await use(), before)
})

t.test('a restored snapshot goes on as it did after it was taken', async t => {
  const served = await start(t, { seed: 7 })
  const [first] = await createEvents(t, served, 1)
  await ask(t, served, 'PUT', '/_emulator/snapshots/one')
  const after = await createEvents(t, served, 2)
  await ask(t, served, 'POST', '/_emulator/snapshots/one/restore')
  t.strictSame(await createEvents(t, served, 2), after)
  t.notOk(after.includes(first ?? ''))
})

t.test('an export that holds the ids of the seed is no obstacle: they are skipped', async t => {
  const served = await start(t, { seed: 7 })
  const own = (path: string, body: object) => ask(t, served, 'POST', `/_emulator${path}`, body)
  const issue = async () => (await own('/tokens', { user: '12' })).body.accessToken
  const open = async () => /vn=(\w+)/.exec((await own('/sessions', { user: '12' })).body.cookie)?.[1]
  const oauth = async () => (await ask(t, served, 'POST', '/oauth/token.php', TOKEN_REQUEST)).body.access_token
  const kinds = [() => createEvent(t, served), issue, open, oauth]
  const used: unknown[] = []
  for (const create of kinds) used.push(await create(), await create())
  const { body: exported } = await ask(t, served, 'GET', '/_emulator/fixtures')
  for (const create of kinds) {
    await own('/reset', { fixture: exported })
    t.notOk(used.includes(await create()))
  }
  const [without] = exported.phoneCallEvents
  const { id, ...unpinned } = without
  exported.phoneCallEvents = [unpinned, ...exported.phoneCallEvents]
  const { phoneCallEvents } = (await own('/reset', { fixture: exported })).body
  t.equal(phoneCallEvents, exported.phoneCallEvents.length, 'no event of a fixture gets the id of a later one')
})

t.test('sandboxes have ids of their own, by their names, which are generated from the seed, too', async t => {
  const use = async (served: Running) => {
    const create = async (body: object) => (await ask(t, served, 'POST', '/_emulator/sandboxes', body)).body.name
    const names = [await create({ name: 'one' }), await create({ name: 'two' }), await create({}), await create({})]
    const events = []
    for (const name of names) events.push(await createEvent(t, served, `/sandboxes/${name}`))
    return { names, events: [...events, await createEvent(t, served)] }
  }
  const served = await start(t, { seed: 7 })
  const first = await use(served)
  t.strictSame(await use(await start(t, { seed: 7 })), first)
  t.equal(new Set([...first.names, ...first.events]).size, 9, 'no id is that of another sandbox')

  await ask(t, served, 'POST', '/sandboxes/one/_emulator/reset', {})
  t.equal(await createEvent(t, served, '/sandboxes/one'), first.events[0], 'a reset begins anew there, too')
  await ask(t, served, 'DELETE', '/_emulator/sandboxes/two')
  await ask(t, served, 'POST', '/_emulator/sandboxes', { name: 'two' })
  t.equal(
    await createEvent(t, served, '/sandboxes/two'),
    first.events[1],
    'and so does a sandbox that is created again'
  )
  await ask(t, served, 'POST', '/_emulator/reset', {})
  const { name } = (await ask(t, served, 'POST', '/_emulator/sandboxes', {})).body
  t.notOk(first.names.includes(name), 'after a reset of the default sandbox, a name that still exists is skipped')
})

t.test('no id is generated twice in a database: a restart goes on where the run before ended', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const whole = await createEvents(t, await start(t, { seed: 7 }), 9)
  const started = (words: string[]) => serveHere(t, ['--database', file, ...words])
  const runs: string[] = []
  for (const count of [2, 1]) {
    const server = await serve(t, ['--database', file, '--seed', '7'])
    runs.push(...(await createEvents(t, server, count)))
    await server.stop('SIGKILL')
  }
  const third = await started(['--seed', '7'])
  runs.push(...(await createEvents(t, third, 2)))
  await third.stop()
  t.strictSame(runs, whole.slice(0, 5), 'after a kill -9, and after a stop')

  const random = await started([])
  t.notOk(whole.includes(await createEvent(t, random)), 'without the seed ids are random')
  await random.stop()

  const other = await started(['--seed', '8'])
  t.equal(await createEvent(t, other), whole[5], 'a database keeps its seed')
  await ask(t, other, 'POST', '/_emulator/reset', {})
  const [ofOther] = await createEvents(t, await start(t, { seed: 8 }), 1)
  t.equal(await createEvent(t, other), ofOther, 'until a reset')
  t.match(
    (await other.stop()).err,
    /the ids in this database come from --seed 7, and new ones go on from it\. --seed 8 counts from/
  )

  const again = await started(['--seed', '8'])
  t.notMatch((await again.stop()).err, /come from --seed/)
  const fresh = await started(['--seed', '7', '--fresh'])
  t.equal(await createEvent(t, fresh), whole[0], '--fresh begins anew')
  t.notMatch((await fresh.stop()).err, /come from --seed/)
})

t.test('a kill -9 amid writes leads to no double', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const words = ['--database', file, '--seed', '7']
  const server = await serve(t, words)
  const answered: string[] = []
  const writing = Array.from({ length: 8 }, async () => {
    for (;;) {
      const { body } = await call(`${server.url}${EVENTS}/1`, { method: 'POST', body: NEW_EVENT })
      if (answered.push(body.PhoneCallEvent.id) === 60) server.process.kill('SIGKILL')
    }
  })
  await Promise.allSettled(writing)
  const after = await serve(t, words)
  const before = (await ask(t, after, 'GET', '/_emulator/events?limit=1000')).body.events.map(
    ({ id }: { id: string }) => id
  )
  const created = await createEvents(t, after, 20)
  t.equal(new Set([...before, ...created]).size, before.length + created.length)
  t.ok(answered.every(id => before.includes(id)))
})

t.test('an existing database without a seed takes the one that is given', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const random = await serveHere(t, ['--database', file])
  await createEvent(t, random)
  await random.stop()
  const seeded = await serveHere(t, ['--database', file, '--seed', '7'])
  t.equal(await createEvent(t, seeded), await createEvent(t, await start(t, { seed: 7 })))
  t.notMatch((await seeded.stop()).err, /come from --seed/)
})

t.test('a transaction that is rolled back gives its ids back', async t => {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const { seededIds, write, clear, isEmpty } = createStore(database)
  const { newId, newCallNumber } = createSeededIds(seededIds, { seed: 7, sandbox: '' })
  const draw = () => [newId(30), newId(40), newCallNumber(1)]
  const drawn: unknown[][] = []
  const fail = () =>
    write(() => {
      drawn.push(draw())
      throw new Error('undone')
    })
  t.throws(fail)
  t.throws(fail)
  drawn.push(draw())
  t.strictSame(drawn[1], drawn[0])
  t.strictSame(drawn[2], drawn[0])
  t.notSame(draw(), drawn[0])
  t.ok(isEmpty(), 'a count of ids does not keep a database from being seeded with fixtures')
  clear()
  t.strictSame(draw(), drawn[0])
})

t.test('CallIDs of a seed do not collide within ten million calls', async t => {
  const served = await start(t, { seed: 7, deliveryLogSize: 1 })
  await ask(t, served, 'PUT', '/_emulator/clock', FROZEN)
  const ids = new Set<string>()
  for (let count = 0; count < 300; count++)
    ids.add(served.sandbox.calls.place({ from: '0003*211', to: '0003*210', outcome: 'busy' }).callId)
  t.equal(ids.size, 300, 'also when the log has dropped the calls of before')
})

t.test('keys never come from the seed', async t => {
  const folder = t.testdir({ one: {}, two: {} })
  const keys: string[] = []
  for (const name of ['one', 'two']) {
    const tls = ['--tls', '--tls-dir', join(folder, name)]
    const { stop } = await serveHere(t, ['--database', ':memory:', '--seed', '7', ...tls])
    await stop()
    for (const file of readdirSync(join(folder, name)).filter(file => file.includes('key')))
      keys.push(readFileSync(join(folder, name, file), 'utf8'))
  }
  t.ok(keys.length >= 2)
  t.equal(new Set(keys).size, keys.length)
})

t.test('off loopback, a seed is refused unless a control token was chosen', async t => {
  const off = ['--port', '0', '--database', ':memory:', '--host', '0.0.0.0', '--seed', '7']
  const { code, err, out } = await runHere(off)
  t.equal(code, 2)
  t.equal(out, '')
  t.match(
    err,
    /^--seed: the tokens of a seed can be guessed, and 0\.0\.0\.0 is not loopback: set a control token \("none"/
  )
  for (const token of ['chosen-token', 'none']) {
    const { ready, stop } = await serveHere(t, ['--database', ':memory:', ...off.slice(4), '--control-token', token])
    t.equal(ready.controlToken, undefined)
    await stop()
  }
  const refused = { name: 'TypeError', message: /startEmulator: seed: the tokens of a seed can be guessed/ }
  await t.rejects(startEmulator({ seed: 7, host: '0.0.0.0' }), refused)
  const emulator = await startEmulator({ seed: 7, host: '0.0.0.0', controlToken: 'chosen-token' })
  t.ok(await emulator.token('12'))
  await emulator.close()
})

t.test('a seed that is no whole number from 0 to 2^53 - 1 is refused', async t => {
  const expected = 'must be a whole number from 0 to 9007199254740991'
  for (const given of ['x', '-1', '1.5', '', ' ', '1e3', '0x7', '9007199254740992', '99999999999999999999', '7,8']) {
    const { code, err } = await runHere(['--port', '0', '--database', ':memory:', `--seed=${given}`])
    t.equal(code, 2, given)
    t.match(err, `--seed ${expected}; got ${JSON.stringify(given.trim())}.`)
    if (given.trim() === '') continue // an empty variable is one that is not set
    const inEnvironment = await runHere(['--port', '0', '--database', ':memory:'], { UAPI_EMULATOR_SEED: given })
    t.match(inEnvironment, { code: 2, err: `UAPI_EMULATOR_SEED ${expected}` }, given)
  }
  t.match(await runHere(['--port', '0', '--seed']), { code: 2, err: /--seed is given without its value/ })
  for (const seed of ['7', -1, 1.5, 2 ** 53, Number.NaN, null, [7], true])
    await t.rejects(startEmulator({ seed } as object), { name: 'TypeError', message: /^startEmulator: seed must be/ })
})

t.test('the last of several seeds counts, and a flag before the environment', async t => {
  const [ofSeven, ofZero] = [
    await createEvent(t, await start(t, { seed: 7 })),
    await createEvent(t, await start(t, { seed: 0 }))
  ]
  const memory = ['--database', ':memory:']
  t.equal(await createEvent(t, await serveHere(t, [...memory, '--seed', '8', '--seed', '7'])), ofSeven)
  t.equal(await createEvent(t, await serveHere(t, [...memory, '--seed', '0'], { UAPI_EMULATOR_SEED: '7' })), ofZero)
  t.equal(await createEvent(t, await serveHere(t, memory, { UAPI_EMULATOR_SEED: '7' })), ofSeven)
})

t.test('startEmulator takes a seed', async t => {
  const issue = async (seed: number) => {
    const emulator = await startEmulator({ seed })
    t.teardown(() => emulator.close())
    return emulator.token('12')
  }
  t.equal(await issue(7), await issue(7))
  t.not(await issue(7), await issue(8))
})
