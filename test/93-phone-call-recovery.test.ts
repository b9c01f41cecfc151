import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { WebhookRequest } from '../src/schema/calls/delivery.js'
import type { Fixture } from '../src/schema/fixture.js'
import type { PhoneCall } from '../src/schema/phone-call.js'
import { createSandbox, type Sandbox, type SandboxOptions } from '../src/service/sandbox.js'
import { openDatabase } from '../src/store/database.js'
import { readMigrations } from '../src/store/migrations.js'
import { TABLES } from '../src/store/store.js'
import { OK, OUTSIDE, OUTSIDE_TOO, worldOf } from './support/call-world.js'
import { EFFORT } from './support/effort.js'
import { countedIds, NOW, start, TOKENS } from './support/emulator.js'
import { call, keepAlive, keepScript, type Serving, serve, serveHere, until } from './support/program.js'
import { receive } from './support/receiver.js'

const DAY = 86_400_000
const SELF_OF = (id: string): string => `http://emulator.test/${id}`

// ── Processes ──

/** A receiver of webhooks: prints its port, then each request in a line. */
const RECEIVER = `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', bytes => { body += bytes })
    request.on('end', () => {
      console.log(request.method + ' ' + request.url + ' ' + body)
      response.end('ok')
    })
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))`

/** A click-to-call application: prints what it sees, each status of the call of its extension once. */
const CLIENT = `
  const [, base, receiver] = process.argv
  const ask = async (method, path, body, headers = {}) => {
    const response = await fetch(base + path, { method, body, headers })
    if (response.status !== 200) throw new Error(method + ' ' + path + ' answered ' + response.status)
    return response.json()
  }
  const grant = { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
  const token = await ask('POST', '/oauth/token.php', new URLSearchParams(grant))
  const headers = { authorization: 'Bearer ' + token.access_token, 'content-type': 'application/json' }
  const vendor = (method, path, body) => ask(method, '/uapi' + path, body && JSON.stringify(body), headers)

  await vendor('POST', '/extensions/@me/0003*210/phoneCallEvents/1', { method: '1', url: receiver + '/dial-out' })
  await vendor('POST', '/extensions/@me/0003*210/phoneCallEvents/2', { method: '0', url: receiver + '/hangup' })
  const [{ id }] = await vendor('POST', '/phoneCalls/@me/simple', {
    extension: '0003*210',
    phoneCallView: [{ source: '0003*210', destination: '0003*211' }]
  })
  console.log('placed ' + id)

  let last
  const poll = async () => {
    const { entry } = await vendor('GET', '/phoneCalls/@me/0003*210/' + id)
    const view = entry[0]?.phoneCallView.find(({ extension }) => extension === '0003*210')
    const status = view?.status ?? 'gone'
    if (status !== last) console.log('status ' + (last = status))
    await new Promise(resolve => setTimeout(resolve, 5))
    return status
  }
  while (await poll() !== '5');
  const deleted = await vendor('DELETE', '/phoneCalls/@me/0003*210/' + id)
  console.log('deleted ' + deleted.map(one => one.id))
  while (await poll() !== 'gone');`

