import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { AppOptions } from '../src/app.js'
import { LARGE_WORK_FILE } from '../src/package.js'
import { randomId } from '../src/service/new-id.js'
import { createLargeWork } from '../src/service/state/large/large-work.js'
import { shareBytes } from '../src/service/state/large/shared-bytes.js'
import { IN_MEMORY, openDatabase } from '../src/store/database.js'
import { createConnection } from '../src/store/replacing/connection.js'
import { takeCopy } from '../src/store/replacing/copier.js'
import { type Answer, EVENTS, NEW_EVENT, type Running, readFixture, start } from './support/emulator.js'
import { serve } from './support/program.js'
import { turnsUntil } from './support/turns.js'

/** So many entries and bytes that a change is prepared beside the event loop. */
const MANY = 3_000

/** The default fixture with many events more. */
const withEvents = (count: number, change: object = {}) => {
  const fixture = readFixture('default')
  const more = Array.from({ length: count }, (_, index) => ({
    extension: '0003*210',
    type: '2' as const,
    id: String(index).padStart(30, 'x'),
    method: '0' as const,
    url: `http://receiver.test/hooks/${index}`,
    ...change
  }))
  return { ...fixture, phoneCallEvents: [...(fixture.phoneCallEvents ?? []), ...more] }
}

/** Starts an emulator whose ids are random: ids of a function cannot be made in another thread. */
const startLarge = (t: Test, options: Partial<AppOptions> & { fixture?: unknown } = {}) =>
  start(t, { newId: randomId, ...options })

const totalOf = async ({ ask }: Running): Promise<number> => (await ask('GET', '/_emulator/events?limit=1')).body.total

/** Sends reads, one after the other, until a change has been answered. @returns the totals that they have seen */
async function readDuring(emulator: Running, change: Promise<Answer>): Promise<number[]> {
  const totals: number[] = []
  let isOver = false
  void change.finally(() => {
    isOver = true
  })
  while (!isOver) {
    totals.push(await totalOf(emulator))
    await nextTurn()
  }
  return totals
}

t.test(
  'a large reset is prepared while other requests are answered, from the state before or the state after',
  async t => {
    for (const database of [':memory:', `${t.testdir()}/emulator.db`]) {
      const emulator = await startLarge(t, { database })
      const before = await totalOf(emulator)
      const reset = emulator.ask('POST', '/_emulator/reset', { body: { fixture: withEvents(MANY) } })
      const totals = await readDuring(emulator, reset)
      const { status, body } = await reset
      t.equal(status, 200)
      t.equal(body.phoneCallEvents, before + MANY)
      t.ok(totals.length > 3, `${totals.length} requests were answered meanwhile`)
      t.ok(
        totals.every(total => total === before || total === before + MANY),
        'the state before or the state after'
      )
      t.equal(await totalOf(emulator), before + MANY)
      const created = await emulator.ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
      t.equal(created.status, 200, 'the vendor creates events in the new state')
      t.equal((await emulator.ask('POST', '/_emulator/reset')).status, 200)
      t.equal(await totalOf(emulator), before, 'a small fixture replaces a large state')
    }
  }
)

t.test('writes wait while a large fixture is merged, and none is lost', async t => {
  for (const database of [':memory:', `${t.testdir()}/emulator.db`]) {
    const emulator = await startLarge(t, { database })
    const before = await totalOf(emulator)
    const order: string[] = []
    const merge = emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
    void merge.then(() => order.push('merge'))
    while (!emulator.sandbox.writeBarrier.isActive()) await nextTurn()
    const create = emulator.ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
    void create.then(() => order.push('create'))
    t.equal(await totalOf(emulator), before, 'reads see the state before')
    t.equal((await create).status, 200)
    t.equal((await merge).status, 200)
    t.strictSame(order, ['merge', 'create'])
    t.equal(await totalOf(emulator), before + MANY + 1)
    const again = await emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
    t.equal(again.body.phoneCallEvents, before + MANY + 1, 'the same ids replace')
  }
})

