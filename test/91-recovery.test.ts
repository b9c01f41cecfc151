import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { StorageError } from '../src/domain/errors/storage.js'
import type { WebhookRequest } from '../src/schema/calls/delivery.js'
import type { Fixture } from '../src/schema/fixture.js'
import type { Outcome } from '../src/service/deliveries/outcome.js'
import { randomId } from '../src/service/new-id.js'
import { createSandbox, type SandboxOptions } from '../src/service/sandbox.js'
import { createEventSource } from '../src/service/watch/event-source.js'
import { startEmulator } from '../src/start-emulator.js'
import { openDatabase } from '../src/store/database.js'
import { countedIds, EVENTS, NEW_EVENT, NOW, readFixture, start } from './support/emulator.js'
import { keepAlive, runHere, until } from './support/program.js'

const CALL = { from: '+40700000001', to: '0003*210' } as const
const ANSWERED: Outcome = {
  kind: 'answered',
  ms: 1,
  response: { status: 200, headers: {}, body: '', truncated: false }
}

/** Three webhooks for the ringing of one extension, to one receiver: they go out one after the other. */
const RINGING = {
  ...readFixture('default'),
  phoneCallEvents: ['a', 'b', 'c'].map(id => ({
    extension: '0003*210',
    type: '0' as const,
    id,
    method: '0' as const,
    url: `http://receiver.test/${id}`
  }))
} satisfies Fixture

/**
 * A sandbox on a database of which SQLite refuses some writes while `disk.isFull`: a trigger of the database raises then.
 * @param refused the write, as an SQL trigger names it
 */