t.test(
  'a click-to-call application in a process of its own gets its webhooks, with the vendor’s paths alone',
  async t => {
    const [server, receiver] = await Promise.all([serve(t, ['--fixture', 'default']), keepScript(t, RECEIVER)])
    const control = (method: string, path: string, body?: object) =>
      call(`${server.url}/_emulator${path}`, { method, token: null, ...(body && { body }) })
    const [port] = receiver.out().split('\n')
    let printed = receiver.out().length
    for (const mode of ['running', 'frozen'] as const) {
      await control('POST', '/reset', {})
      await control('PUT', '/clock', { mode })
      const client = await keepScript(t, CLIENT, server.url, `http://127.0.0.1:${port}`)
      if (mode === 'frozen') {
        for (const status of ['3', '4']) {
          await until(() => client.out().endsWith(`status ${status}\n`))
          await control('POST', '/clock/advance', { ms: 500 })
        }
      }
      const { code, out, err } = await client.ended
      t.equal(code, 0, err)
      const [placed = '', ...seen] = out.trim().split('\n')
      const id = placed.replace('placed ', '')
      t.match(id, /^[a-z0-9]{20}$/)
      const statuses = ['status 3', 'status 4', 'status 5', `deleted ${id}`, 'status gone']
      if (mode === 'frozen') t.strictSame(seen, statuses)
      else t.strictSame(seen.slice(-3), statuses.slice(-3), 'a slow client may miss how it rings')

      t.equal((await control('GET', '/idle')).status, 200)
      await until(() => receiver.out().slice(printed).split('\n').length > 2)
      const lines = receiver.out().slice(printed).trim().split('\n')
      printed = receiver.out().length
      const [dialOut, hangup] = lines.map(line => new URLSearchParams(line.replace(/^\S+ \S+?[? ]/, '')))
      t.match(lines, [/^POST \/dial-out /, /^GET \/hangup\?\S+$/], mode)
      t.equal(lines.length, 2, 'and no other')
      t.match(Object.fromEntries(dialOut ?? []), {
        CallStatus: 'CALLING',
        CallFlow: 'out',
        CallAPIID: id,
        CallerExtension: '0003*210',
        CalledExtension: '0003*211'
      })
      t.match(Object.fromEntries(hangup ?? []), { CallStatus: 'ANSWER', CallFlow: 'out', CallAPIID: id })
      t.equal(hangup?.get('CallID'), dialOut?.get('CallID'))
      t.match((await control('GET', '/deliveries')).body, { total: 2 })
    }
  }
)

/** Phones with which calls are in each state for a time; all times are multiples of one. */
const phonesOf = (unit: number) => [
  { number: '0003*210', ringMs: 10 * unit, talkMs: 20 * unit },
  { number: '0003*211', ringMs: 3 * unit },
  { number: '0003*212', ringMs: 0, talkMs: 30 * unit },
  { number: '0003*213', ringMs: 10 * unit },
  { number: OUTSIDE, ringMs: 0 },
  { number: '0003*300', ringMs: 0, talkMs: 15 * unit },
  { number: OUTSIDE_TOO, ringMs: 0, talkMs: DAY },
  { number: '0003*500', ringMs: 0, talkMs: DAY }
]

/** Calls in each state: source, destination, and its moments with their times in that unit. The last one is deleted. */
const CALLS: [source: string, destination: string, moments: [at: number, line: string][]][] = [
  [
    '0003*210',
    '0003*211',
    [
      [10, '0003*210 dialOut CALLING'],
      [10, '0003*211 dialIn CALLING'],
      [13, '0003*211 answerIncoming ANSWER'],
      [13, '0003*210 answerOutgoing ANSWER'],
      [33, '0003*210 hangup ANSWER'],
      [33, '0003*211 hangup ANSWER']
    ]
  ],
  [
    '0003*212',
    '0003*213',
    [
      [0, '0003*212 dialOut CALLING'],
      [0, '0003*213 dialIn CALLING'],
      [10, '0003*213 answerIncoming ANSWER'],
      [10, '0003*212 answerOutgoing ANSWER'],
      [40, '0003*212 hangup ANSWER'],
      [40, '0003*213 hangup ANSWER']
    ]
  ],
  [
    OUTSIDE,
    '0003*300',
    [
      [0, '0003*300 dialIn CALLING'],
      [0, '0003*300 answerIncoming ANSWER'],
      [15, '0003*300 hangup ANSWER']
    ]
  ],
  [
    OUTSIDE_TOO,
    '0003*500',
    [
      [0, '0003*500 dialIn CALLING'],
      [0, '0003*500 answerIncoming ANSWER'],
      [5, '0003*500 hangup ANSWER']
    ]
  ]
]

/** Requests to a server. */
const clientOf = ({ url }: Pick<Serving, 'url'>) => ({
  vendor: (method: string, path: string, body?: object) =>
    call(`${url}/uapi/phoneCalls/@me${path}`, {
      method,
      token: path.startsWith('/@self') ? TOKENS.organization : TOKENS.user,
      ...(body && { body })
    }),
  control: async (method: string, path: string, body?: object) =>
    (await call(`${url}/_emulator${path}`, { method, token: null, ...(body && { body }) })).body
})