t.test('a write that waits for nobody is not lost: the merge is prepared again', async t => {
  const emulator = await startLarge(t)
  const before = await totalOf(emulator)
  const merge = emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
  while (!emulator.sandbox.writeBarrier.isActive()) await nextTurn()
  emulator.sandbox.controlEvents.create({ ...NEW_EVENT, extension: '0003*210', type: '2', method: '0' })
  t.equal((await merge).status, 200)
  t.equal(await totalOf(emulator), before + MANY + 1)
})

t.test('a large fixture whose last entry is wrong changes nothing', async t => {
  const emulator = await startLarge(t, { database: `${t.testdir()}/emulator.db` })
  const before = await emulator.ask('GET', '/_emulator/fixtures')
  const fixture = withEvents(MANY)
  const wrong = {
    ...fixture,
    phoneCallEvents: [...fixture.phoneCallEvents, { extension: '9*9', type: '2', method: '0' }]
  }
  for (const [path, body, root] of [
    ['/_emulator/fixtures', wrong, '$'],
    ['/_emulator/reset', { fixture: wrong }, '$.fixture'],
    ['/_emulator/sandboxes', { fixture: wrong }, '$.fixture']
  ] as const) {
    const { status, body: answer } = await emulator.ask('POST', path, { body })
    t.equal(status, 400, path)
    t.equal(answer.error.code, 'fixture_invalid')
    const at = `${root}.phoneCallEvents[${fixture.phoneCallEvents.length}]`
    t.strictSame(
      answer.error.details.map((detail: { path: string }) => detail.path).sort(),
      [`${at}.extension`, `${at}.url`],
      'with the paths of the request'
    )
  }
  t.strictSame((await emulator.ask('GET', '/_emulator/fixtures')).body, before.body)
})

t.test('a large body is refused as a small one is', async t => {
  const { ask } = await startLarge(t)
  const filler = ' '.repeat(100_000)
  for (const [body, status, code] of [
    [`{"fixture": ${filler}`, 400, 'request_invalid'],
    [`{"fixture":{"__proto__":1}${filler}}`, 400, 'request_invalid'],
    [`{"fixtures":{}${filler}}`, 400, 'request_invalid'],
    [`{"fixture":"unknown"${filler}}`, 400, 'fixture_invalid'],
    [`[${filler}]`, 400, 'request_invalid'],
    [`null${filler}`, 400, 'request_invalid'],
    [`{${filler}}`, 200, undefined]
  ] as const) {
    const answer = await ask('POST', '/_emulator/reset', { body })
    const small = await ask('POST', '/_emulator/reset', { body: body.replace(filler, '') })
    t.equal(answer.status, status, answer.text)
    t.equal(answer.body.error?.code, code)
    t.strictSame(answer.body, small.body)
  }
})

t.test('many events are deleted in one step while other requests are answered', async t => {
  const emulator = await startLarge(t, { fixture: withEvents(MANY) })
  const before = await totalOf(emulator)
  const removal = emulator.ask('DELETE', '/_emulator/events?type=2')
  const totals = await readDuring(emulator, removal)
  const { removed } = (await removal).body
  t.ok(removed >= MANY)
  t.ok(totals.every(total => total === before || total === before - removed))
  t.equal(await totalOf(emulator), before - removed)
})