function startOnFullDisk(t: Test, refused: string, options: Partial<SandboxOptions> = {}) {
  const file = join(t.testdir(), 'emulator.db')
  const prepared = openDatabase(file)
  prepared.sql.exec(`CREATE TRIGGER full_disk BEFORE UPDATE ${refused}
    AND EXISTS (SELECT 1 FROM organizations WHERE id = '99' AND name = 'full')
    BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
  prepared.close()
  const sent: string[] = []
  const reported: unknown[] = []
  const open = { now: 0, most: 0 }
  keepAlive(t)
  const send = async ({ url }: WebhookRequest) => {
    sent.push(url.replace(/\?.*$/, ''))
    open.most = Math.max(open.most, ++open.now)
    await nextTurn()
    open.now--
    return ANSWERED
  }
  const sandbox = createSandbox(
    {
      database: file,
      newId: countedIds(),
      fixtures: [{ name: 'ringing', document: RINGING }],
      retryDelayMs: 1,
      ...options
    },
    { send, report: error => void reported.push(error) }
  )
  t.teardown(() => sandbox.close())
  sandbox.fixtures.seed()
  sandbox.resume()
  const fill = (name: 'full' | 'free') =>
    sandbox.fixtures.load([{ name: 'disk', document: { organizations: [{ id: '99', name }] } }])
  return { sandbox, sent, reported, open, fill }
}

const URLS = ['a', 'b', 'c'].map(id => `http://receiver.test/${id}`)
const FULL = { message: 'the disk is full' }

t.test('deliveries that could not be marked as sending are sent when the disk has room again', async t => {
  const { sandbox, sent, reported, fill } = startOnFullDisk(t, "ON delivery_states WHEN NEW.state = 'sending'")
  fill('full')
  sandbox.calls.place({ ...CALL, manual: true })
  await until(() => reported.length > 0)
  t.match(reported[0], FULL, 'the error is reported')
  t.strictSame(sent, [], 'nothing is sent before it is marked')
  fill('free')
  await sandbox.waitUntilIdle({ timeoutMs: 5_000 })
  t.strictSame(sent, URLS, 'each is sent once, in their order')
  t.match(
    sandbox.deliveries.list({}).deliveries,
    URLS.map(() => ({ state: 'delivered', attempts: [{ response: { status: 200 } }] }))
  )
})

t.test('a delivery in flight at the end of a killed process is interrupted, and a pending one is sent', async t => {
  const folder = t.testdir()
  const file = join(folder, 'emulator.db')
  const sent: string[] = []
  const ends: ((outcome: Outcome) => void)[] = []
  const open = (database: string, fixtures: SandboxOptions['fixtures']) => {
    const send = ({ url }: WebhookRequest) => {
      sent.push(url.replace(/\?.*$/, ''))
      return new Promise<Outcome>(resolve => void ends.push(resolve))
    }
    const sandbox = createSandbox(
      { database, ...(fixtures && { fixtures }) },
      { send, report: error => t.fail(String(error)) }
    )
    t.teardown(() => {
      for (const end of ends) end(ANSWERED)
      return sandbox.close()
    })
    return sandbox
  }
  const killed = open(file, [{ name: 'ringing', document: RINGING }])
  killed.fixtures.seed()
  killed.resume()
  killed.calls.place({ ...CALL, manual: true })
  await until(() => sent.length === 1)
  // What is on the disk then is what a killed process leaves.
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, join(folder, `copy.db${suffix}`))
  const restarted = open(join(folder, 'copy.db'), undefined)
  const stateOf = (id: string) => restarted.deliveries.get(id)
  t.match(stateOf('1'), { state: 'interrupted', attempts: [{ failure: { reason: 'interrupted' } }] })
  t.match([stateOf('2').state, stateOf('3').state], ['pending', 'pending'])
  restarted.resume()
  await until(() => sent.length === 2)
  t.strictSame(sent, URLS.slice(0, 2), 'the first is not sent again')
})

t.test('an outcome that could not be recorded is recorded when the disk has room again', async t => {
  const { sandbox, sent, reported, open, fill } = startOnFullDisk(t, "ON delivery_states WHEN NEW.state = 'delivered'")
  fill('full')
  sandbox.calls.place({ ...CALL, manual: true })
  await until(() => reported.length > 1)
  t.match(reported.slice(0, 2), [FULL, FULL], 'the error is reported, and it is tried again')
  t.strictSame(sent, URLS.slice(0, 1))
  t.match(sandbox.deliveries.get('1'), { state: 'sending', attempts: [] })
  fill('free')
  await sandbox.waitUntilIdle({ timeoutMs: 5_000 })
  t.match(
    sandbox.deliveries.list({}).deliveries,
    URLS.map(() => ({ state: 'delivered', attempts: [{ response: { status: 200 } }] }))
  )
  t.strictSame(sent, URLS, 'nothing is sent twice')
  t.equal(open.most, 1, 'and each waits for the answer to the one before it')
})

t.test('a step of a call that could not be committed is performed when the disk has room again', async t => {
  const { sandbox, reported, fill } = startOnFullDisk(t, "ON calls WHEN NEW.state = 'ended'")
  fill('full')
  const { callId } = sandbox.calls.place({ ...CALL, outcome: 'busy', ringMs: 1 })
  await until(() => reported.length > 1)
  t.match(reported.slice(0, 2), [FULL, FULL], 'the error is reported, and the step is tried again')
  t.equal(sandbox.calls.get(callId).state, 'ringing')
  fill('free')
  await sandbox.waitUntilIdle({ timeoutMs: 5_000 })
  t.equal(sandbox.calls.get(callId).state, 'ended')
})

t.test('a step that cannot be committed does not undo a step of another call that is due with it', async t => {
  const { sandbox, fill } = startOnFullDisk(t, "ON calls WHEN NEW.state = 'ended' AND NEW.seq = 2")
  await sandbox.clock.set({ mode: 'frozen' })
  fill('full')
  const placed = [1, 2, 3].map(() => sandbox.calls.place({ ...CALL, outcome: 'busy', ringMs: 1 }).callId)
  const states = () => placed.map(callId => sandbox.calls.get(callId).state)
  await t.rejects(sandbox.clock.advance({ ms: 1 }), FULL)
  t.strictSame(states(), ['ended', 'ringing', 'ringing'])
  fill('free')
  await sandbox.clock.advance({ ms: 1 })
  t.strictSame(states(), ['ended', 'ended', 'ended'])
})

t.test('a sandbox that closes while the disk is full leaves its database alone afterwards', async t => {
  const { sandbox, reported, fill } = startOnFullDisk(t, "ON delivery_states WHEN NEW.state = 'delivered'")
  fill('full')
  sandbox.calls.place({ ...CALL, manual: true })
  await until(() => reported.length > 0)
  await sandbox.close()
  const before = reported.length
  // Closing tried to record the outcome once more, and that retry is due first: its timer was set before, and is shorter.
  await new Promise(resolve => setTimeout(resolve, 2))
  t.match(reported, Array(before).fill(FULL), 'no error but that of the disk is reported')
  t.equal(reported.length, before)
})

t.test('an error of a subscriber is reported, and does not keep the others from being called', async t => {
  const reported: unknown[] = []
  const called: unknown[] = []
  const eventSource = createEventSource(error => void reported.push(error))
  const fail = () => {
    throw new Error('cannot')
  }
  eventSource.subscribe('request', fail)
  eventSource.subscribe('request', id => void called.push(id))
  eventSource.subscribe('call', callId => void called.push(callId))
  eventSource.subscribeToAll(fail)
  eventSource.subscribeToAll(() => void called.push('any'))
  eventSource.publish('request', '7')
  t.strictSame(called, ['7', 'any'], 'in the order in which they subscribed, those of its kind first')
  t.match(reported, [{ message: 'cannot' }, { message: 'cannot' }])
})

t.test('a fixture document that is changed after the start does not change what a reset loads', async t => {
  const document = structuredClone(RINGING)
  const sandbox = createSandbox(
    { database: ':memory:', machineClock: () => NOW, newId: countedIds(), fixtures: [{ name: 'mine', document }] },
    { send: async () => ANSWERED, report: error => t.fail(String(error)) }
  )
  t.teardown(() => sandbox.close())
  const emulator = await startEmulator({ fixture: document })
  t.teardown(() => emulator.close())
  sandbox.fixtures.seed()
  const before = [sandbox.fixtures.export(), await emulator.fixtures.export()]

  for (const user of document.users ?? []) user.name = 'Changed'
  for (const event of document.phoneCallEvents) event.url = 'http://changed.test'
  document.phoneCallEvents.pop()
  sandbox.fixtures.replace()
  await emulator.reset()
  const [first, second] = [sandbox.fixtures.export(), await emulator.fixtures.export()]
  t.strictSame(first, before[0], 'of createSandbox')
  const stamped = (state: unknown) => JSON.stringify(state).replaceAll(/"modified":"[^"]*"/g, '')
  t.equal(stamped(second), stamped(before[1]), 'of startEmulator')
})

t.test('a token issued over the control API expires by the clock of the sandbox', async t => {
  const sandbox = createSandbox(
    { database: ':memory:', machineClock: () => NOW, fixtures: [{ name: 'mine', document: readFixture('default') }] },
    { send: async () => ANSWERED, report: error => t.fail(String(error)) }
  )
  t.teardown(() => sandbox.close())
  sandbox.fixtures.seed()
  await sandbox.clock.set({ mode: 'frozen', now: '2030-01-01T00:00:00.000Z' })
  const use = (token: string) => sandbox.principals.authenticate({ kind: 'token', token }).id
  const refusal = (token: string): unknown => {
    try {
      return use(token)
    } catch (error) {
      return error
    }
  }

  const endless = sandbox.credentials.issueToken({ user: '12' })
  const minute = sandbox.credentials.issueToken({ user: '12', expiresInSeconds: 60 })
  const longest = sandbox.credentials.issueToken({ user: '12', expiresInSeconds: Number.MAX_SAFE_INTEGER })
  t.equal(endless.expiresAt, null)
  t.equal(minute.expiresAt, '2030-01-01T00:01:00.000Z')
  t.equal(longest.expiresAt, '9999-12-31T23:59:59.999Z', 'at the latest')
  await sandbox.clock.advance({ ms: 59_999 })
  t.equal(use(minute.accessToken), '12')
  await sandbox.clock.advance({ ms: 1 })
  t.match(refusal(minute.accessToken), { reason: 'token_expired' })
  t.equal(use(endless.accessToken), '12')
  await sandbox.clock.set({ mode: 'frozen', now: '9999-12-31T23:59:59.999Z' })
  t.match(refusal(longest.accessToken), { reason: 'token_expired' })
  t.equal(use(endless.accessToken), '12')
})

/** A disk of its own, with a size in MB; undefined where none can be mounted. */
function mountDisk(t: Test, size: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'uapi-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  t.teardown(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return folder
}

/** Writes a file until the disk has no room. @returns its path */
function fillDisk(folder: string, name = 'filler'): string {
  const filler = join(folder, name)
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(filler, Buffer.alloc(bavail * bsize))
  return filler
}

const NOTE = '漢'.repeat(1_000) // 3 KB
const SKIP = 'no file system can be mounted here'

t.test('a small disk that is full: clear answers, deletions, a reset, and all goes on when there is room', async t => {
  const folder = mountDisk(t, 8)
  if (folder === undefined) return t.pass(SKIP)
  const database = join(folder, 'emulator.db')
  const { ask, app } = await start(t, { database })
  const control = (method: string, path: string, body?: unknown) =>
    ask(method, `/_emulator${path}`, { as: null, ...(body !== undefined && { body }) })
  const create = () => ask('POST', EVENTS, { body: { ...NEW_EVENT, type: '0', note: NOTE } })
  const add = () => control('POST', '/events', { ...NEW_EVENT, extension: '0003*210', type: '0', note: NOTE })
  const many = Array.from({ length: 100 }, () => ({ ...NEW_EVENT, extension: '0003*210', type: '0', note: NOTE }))
  const fill = async (phoneCallEvents: object[]) => {
    for (let count = 0; count < 100; count++) {
      const { status, body } = await control('POST', '/fixtures', { phoneCallEvents })
      if (status >= 400) return t.match({ status, body }, { status: 507, body: { error: { code: 'storage_full' } } })
    }
    t.fail('the disk never was full')
  }
  const fillUp = async () => {
    await fill(many)
    await fill(many.slice(0, 8))
    for (let count = 0; count < 1_000; count++) if ((await create()).status >= 400) return
    t.fail('the disk never was full')
  }

  for (const round of [1, 2]) {
    await fillUp()
    const refused = await create()
    t.match(refused, { status: 500, reason: 'storage_full' }, `round ${round}`)
    t.notMatch(refused.text, /uapi-disk|emulator\.db/, 'no path on the surface of the vendor')
    const { status, body } = await add()
    t.match({ status, body }, { status: 507, body: { error: { code: 'storage_full' } } })
    t.match(body.error.message, database, 'the file is named')
    const listed = await ask('GET', `${EVENTS}?count=1`)
    t.equal(listed.status, 200, 'reading goes on')
    if (round === 1) {
      const { events, total } = (await control('GET', '/events?limit=40')).body
      for (const { id } of events) t.equal((await control('DELETE', `/events/${id}`)).status, 204, 'deletions go on')
      t.equal((await control('GET', '/events?limit=1')).body.total, total - events.length)
      t.equal((await create()).status, 200, 'and make room')
    } else {
      t.equal((await control('POST', '/reset', {})).status, 200, 'a reset goes on')
      t.equal((await control('GET', '/events')).body.total, 1)
    }
  }
  t.strictSame(
    readdirSync(folder).filter(name => name.includes('reserve')),
    [],
    'the reserve has no name'
  )
  await app.close()
  t.notOk(existsSync(`${database}-wal`), 'it was closed properly')
})

t.test(
  'a disk that others fill: outcomes and due steps are recorded when there is room again, none is sent twice',
  async t => {
    const folder = mountDisk(t, 8)
    if (folder === undefined) return t.pass(SKIP)
    const sent: string[] = []
    const reported: unknown[] = []
    const landing: (() => void)[] = []
    const send = ({ url }: WebhookRequest) => {
      sent.push(url.replace(/\?.*$/, ''))
      return new Promise<Outcome>(done => void landing.push(() => done({ ...ANSWERED, response: LONG })))
    }
    const sandbox = createSandbox(
      {
        database: join(folder, 'emulator.db'),
        newId: countedIds(),
        fixtures: [{ name: 'ringing', document: RINGING }],
        retryDelayMs: 1
      },
      { send, report: error => void reported.push(error) }
    )
    t.teardown(() => sandbox.close())
    sandbox.fixtures.seed()
    sandbox.resume()
    const { callId } = sandbox.calls.place({ ...CALL, outcome: 'busy', ringMs: 300 })
    await until(() => landing.length === 1)
    const fillers = [fillDisk(folder)]
    const grow = () => sandbox.fixtures.load([{ name: 'more', document: { organizations: [...many()] } }])
    t.match(refusalOf(grow), { name: 'StorageError', reason: 'storage_full' })
    fillers.push(fillDisk(folder, 'another')) // the checkpoint has made room
    for (const land of landing.splice(0)) land()
    await until(() => reported.length > 1)
    t.match(reported.slice(0, 2), [{ reason: 'storage_full' }, { reason: 'storage_full' }])
    t.match(sandbox.deliveries.get('1'), { state: 'sending', attempts: [] })
    t.equal(sent.length, 1)

    for (const filler of fillers) rmSync(filler)
    await until(() => {
      for (const land of landing.splice(0)) land()
      return sandbox.calls.get(callId).state === 'ended' && sandbox.deliveries.list({ state: 'delivered' }).total === 3
    })
    t.strictSame(sent, URLS)
    t.match(
      sandbox.deliveries.list({}).deliveries,
      URLS.map(() => ({ attempts: [{ response: { status: 200 } }] })),
      'the outcome of before is not lost'
    )
  }
)

t.test('a large change on a full disk is refused, leaves nothing behind, and is made when there is room', async t => {
  const folder = mountDisk(t, 24)
  if (folder === undefined) return t.pass(SKIP)
  const { ask, app } = await start(t, { database: join(folder, 'emulator.db'), newId: randomId })
  const control = (method: string, path: string, body?: object) =>
    ask(method, `/_emulator${path}`, { as: null, ...(body !== undefined && { body }) })
  const files = () => readdirSync(folder).sort()
  const before = [(await control('GET', '/fixtures')).body, files()]
  const large = (note: string) => ({
    ...RINGING,
    phoneCallEvents: Array.from({ length: 3_000 }, (_, index) => ({
      extension: '0003*210',
      type: '0' as const,
      id: `large${index}`,
      method: '0' as const,
      url: `http://receiver.test/${index}`,
      note
    }))
  })
  const filler = fillDisk(folder)
  const changes = [
    () => control('POST', '/reset', { fixture: large(NOTE) }),
    () => control('POST', '/fixtures', large(NOTE))
  ]
  for (const change of changes) {
    const { status, body } = await change()
    t.match({ status, body }, { status: 507, body: { error: { code: 'storage_full', message: folder } } })
    t.strictSame([(await control('GET', '/fixtures')).body, files().filter(name => name !== 'filler')], before)
  }
  rmSync(filler)
  t.equal((await control('POST', '/reset', { fixture: large('short') })).status, 200)
  t.equal((await control('GET', '/events?limit=1')).body.total, 3_000)
  t.strictSame(files(), before[1], 'nothing is left beside the database')
  await app.close()
})

t.test('the program refuses to start on a full disk, and names the file and the remedy', async t => {
  const folder = mountDisk(t, 2)
  if (folder === undefined) return t.pass(SKIP)
  fillDisk(folder)
  const database = join(folder, 'emulator.db')
  const { code, out, err } = await runHere(['--database', database, '--port', '0'])
  t.strictSame({ code, out }, { code: 2, out: '' })
  t.match(err, database)
  t.match(err, /disk .*is full.*--database/)
  t.notMatch(err, / at .*:\d+:\d+/, 'no stack')
})

t.test('a database that SQLite cannot enlarge or write refuses changes in words, and recovers', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const { sql, write, close } = openDatabase(file)
  t.teardown(close)
  const add = (id: string, size: number) =>
    write(() => sql.prepare('INSERT INTO organizations (id, name) VALUES (?, ?)').run(id, 'x'.repeat(size)))
  const pages = Number(sql.pragma('page_count', { simple: true }))
  sql.pragma(`max_page_count = ${pages + 1}`)
  const refused = refusalOf(() => add('8', 100_000))
  t.match(refused, { name: 'StorageError', reason: 'storage_full', message: file })
  const runs = { outer: 0, inner: 0 }
  const nested = () =>
    write(() => {
      runs.outer++
      add('7', 10)
      write(() => {
        runs.inner++
        add('8', 100_000)
      })
    })
  t.match(refusalOf(nested), { reason: 'storage_full' })
  t.strictSame(runs, { outer: 3, inner: 3 }, 'the whole transaction is tried again, not a part of it')
  t.equal(sql.prepare("SELECT 1 FROM organizations WHERE id = '7'").get(), undefined, 'and nothing of it is left')
  sql.pragma('max_page_count = 100000')
  add('8', 100_000)

  sql.pragma('query_only = ON')
  t.match(
    refusalOf(() => add('9', 10)),
    { reason: 'storage_failed', message: /emulator\.db cannot be written \(SQLITE_READONLY\)/ }
  )
  sql.pragma('query_only = OFF')
  add('9', 10)
  t.equal(refusalOf(() => add('9', 10)) instanceof StorageError, false, 'another error stays as it is')
  const inner = () => write(() => write(() => void sql.prepare('INSERT INTO missing VALUES (1)').run()))
  t.match(refusalOf(inner), { message: 'no such table: missing' })
})

const LONG = { status: 200, headers: {}, body: 'b'.repeat(60_000), truncated: false }

/** Organizations of a quarter of a KB each. */
let lastOrganization = 1_000
function* many() {
  for (let count = 0; count < 400; count++) yield { id: String(++lastOrganization), name: 'n'.repeat(250) }
}

function refusalOf(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}