interface PrintedCall {
  callId: string
  callApiId: string
  state: string
  placedAt: string
  next: { at: string }[]
  moments: { at: string; extension: string; moment: string; callStatus: string }[]
}

for (const clock of ['frozen', 'running'] as const)
  for (const signal of ['SIGKILL', 'SIGTERM'] as const)
    t.test(
      `${signal} while it rings and talks, with a ${clock} clock: each call goes on after the restart`,
      async t => {
        const receiver = await receive(t)
        const unit = clock === 'frozen' ? 1000 : 25
        const fixture = { ...worldOf(receiver.url, '0'), phones: phonesOf(unit) } satisfies Fixture
        const folder = t.testdir({ 'fixture.json': JSON.stringify(fixture) })
        const words = ['--database', join(folder, 'test.db'), '--fixture', join(folder, 'fixture.json')]
        // A stop in this process is the same as that of a process which gets the signal.
        const open = () => (signal === 'SIGKILL' ? serve(t, words) : serveHere(t, words))
        const before = await open()
        const first = clientOf(before)
        await first.control('PUT', '/clock', { mode: clock })
        const ids: string[] = []
        for (const [source, destination] of CALLS) {
          const body = { extension: '0003*210', phoneCallView: [{ source, destination }] }
          ids.push((await first.vendor('POST', '/simple?waitForPickup=86400', body)).body[0].id)
        }
        if (clock === 'frozen') {
          await first.control('POST', '/clock/advance', { ms: 5 * unit })
          await first.control('GET', '/idle')
        }
        const listed = await first.vendor('GET', '/@self?count=100')
        const { calls: held }: { calls: PrintedCall[] } = await first.control('GET', '/calls')
        await before.stop(signal)

        const after = await open()
        const { vendor, control } = clientOf(after)
        if (clock === 'frozen') {
          const kept = await vendor('GET', '/@self?count=100')
          const withoutLinks = (body: { entry: PhoneCall[] }) => body.entry.map(({ links, ...rest }) => rest)
          t.strictSame(withoutLinks(kept.body), withoutLinks(listed.body), 'they are listed as before')
          t.equal(kept.body.entry.length, CALLS.length)
          t.strictSame((await control('GET', '/calls')).calls, held, 'with the same steps to come')
        }
        const [deleted = ''] = ids.slice(-1)
        t.match(await vendor('GET', `/0003*210/${deleted}`), { body: { entry: [{ id: deleted }] } })
        t.match(await vendor('DELETE', `/0003*210/${deleted}`), { status: 200, body: [{ id: deleted }] })
        t.match(await vendor('DELETE', `/0003*210/${deleted}`), { status: 400 }, 'once')
        if (clock === 'frozen') await control('POST', '/clock/advance', { ms: 60 * unit })
        for (const { callId } of held) await control('GET', `/calls/${callId}/ended?timeoutMs=60000`)
        t.strictSame((await vendor('GET', '/@self?count=100')).body.entry, [])

        const { calls }: { calls: PrintedCall[] } = await control('GET', '/calls')
        t.strictSame(
          calls.map(({ callApiId }) => callApiId),
          ids
        )
        for (const [index, { placedAt, moments }] of calls.entries()) {
          const [source = '', , expected = []] = CALLS[index] ?? []
          t.strictSame(
            moments.map(({ extension, moment, callStatus }) => `${extension} ${moment} ${callStatus}`),
            expected.map(([, line]) => line),
            source
          )
          if (index === CALLS.length - 1 && clock === 'running') continue // it was deleted at once
          const times = moments.map(({ at }) => Date.parse(at) - Date.parse(placedAt))
          const due = expected.map(([at]) => at * unit)
          if (clock === 'frozen') t.strictSame(times, due, 'each moment at its time')
          else
            t.ok(
              times.every((time, nth) => time >= (due[nth] ?? 0)),
              `${times} are not before ${due}`
            )
        }
        const { deliveries } = await control('GET', '/deliveries?limit=1000')
        const wanted = CALLS.flatMap(([, , moments]) => moments).length
        t.equal(deliveries.length, wanted, 'each moment has its webhook')
        const wrong = deliveries.flatMap(({ state, request }: { state: string; request: { url: string } }) => {
          const times = receiver.received.filter(({ target }) => receiver.url + target === request.url).length
          // What was in flight when the process was killed is not sent again.
          const holds =
            state === 'delivered' ? times === 1 : clock === 'running' && state === 'interrupted' && times < 2
          return holds ? [] : [`${state} ${times} ${request.url}`]
        })
        t.strictSame(wrong, [])
        t.ok(receiver.received.length <= wanted, 'and nothing else came')
        await after.stop()
      }
    )