t.test('a large state is exported, kept and restored as a small one is', async t => {
  for (const database of [':memory:', `${t.testdir()}/emulator.db`]) {
    const emulator = await startLarge(t, { database, fixture: withEvents(MANY) })
    const { ask } = emulator
    const exported = await ask('GET', '/_emulator/fixtures')
    t.equal(exported.status, 200)
    t.match(exported.headers.get('content-type'), /^application\/json/)
    t.strictSame(exported.body, emulator.sandbox.fixtures.export())
    t.equal((await ask('PUT', '/_emulator/snapshots/large')).status, 201)
    t.strictSame((await ask('GET', '/_emulator/snapshots/large')).body, exported.body)
    await ask('DELETE', '/_emulator/events')
    t.equal(await totalOf(emulator), 0)
    t.equal((await ask('POST', '/_emulator/snapshots/large/restore')).status, 200)
    t.strictSame((await ask('GET', '/_emulator/fixtures')).body, exported.body)
    t.equal((await ask('PUT', '/_emulator/snapshots/large')).status, 200)
  }
})

t.test('a sandbox with a large fixture is an emulator like any other, and its reset restores the fixture', async t => {
  const emulator = await startLarge(t)
  const created = await emulator.ask('POST', '/_emulator/sandboxes', {
    body: { name: 'large', fixture: withEvents(MANY) }
  })
  t.equal(created.status, 201, created.text)
  const total = async () => (await emulator.ask('GET', '/sandboxes/large/_emulator/events?limit=1')).body.total
  const before = await total()
  t.ok(before >= MANY)
  await emulator.ask('DELETE', '/sandboxes/large/_emulator/events')
  t.equal(await total(), 0)
  t.equal((await emulator.ask('POST', '/sandboxes/large/_emulator/reset')).status, 200)
  t.equal(await total(), before)
  const again = { body: { name: 'large', fixture: withEvents(MANY) } }
  t.equal((await emulator.ask('POST', '/_emulator/sandboxes', again)).body.error.code, 'sandbox_exists')
})

t.test('a small reset of another sandbox does not wait for a large merge', async t => {
  const { ask } = await startLarge(t)
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'other' } })
  const order: string[] = []
  const merge = ask('POST', '/_emulator/fixtures', { body: withEvents(MANY * 3) }).then(() => order.push('merge'))
  const note = 'x'.repeat(1_000)
  const fixture = { ...readFixture('default'), ...withEvents(150, { note }) } // more than 128 KiB
  const reset = ask('POST', '/sandboxes/other/_emulator/reset', { body: { fixture } }).then(() => order.push('reset'))
  await Promise.all([merge, reset])
  t.strictSame(order, ['reset', 'merge'])
})

t.test('writes of a sandbox do not wait for the large change of another one', async t => {
  const { ask, sandbox } = await startLarge(t)
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'other', fixture: withEvents(MANY) } })
  const order: string[] = []
  const merge = ask('POST', '/_emulator/fixtures', { body: withEvents(MANY * 5) }).then(() => order.push('merge'))
  while (!sandbox.writeBarrier.isActive()) await nextTurn()
  for (let reads = 0; reads < 5; reads++) await ask('GET', '/_emulator/health') // the thread has the merge now
  const removal = ask('DELETE', '/sandboxes/other/_emulator/events').then(() => order.push('removal'))
  for (let reads = 0; reads < 3; reads++) await ask('GET', '/_emulator/health')
  const create = ask('POST', `/sandboxes/other${EVENTS}/0`, { body: NEW_EVENT }).then(() => order.push('create'))
  await Promise.all([merge, removal, create])
  t.strictSame(order, ['create', 'merge', 'removal'])
})

t.test(
  'work of a sandbox that must not wait begins when that of another one is over, and the worker is idle',
  async t => {
    const work = createLargeWork(LARGE_WORK_FILE)
    t.teardown(() => work.close())
    const order: string[] = []
    const run = (name: string, parts: number) =>
      work.exclusive(async () => {
        order.push(`${name} begins`)
        for (let part = 0; part < parts; part++) await work.run('ready', undefined)
        order.push(`${name} ends`)
      })
    const failing = work.exclusive(() => Promise.reject(new Error('no')))
    const held = work.run('hold', { held: 1, json: await shareBytes(Buffer.from('[]')) }).then(() => order.push('task'))
    await Promise.all([run('one', 5), run('other', 1), held, t.rejects(failing, { message: 'no' })])
    t.strictSame(order, ['task', 'one begins', 'one ends', 'other begins', 'other ends'])
    await work.run('release', { held: 1 })
  }
)

t.test('writes that waited for a merge go on a few in each turn, in their order', async t => {
  const emulator = await startLarge(t)
  const merge = emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
  while (!emulator.sandbox.writeBarrier.isActive()) await nextTurn()
  const order: number[] = []
  let turns = 0
  let next = setImmediate(function count() {
    turns += 1
    next = setImmediate(count)
  })
  const ran: number[] = []
  for (let write = 0; write < 40; write++)
    emulator.sandbox.writeBarrier.whenOver(() => {
      order.push(write)
      ran.push(turns)
      for (const end = performance.now() + 1; performance.now() < end; );
      if (write === 5) throw new Error('a write that fails')
    })
  const failed: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', error => failed.push(error))
  await merge
  while (order.length < 40) await nextTurn()
  clearImmediate(next)
  process.removeAllListeners('uncaughtException')
  for (const other of others) process.on('uncaughtException', other)
  t.strictSame(
    order,
    Array.from({ length: 40 }, (_, write) => write)
  )
  t.ok(new Set(ran).size > 4, `in ${new Set(ran).size} turns`)
  t.match(failed, [{ message: 'a write that fails' }], 'and those after one that fails')
})

t.test('the copy of a database file can be read by its owner only, and nothing of it is left', async t => {
  const folder = t.testdir()
  const file = join(folder, 'emulator.db')
  const { ask } = await startLarge(t, { database: file, fixture: withEvents(MANY) })
  chmodSync(file, 0o600)
  const modes = new Set<number>()
  let isOver = false
  const change = ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) }).then(() => {
    isOver = true
  })
  while (!isOver) {
    for (const name of readdirSync(folder).filter(name => name.includes('-uapi-emulator-')))
      modes.add((statSync(join(folder, name), { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777)
    await nextTurn()
  }
  await change
  t.strictSame([...modes], [0o600])
  t.strictSame(
    readdirSync(folder).filter(name => name.includes('-uapi-emulator-')),
    []
  )
})

/** Opens a database file with rows of 64 KiB. */
function openRows(t: Test, count: number) {
  const file = join(t.testdir(), 'emulator.db')
  const database = openDatabase(file)
  t.teardown(() => database.close())
  const add = database.sql.prepare<[string, string]>('INSERT INTO organizations (id, name) VALUES (?, ?)')
  const addRows = (from: number, to: number, name: string) => {
    for (let row = from; row < to; row++)
      database.write(() => void add.run(String(row).padStart(6, '0'), name.repeat(65_536)))
  }
  addRows(0, count, 'a')
  return { file, database, addRows }
}

/** The first letters of the rows of a copy, in their order. */
function rowsIn(copy: object): string {
  if (!('file' in copy) || typeof copy.file !== 'string') return 'no file'
  const { sql, close } = openDatabase(IN_MEMORY, { image: takeCopy(copy.file) })
  const names = sql.prepare<[], { letter: string }>('SELECT substr(name, 1, 1) AS letter FROM organizations').all()
  const isWhole = sql.pragma('integrity_check', { simple: true })
  close()
  return isWhole === 'ok' ? names.map(({ letter }) => letter).join('') : String(isWhole)
}

t.test('a database file is copied beside the event loop:', async t => {
  t.test('with what only its log holds; while it lasts, no commit changes the file', async t => {
    const { file, database, addRows } = openRows(t, 40)
    const copying = database.copy()
    const size = statSync(file).size
    addRows(40, 340, 'b') // more pages than the log holds before they are copied into the file
    t.equal(statSync(file).size, size)
    t.ok(statSync(`${file}-wal`).size > 4_000 * 4_096)
    const rows = rowsIn(await copying)
    t.match(rows, /^a{40}b{0,300}$/, 'those of before, and perhaps some that were written meanwhile')
    addRows(340, 341, 'b')
    t.ok(statSync(file).size > size, 'afterwards the log is copied into the file as before')
    t.equal(rowsIn(await database.copy()), `${'a'.repeat(40)}${'b'.repeat(301)}`)
    t.strictSame(readdirSync(dirname(file)).sort(), ['emulator.db', 'emulator.db-wal'])
  })

  t.test('again from its start when the log begins anew in between', async t => {
    const { file, database, addRows } = openRows(t, 500)
    database.sql.pragma('wal_checkpoint(RESTART)')
    const copying = database.copy()
    while ((statSync(`${file}-uapi-emulator-copy`, { throwIfNoEntry: false })?.size ?? 0) === 0) await nextTurn()
    database.write(() => database.sql.exec("UPDATE organizations SET name = replace(name, 'a', 'b')"))
    database.sql.pragma('wal_checkpoint(RESTART)')
    addRows(500, 501, 'c')
    t.equal(rowsIn(await copying), `${'b'.repeat(500)}c`)
  })

  t.test('unless a full disk lets the log be copied into the file', async t => {
    const { file, database } = openRows(t, 40)
    const copying = database.copy()
    database.sql.pragma('wal_autocheckpoint = 128') // as the store does when there is no room
    await t.rejects(copying, { message: 'the file cannot be copied' })
    t.equal(database.sql.pragma('wal_autocheckpoint', { simple: true }), 128)
    t.strictSame(readdirSync(dirname(file)).sort(), ['emulator.db', 'emulator.db-wal'])
  })

  for (const name of ['emulator.db', 'emulator.db-wal'])
    t.test(`unless ${name} was removed while it is open: the copy would lack what was written`, async t => {
      const { file, database, addRows } = openRows(t, 5)
      rmSync(join(dirname(file), name))
      addRows(5, 6, 'b')
      if (name === 'emulator.db') writeFileSync(file, 'of another program')
      await t.rejects(database.copy(), { message: 'the file cannot be copied' })
    })

  t.test('and a copy that was removed is not taken for an empty database', async t => {
    const { database } = openRows(t, 1)
    const copy = await database.copy()
    database.discard(copy)
    t.throws(() => rowsIn(copy), { code: 'SQLITE_CANTOPEN' })
  })

  t.test('and its file is closed once, also when the file that took its place cannot be opened', async t => {
    const { file, database } = openRows(t, 1)
    const bytes = database.image()
    database.close()
    let isFailing = false
    const open = (source: Buffer | string) => {
      if (isFailing && source === file) throw new Error('too many files are open')
      return new BetterSqlite3(source)
    }
    const first = open(file)
    first.pragma('journal_mode = WAL')
    const connection = createConnection(first, { file, open, isSynced: false, onChange() {} })
    const image = await connection.place(bytes)
    isFailing = true
    t.throws(() => connection.replace(image), { message: 'too many files are open' })
    const others = [0, 1, 2, 3].map(() => openSync(file, 'r'))
    connection.close()
    for (const descriptor of others) t.doesNotThrow(() => closeSync(descriptor), 'it was not closed for another file')
  })

  t.test('unless it is closed meanwhile', async t => {
    const { file, database } = openRows(t, 500)
    const copying = database.copy()
    await nextTurn()
    database.close()
    await t.rejects(copying, { message: 'the file cannot be copied' })
    t.strictSame(readdirSync(dirname(file)), ['emulator.db'])
  })

  t.test('and stays locked for other processes, also after it was replaced', async t => {
    const file = join(t.testdir(), 'emulator.db')
    const { ask, app } = await startLarge(t, { database: file, fixture: withEvents(MANY) })
    const reads = `new (require('better-sqlite3'))(process.argv[1], { timeout: 0 }).prepare('SELECT 1 FROM users').get()`
    const read = () => spawnSync(process.execPath, ['-e', reads, file], { encoding: 'utf8' })
    await ask('GET', '/_emulator/fixtures')
    t.match(read().stderr, /database is locked/, 'an export')
    await ask('DELETE', '/_emulator/events')
    t.match(read().stderr, /database is locked/, 'a deletion')
    await app.close()
    t.equal(read().status, 0)
  })
})

t.test(
  'a file that takes the place of a database has a write-ahead log already: no turn waits for the disk',
  async t => {
    const { database } = openRows(t, 1)
    const empty = openDatabase(IN_MEMORY)
    const image = await database.place(empty.image())
    empty.close()
    t.strictSame('file' in image && [...readFileSync(image.file).subarray(18, 20)], [2, 2])
    database.discard(image)
  }
)

t.test('memory is copied a piece in each turn of the event loop', async t => {
  const bytes = Buffer.alloc(8 * 1024 * 1024, 'x')
  const { result, turns } = await turnsUntil(shareBytes(bytes))
  t.ok(bytes.equals(result))
  t.ok(turns > 10, `in ${turns} turns`)
})

t.test('large changes of one sandbox are made one after the other', async t => {
  const emulator = await startLarge(t)
  const before = await totalOf(emulator)
  const merge = emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
  while (!emulator.sandbox.writeBarrier.isActive()) await nextTurn()
  const reset = emulator.ask('POST', '/_emulator/reset', { body: { fixture: withEvents(MANY + 7) } })
  t.equal((await merge).body.phoneCallEvents, before + MANY)
  t.equal((await reset).body.phoneCallEvents, before + MANY + 7)
  t.equal(await totalOf(emulator), before + MANY + 7)
})

t.test('numbers of deliveries go on after a large reset', async t => {
  const { ask } = await startLarge(t)
  const place = async () => {
    const { body } = await ask('POST', '/_emulator/calls', { body: { from: '0003*210', to: '0003*211' } })
    await ask('GET', '/_emulator/idle')
    return body.callId as string
  }
  const first = await place()
  const last = (await ask('GET', '/_emulator/deliveries')).body.deliveries.at(-1)?.id
  await ask('POST', '/_emulator/reset', { body: { fixture: withEvents(MANY) } })
  t.not(await place(), first)
  const after = (await ask('GET', '/_emulator/deliveries?limit=1')).body.deliveries[0]
  if (last !== undefined && after !== undefined) t.ok(Number(after.id) > Number(last))
})

t.test('closing ends a large change: it is refused, and nothing is left', async t => {
  const folder = t.testdir()
  const emulator = await startLarge(t, { database: `${folder}/emulator.db`, drainMs: 0 })
  const merge = emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
  while (!emulator.sandbox.writeBarrier.isActive()) await nextTurn()
  await emulator.app.close()
  const { status, body } = await merge
  t.equal(status, 503)
  t.equal(body.error.code, 'stopping')
  const again = await startLarge(t, { database: `${folder}/emulator.db` })
  t.equal(await totalOf(again), readFixture('default').phoneCallEvents?.length ?? 0)
})

t.test('deleting a sandbox ends its large change', async t => {
  const { app, ask } = await startLarge(t)
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'one' } })
  const merge = ask('POST', '/sandboxes/one/_emulator/fixtures', { body: withEvents(MANY * 3) })
  let isHeld = false
  while (!isHeld) {
    isHeld = true
    const create = ask('POST', `/sandboxes/one${EVENTS}/0`, { body: NEW_EVENT })
    void create.then(() => {
      isHeld = false
    })
    for (let reads = 0; reads < 3; reads++) await ask('GET', '/_emulator/health')
  }
  t.equal((await ask('DELETE', '/_emulator/sandboxes/one')).status, 204)
  const { status, body } = await merge
  t.match({ status, body }, { status: 404, body: { error: { code: 'sandbox_unknown' } } })
  t.ok(app.server.listening)
})