t.test('kill -9 at random times: no call is lost, and no webhook comes twice', { skip: EFFORT < 2 }, async t => {
  const receiver = await receive(t)
  const fixture = { ...worldOf(receiver.url, '0'), phones: phonesOf(12) } satisfies Fixture
  const folder = t.testdir({ 'fixture.json': JSON.stringify(fixture) })
  const words = ['--database', join(folder, 'test.db'), '--fixture', join(folder, 'fixture.json')]
  const ids: string[] = []
  for (let round = 0; round < 2 * EFFORT; round++) {
    const server = await serve(t, words)
    const { vendor } = clientOf(server)
    for (const [source, destination] of CALLS.slice(0, 3)) {
      const body = { extension: '0003*210', phoneCallView: [{ source, destination }] }
      ids.push((await vendor('POST', '/simple?waitForPickup=86400', body)).body[0].id)
    }
    await new Promise(resolve => setTimeout(resolve, Math.random() * 400))
    await server.stop('SIGKILL')
  }
  const last = await serve(t, words)
  const { control } = clientOf(last)
  for (const { callId } of (await control('GET', '/calls?limit=1000')).calls)
    await control('GET', `/calls/${callId}/ended?timeoutMs=60000`)
  const { calls }: { calls: PrintedCall[] } = await control('GET', '/calls?limit=1000')
  t.strictSame(
    calls.map(({ callApiId }) => callApiId),
    ids
  )
  for (const [index, { moments }] of calls.entries())
    t.strictSame(
      moments.map(({ extension, moment, callStatus }) => `${extension} ${moment} ${callStatus}`),
      CALLS[index % 3]?.[2].map(([, line]) => line)
    )
  const targets = receiver.received.map(({ target }) => target)
  t.equal(new Set(targets).size, targets.length, 'none came twice')
  const { deliveries } = await control('GET', '/deliveries?limit=10000')
  const lost = deliveries.filter(
    ({ state, request }: { state: string; request: { url: string } }) =>
      state !== 'interrupted' && !targets.includes(request.url.slice(receiver.url.length))
  )
  t.strictSame(lost, [])
})

// ── Within this process ──

/** A sandbox on a database file, with the users that place and list calls. */
function openWorld(
  t: Test,
  database: string,
  { clock = () => NOW, ...options }: Partial<SandboxOptions> & { clock?: () => Date } = {}
) {
  const sent: WebhookRequest[] = []
  const reported: unknown[] = []
  keepAlive(t)
  const sandbox = createSandbox(
    {
      database,
      machineClock: clock,
      newId: countedIds(),
      fixtures: [{ name: 'world', document: worldOf('http://receiver.test', '1') }],
      retryDelayMs: 1,
      ...options
    },
    {
      send: async request => {
        sent.push(request)
        return OK
      },
      report: error => void reported.push(error)
    }
  )
  t.teardown(() => sandbox.close())
  const who = (token: string) => sandbox.principals.authenticate({ kind: 'token', token })
  return {
    sandbox,
    sent,
    reported,
    create: (source: string, destination: string, query: Record<string, string> = {}) =>
      sandbox.phoneCalls.create(
        who(TOKENS.user),
        '@me',
        { body: { extension: '0003*210', phoneCallView: [{ source, destination }] }, query },
        SELF_OF
      ),
    list: (): PhoneCall[] =>
      sandbox.phoneCalls.list(
        who(TOKENS.organization),
        { userId: '@me', extension: '@self' },
        { count: '100' },
        SELF_OF
      ).entries,
    remove: (extension: string, phoneCallId?: string) =>
      sandbox.phoneCalls.remove(who(TOKENS.user), { userId: '@me', extension, phoneCallId })
  }
}