t.test('a kill at any time of a large change leaves the state before or the state after', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const before = readFixture('default').phoneCallEvents?.length ?? 0
  const body = JSON.stringify(withEvents(MANY))
  for (const afterMs of [20, 120, 250, 400, 700]) {
    const server = await serve(t, ['--database', file])
    const headers = { 'content-type': 'application/json' }
    await fetch(`${server.url}/_emulator/reset`, { method: 'POST' })
    const merge = fetch(`${server.url}/_emulator/fixtures`, { method: 'POST', headers, body }).catch(() => undefined)
    await sleep(afterMs) // any time is right: it varies where in the change the process ends
    await server.stop('SIGKILL')
    await merge
    const { sql, close } = openDatabase(file)
    const { total } = sql.prepare<[], { total: number }>('SELECT count(*) AS total FROM phone_call_events').get() ?? {}
    t.ok(total === before || total === before + MANY, `${total} events after ${afterMs} ms`)
    t.equal(sql.pragma('integrity_check', { simple: true }), 'ok')
    close()
    t.strictSame(
      readdirSync(dirname(file)).filter(name => !/^emulator\.db(?:-wal|-shm)?$/.test(name)),
      [],
      'what the killed process left is removed at the next start'
    )
  }
})

t.test('where the database file cannot be replaced, a large change is one transaction', async t => {
  const folder = t.testdir({ 'emulator.db-uapi-emulator-next': {}, 'emulator.db-uapi-emulator-copy': {} }) // nothing can be written to these names
  const emulator = await startLarge(t, { database: join(folder, 'emulator.db') })
  const before = await totalOf(emulator)
  const { ask } = emulator
  t.equal((await ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })).status, 200)
  t.equal(await totalOf(emulator), before + MANY)
  t.equal((await ask('PUT', '/_emulator/snapshots/large')).status, 201)
  t.equal((await ask('DELETE', '/_emulator/events')).body.removed, before + MANY)
  t.equal((await ask('POST', '/_emulator/snapshots/large/restore')).status, 200)
  t.equal(await totalOf(emulator), before + MANY)
  t.equal((await ask('POST', '/_emulator/reset', { body: { fixture: withEvents(MANY + 1) } })).status, 200)
  t.equal(await totalOf(emulator), before + MANY + 1)
})