const momentsOf = (sandbox: Sandbox, callApiId: string): string[] =>
  sandbox.calls
    .list({ limit: 1000 })
    .calls.filter(one => one.callApiId === callApiId)
    .flatMap(({ moments }) => moments.map(({ extension, moment }) => `${extension} ${moment}`))

/**
 * A database file of which SQLite refuses some writes while an organization 99 has the name `full`.
 * @param refused the write, as an SQL trigger names it
 */
function fileOfFullDisk(t: Test, refused: string): string {
  const file = join(t.testdir(), 'emulator.db')
  const { sql, close } = openDatabase(file)
  sql.exec(`CREATE TRIGGER full_disk BEFORE ${refused}
    EXISTS (SELECT 1 FROM organizations WHERE id = '99' AND name = 'full')
    BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
  close()
  return file
}

const disk = (name: 'full' | 'free') => ({ organizations: [{ id: '99', name }] })
const FULL = { message: 'the disk is full' }

t.test('a Create that cannot be committed is 500 and leaves nothing; the next one places a call', async t => {
  const { ask } = await start(t, {
    database: fileOfFullDisk(t, 'INSERT ON ongoing_calls WHEN'),
    fixture: worldOf('http://192.0.2.1')
  })
  const fill = (name: 'full' | 'free') => ask('POST', '/_emulator/fixtures', { body: disk(name) })
  const create = () =>
    ask('POST', '/uapi/phoneCalls/@me/simple', {
      body: { extension: '0003*210', phoneCallView: [{ source: '0003*210', destination: '0003*211' }] }
    })
  t.equal((await fill('full')).status, 200)
  t.match(await create(), { status: 500, body: { error: { code: 'internal_server_error' } } })
  t.match((await ask('GET', '/uapi/phoneCalls/@me/0003*210')).body, { totalResults: 0, entry: [] })
  t.match((await ask('GET', '/_emulator/calls')).body, { total: 0 })
  await fill('free')
  const { status, body } = await create()
  t.equal(status, 200)
  t.match((await ask('GET', '/uapi/phoneCalls/@me/0003*210')).body, { totalResults: 1, entry: [{ id: body[0].id }] })
})

t.test('a pick-up that cannot be committed happens once, when the disk has room again', async t => {
  const file = fileOfFullDisk(t, 'UPDATE OF calling_leg ON calls WHEN NEW.calling_leg IS NOT NULL AND')
  const { sandbox, sent, reported, create, list } = openWorld(t, file, { clock: () => new Date() })
  sandbox.fixtures.seed()
  sandbox.resume()
  const fill = (name: 'full' | 'free') => sandbox.fixtures.load([{ name: 'disk', document: disk(name) }])
  for (const number of ['0003*210', '0003*211']) sandbox.phones.set(number, { ringMs: 1, talkMs: 1 })
  fill('full')
  const { id } = create('0003*210', '0003*211')
  await until(() => reported.length > 1)
  t.match(reported.slice(0, 2), [FULL, FULL], 'the error is reported, and the step is tried again')
  t.match(list(), [{ id, phoneCallView: [{ status: '3' }] }], 'it rings')
  t.strictSame([momentsOf(sandbox, id), sent], [[], []])
  fill('free')
  const [{ callId = '' } = {}] = sandbox.calls.list({}).calls
  await sandbox.calls.ended(callId, { timeoutMs: 10_000 })
  const moments = ['0003*210 dialOut', '0003*211 dialIn', '0003*211 answerIncoming', '0003*210 answerOutgoing']
  t.strictSame(momentsOf(sandbox, id), [...moments, '0003*210 hangup', '0003*211 hangup'])
  t.equal(sent.length, 6, 'each webhook is sent once')
  t.strictSame(list(), [])
})

t.test('a Delete that cannot be committed changes nothing, and can be sent again', async t => {
  const file = fileOfFullDisk(t, 'DELETE ON ongoing_calls WHEN')
  const { sandbox, sent, create, list, remove } = openWorld(t, file)
  sandbox.fixtures.seed()
  await sandbox.clock.set({ mode: 'frozen' })
  sandbox.resume()
  const { id } = create('0003*210', '0003*211')
  await sandbox.clock.advance({ ms: 1_000 })
  const before = list()
  t.match(before, [{ id, phoneCallView: [{ status: '5' }, { status: '5' }] }])
  sandbox.fixtures.load([{ name: 'disk', document: disk('full') }])
  t.throws(() => remove('0003*210'), FULL)
  t.strictSame(list(), before)
  t.equal(sent.length, 4)
  sandbox.fixtures.load([{ name: 'disk', document: disk('free') }])
  t.strictSame(remove('0003*210'), [id])
  await sandbox.waitUntilIdle({ timeoutMs: 5_000 })
  t.strictSame(list(), [])
  t.equal(sent.length, 6)
})

/** Copies a database into one of migrations 1 to 7, without what later versions added to legs. @returns its path */
function downgraded(file: string): string {
  const older = `${file}.older`
  const { sql, close } = openDatabase(older, { migrations: readMigrations().slice(0, 7) })
  const columnsOf = (schema: string, table: string): string[] =>
    (sql.pragma(`${schema}.table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  sql.exec(`ATTACH '${file}' AS newer`)
  for (const table of TABLES.toReversed()) {
    const newer = columnsOf('newer', table)
    const columns = columnsOf('main', table)
      .filter(name => newer.includes(name))
      .join(', ')
    if (columns !== '') sql.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`)
  }
  const added = ['ringingAt', 'answeredAt', 'outcome', 'phone', 'marks']
  sql.exec(`UPDATE main.calls SET legs = (SELECT json_group_array(json_remove(value, ${added.map(name => `'$.${name}'`)}))
    FROM json_each(legs))`)
  close()
  return older
}

t.test('calls of the version before are listed, go on, are deleted and trimmed, without a row left over', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const old = openWorld(t, file)
  old.sandbox.fixtures.seed()
  await old.sandbox.clock.set({ mode: 'frozen' })
  const { place, perform } = old.sandbox.calls
  const ids = [
    place({ from: OUTSIDE, to: '0003*210', ringMs: 2_000, talkMs: 3_000 }),
    place({ from: '0003*213', to: ['0003*211', '0003*212'], talkMs: 5_000 }),
    place({ from: '0003*213', to: '0003*300', manual: true }),
    place({ from: OUTSIDE, to: '0003*210', manual: true }),
    place({ from: OUTSIDE, to: '0003*212', outcome: 'congestion' })
  ].map(({ callId, callApiId }) => ({ callId, callApiId }))
  const [rings, , queue, transferred] = ids.map(({ callId }) => callId)
  await old.sandbox.clock.advance({ ms: 1_000 })
  perform(transferred ?? '', { verb: 'answer' })
  perform(transferred ?? '', { verb: 'transfer', from: '0003*210', to: '0003*211', kind: 'blind' })
  const going = ids.slice(0, 4).map(({ callApiId }) => callApiId)
  t.strictSame(
    old.list().map(({ id }) => id),
    going
  )
  await old.sandbox.close()

  const older = downgraded(file)
  const { sandbox, create, list, remove, reported } = openWorld(t, older, { deliveryLogSize: 3 })
  sandbox.resume()
  t.strictSame(
    list().map(({ id, phoneCallView }) => [id, phoneCallView.map(({ extension, status }) => `${extension} ${status}`)]),
    [
      [going[0], ['0003*210 3']],
      [going[1], ['0003*213 5', '0003*211 5', '0003*212 0']],
      [going[2], ['0003*213 4', '0003*300 3']],
      [going[3], ['0003*210 0', '0003*210 4', '0003*211 3']]
    ]
  )
  await sandbox.clock.advance({ ms: 1_000 })
  t.match(sandbox.calls.get(rings ?? ''), { state: 'answered', next: [{ hangup: 'all' }] })
  t.strictSame(remove('0003*300', going[2]), [going[2]], 'deleted by its id')
  t.match(sandbox.calls.get(queue ?? ''), { state: 'ended', outcome: 'cancelled' })
  t.strictSame(remove('0003*211'), [going[1], going[3]], 'deleted with all of an extension')
  await sandbox.clock.advance({ ms: 3_000 })
  t.strictSame(list(), [])

  // Ended calls beyond the size of the log are trimmed, and so is one between outside parties.
  sandbox.phones.set('0003*210', { ringMs: 0, talkMs: 0 })
  const { id } = create(OUTSIDE, OUTSIDE_TOO)
  const outside = sandbox.calls.list({}).calls.find(one => one.callApiId === id)?.callId ?? ''
  await sandbox.clock.advance({ ms: DAY })
  t.match(sandbox.calls.get(outside), { state: 'ended', moments: [] })
  for (let nth = 0; nth < 5; nth++) create('0003*210', '0003*211')
  await sandbox.clock.advance({ ms: DAY })
  t.throws(() => sandbox.calls.get(outside), { code: 'call_unknown' })
  const kept = sandbox.calls.list({}).calls
  t.strictSame(reported, [])
  await sandbox.close()
  const sql = new BetterSqlite3(older, { readonly: true })
  t.teardown(() => sql.close())
  const rows = (select: string) => sql.prepare<[], string>(select).pluck().all()
  t.equal(kept.length, 3)
  t.strictSame(rows('SELECT extension FROM ongoing_calls'), [])
  t.strictSame(
    rows('SELECT call_id FROM leg_ids ORDER BY call_id'),
    kept.flatMap(({ legs }) => legs.flatMap(({ callId }) => callId ?? [])).sort()
  )
  t.strictSame(sql.pragma('foreign_key_check'), [])
})

t.test('a reset and a restored snapshot discard calls of the vendor’s API, and what they had to do', async t => {
  for (const [how, replace] of [
    ['reset', (sandbox: Sandbox) => void sandbox.fixtures.replace()],
    ['snapshot', (sandbox: Sandbox) => void sandbox.snapshots.restore('during')]
  ] as const) {
    const file = join(t.testdir(), `${how}.db`)
    const { sandbox, sent, reported, create, list, remove } = openWorld(t, file)
    sandbox.fixtures.seed()
    await sandbox.clock.set({ mode: 'frozen' })
    sandbox.resume()
    sandbox.phones.set('0003*211', { outcome: 'busy', ringMs: 250 })
    const ids = [create('0003*210', '0003*211').id, create(OUTSIDE, OUTSIDE_TOO).id, create('0003*212', '0003*213').id]
    sandbox.snapshots.take('during')
    sandbox.phones.clear()
    await sandbox.clock.advance({ ms: 600 })
    t.strictSame(
      list().map(({ id }) => id),
      ids
    )
    const before = sent.length
    t.ok(before > 0)
    replace(sandbox)
    t.strictSame(list(), [], how)
    t.match(sandbox.calls.list({}), { calls: [], total: 0 })
    for (const id of ids) t.throws(() => remove('0003*210', id), { code: 'phone_call_id_invalid' })
    t.strictSame(remove('0003*210'), [])
    await sandbox.clock.set({ mode: 'frozen' })
    await sandbox.clock.advance({ ms: DAY })
    t.equal(sent.length, before, 'nothing of them is sent any more')

    const { id } = create('0003*210', '0003*211')
    await sandbox.clock.advance({ ms: 750 })
    const isBusy = how === 'snapshot'
    t.strictSame(
      list().map(one => one.id),
      isBusy ? [] : [id],
      'phones are those of the fixture or of the snapshot'
    )
    t.strictSame(momentsOf(sandbox, id).includes('0003*210 hangup'), isBusy)
    t.strictSame(reported, [])
    await sandbox.close()
    const sql = new BetterSqlite3(file, { readonly: true })
    t.equal(sql.prepare('SELECT count(DISTINCT call) AS calls FROM ongoing_calls').pluck().get(), isBusy ? 0 : 1)
    sql.close()
  }
})