t.test('files beside a database that someone else has made are kept', async t => {
  const others = ['next', 'copy', 'copy-journal', 'reserve', 'backup'].map(end => `emulator.db-${end}`)
  const folder = t.testdir(Object.fromEntries(others.map(name => [name, 'a copy of the user'])))
  const emulator = await startLarge(t, { database: join(folder, 'emulator.db') })
  t.equal((await emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })).status, 200)
  await emulator.app.close()
  for (const name of others) t.equal(readFileSync(join(folder, name), 'utf8'), 'a copy of the user', name)
})

t.test('a database file keeps its link, its owner and its permissions when it is replaced', async t => {
  const folder = t.testdir({ data: {} })
  const [file, link] = [join(folder, 'data', 'real.db'), join(folder, 'link.db')]
  openDatabase(file).close()
  chmodSync(file, 0o640)
  const owner = process.getuid?.() === 0 ? 1_234 : statSync(file).uid // only root can give a file away
  chownSync(file, owner, statSync(file).gid)
  symlinkSync(file, link)
  const emulator = await startLarge(t, { database: link })
  await emulator.ask('POST', '/_emulator/fixtures', { body: withEvents(MANY) })
  const total = await totalOf(emulator)
  await emulator.app.close()
  t.ok(lstatSync(link).isSymbolicLink())
  t.equal(statSync(file).mode & 0o777, 0o640)
  t.equal(statSync(file).uid, owner)
  const { sql, close } = openDatabase(file)
  t.strictSame(sql.prepare('SELECT count(*) AS total FROM phone_call_events').get(), { total })
  close()
})
