import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join, relative } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import t, { type Test } from 'tap'
import { CALL_FLOWS, CallState, DeliveryState } from '../src/schema/calls/call.js'
import { OUTCOMES } from '../src/schema/calls/call-step.js'
import { EXTENSION_KINDS, ROLES, type User } from '../src/schema/directory.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import { METHODS, STATUSES } from '../src/schema/phone-call-event.js'
import { createSandbox } from '../src/service/sandbox.js'
import { openDatabase } from '../src/store/database.js'
import { DatabaseRefused } from '../src/store/database-file.js'
import { fingerprintOf, NEWEST, readSchema } from '../src/store/file/schema.js'
import { type Migration, readMigrations } from '../src/store/migrations.js'
import { createStore, TABLES } from '../src/store/store.js'
import { EVENTS, NEW_EVENT, PAGE_EVENT, PAGE_HEADERS, start } from './support/emulator.js'
import {
  type CallAnswer,
  call,
  fingerprint,
  keepScript,
  ROOT,
  run,
  runHere,
  runScript,
  type Serving,
  serve,
  serveHere,
  until
} from './support/program.js'

const PAGE = 4096
const REDIRECT = 'http://localhost/callback'

// Scripts for processes that use a database file and exit, crash or stay. Their first argument is its path.

/** Another program with tables of its own in WAL mode. */
const FOREIGN = `
  import BetterSqlite3 from 'better-sqlite3'
  const sql = new BetterSqlite3(process.argv[1])
  sql.pragma('journal_mode = WAL')
  sql.exec("CREATE TABLE IF NOT EXISTS words (word); INSERT INTO words VALUES ('theirs')")`

/** A program that writes with our schema; the way it exits decides whether the rows reach the file. */
const OURS = `
  import BetterSqlite3 from 'better-sqlite3'
  const sql = new BetterSqlite3(process.argv[1])
  sql.pragma('locking_mode = EXCLUSIVE')
  sql.exec(process.argv[2])`

/** Statements that break the schema of ours. */
const RETYPED = 'DROP TABLE settings; CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB) STRICT'
const DROP_INDEX = 'DROP INDEX extensions_by_owner'

/** A program that only reads. */
const READS = `
  import BetterSqlite3 from 'better-sqlite3'
  new BetterSqlite3(process.argv[1], { readonly: true, timeout: 0 }).prepare('SELECT * FROM users').all()`

const IS_CLOSED = 'sql.close()'
const IS_KILLED = "process.kill(process.pid, 'SIGKILL')"
const STAYS_OPEN = "console.log('open'); setInterval(() => sql.open, 1000)" // the timer keeps a reference

t.test('a restart keeps', async t => {
  const folder = t.testdir({
    'settings.json': JSON.stringify({ settings: { listEnvelope: 'object', timeZone: 'Asia/Kathmandu' } })
  })
  const file = join(folder, 'emulator.db')
  const fixtures = ['--fixture', 'default', '--fixture', join(folder, 'settings.json')]
  const before = await serve(t, ['--database', file, '--auto-consent', ...fixtures])

  const pinned = (await list(before))[0]
  const note = 'naïve “quotes”, 😀, \t and \n'
  const event = { method: '1', status: '0', note, url: 'HTTP://Receiver.Test:080/%7Ehook?a=b&a=%2f#x' }
  const made = await create(before, event)
  const changed = await create(before, {})
  await call(`${before.url}${EVENTS}/0/${changed}`, { method: 'PUT', body: { note } })
  const gone = await create(before, {})
  await call(`${before.url}${EVENTS}/0/${gone}`, { method: 'DELETE' })
  const listed = await list(before)

  const direct = await token(before, { grant_type: 'client_credentials' })
  const exchanged = await token(before, { grant_type: 'authorization_code', code: await consent(before) })
  const waiting = await consent(before)
  await before.stop()
  const held = dump(file)

  const after = await serve(t, ['--database', file, '--fixture', 'empty']) // not loaded: the database is not empty
  t.teardown(() => after.stop('SIGKILL'))

  t.test('events, with every member and the time of their change', async t => {
    const kept = await list(after)
    t.strictSame(kept, listed)
    t.match(kept.find(isCalled(made)), event, 'the created event')
    t.equal(kept.find(isCalled(changed))?.note, note, 'the updated note')
    t.notOk(kept.some(isCalled(gone)), 'the deleted event stays deleted')
    t.equal(pinned?.modified, '2012-07-10T18:16:12+03:00')
    t.strictSame(kept.find(isCalled(PAGE_EVENT)), pinned, 'the event of the fixture')
  })

  t.test('issued tokens, refresh tokens, and codes that were not exchanged yet', async t => {
    const isTaken = async (accessToken: string) =>
      (await call(`${after.url}${EVENTS}/0`, { token: accessToken })).status === 200
    t.ok(await isTaken(direct.body.access_token), 'a token')
    t.ok(await isTaken(exchanged.body.access_token), 'a token that a code gave')
    t.equal((await token(after, { grant_type: 'authorization_code', code: waiting })).status, 200, 'a code')
    const refreshed = { grant_type: 'refresh_token', refresh_token: exchanged.body.refresh_token }
    t.equal((await token(after, refreshed)).status, 200, 'a refresh token')
  })

  t.test('sessions, and the settings of a fixture', async t => {
    const answer = await call(`${after.url}${EVENTS}/0`, { token: null, headers: PAGE_HEADERS })
    t.equal(answer.body.totalResults, 3, 'the session works, and a list is an object still')
    const id = await create(after, {})
    t.match((await list(after)).find(isCalled(id))?.modified, /\+05:45$/, 'the time zone')
  })

  t.test('the directory', async t => {
    await after.stop()
    const kept = dump(file)
    for (const table of ['organizations', 'users', 'extensions', 'apps', 'sessions', 'settings']) {
      t.strictSame(kept[table], held[table], table)
      t.ok(kept[table]?.length, `${table} are there`)
    }
  })
})

t.test('revoked tokens and sessions, disabled apps and new secrets survive a kill -9', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const before = await serve(t, ['--database', file])
  const control = (method: string, path: string, body: object) =>
    call(`${before.url}/_emulator${path}`, { method, token: null, body })
  const direct = await token(before, { grant_type: 'client_credentials' })
  await control('POST', '/tokens/revoke', { accessToken: 'emulator-user-token' })
  await control('POST', '/sessions/revoke', {})
  const { status } = await control('PATCH', '/apps/emulator-app', { disabled: true })
  t.equal(status, 200)
  await before.stop('SIGKILL')
  const after = await serve(t, ['--database', file])
  t.teardown(() => after.stop('SIGKILL'))
  const reasonOf = async (accessToken: string | null, headers: Record<string, string> = {}) =>
    (await call(`${after.url}${EVENTS}`, { token: accessToken, headers })).headers['x-emulator-reason']
  t.equal(await reasonOf('emulator-user-token'), 'token_revoked')
  t.equal(await reasonOf(null, PAGE_HEADERS), 'session_revoked')
  t.equal(await reasonOf(direct.body.access_token), 'app_disabled')
  t.equal((await token(after, { grant_type: 'client_credentials' })).status, 401)
})

t.test('kill -9 during writes loses nothing that was answered', async t => {
  const folder = t.testdir()
  const file = join(folder, 'emulator.db')
  const known = new Map<string, string | null>() // the note of every event; null: deleted
  let made = 0
  let server = await serve(t, ['--database', file])

  for (const round of [1, 2, 3]) {
    const { url, process: victim } = server
    const enough = made + 80
    const inFlight = new Set<string>()
    const write = async () => {
      for (;;) {
        const id = await create({ url }, { note: 'new' })
        known.set(id, 'new')
        const nth = ++made
        if (nth === enough) victim.kill('SIGKILL')
        if (nth % 3 === 0) continue
        inFlight.add(id)
        const answered = await call(
          `${url}${EVENTS}/0/${id}`,
          nth % 3 === 1 ? { method: 'PUT', body: { note: 'changed' } } : { method: 'DELETE' }
        )
        if (answered.status !== 200) throw new Error(`It answered ${answered.status}.`)
        known.set(id, nth % 3 === 1 ? 'changed' : null)
        inFlight.delete(id)
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: 8 }, write))
    for (const end of ends) {
      t.match(end, { status: 'rejected', reason: { code: /^ECONN/ } }, 'every writer ends with a lost connection')
    }
    t.equal((await server.stop('SIGKILL')).signal, 'SIGKILL')

    server = await serve(t, ['--database', file])
    const kept = new Map((await list(server)).map(({ id, note }) => [id, note]))
    const wrong = [...known].filter(([id, note]) => !inFlight.has(id) && (kept.get(id) ?? null) !== note)
    t.strictSame(wrong, [], `round ${round}: ${made} creates, their updates and deletes are as they were answered`)
    for (const id of inFlight) known.set(id, kept.get(id) ?? null) // never answered: both outcomes are correct
  }

  await server.stop()
  t.strictSame(Object.keys(fingerprint(folder)), ['emulator.db'], 'a stop leaves one file')
  const sql = new BetterSqlite3(file, { readonly: true })
  t.teardown(() => sql.close())
  t.equal(sql.pragma('integrity_check', { simple: true }), 'ok')
  t.strictSame(sql.pragma('foreign_key_check'), [])
})

t.test('with --durability full every commit is synced to the disk, and by default only checkpoints are', async t => {
  const opened: BetterSqlite3.Database[] = []
  const { exec } = BetterSqlite3.prototype
  t.capture(BetterSqlite3.prototype, 'exec', function (this: BetterSqlite3.Database, statements: string) {
    opened.push(this)
    return exec.call(this, statements)
  })
  for (const [words, synchronous] of [
    [[], 1],
    [['--durability', 'normal'], 1],
    [['--durability', 'full'], 2]
  ] as const) {
    const { stop } = await serveHere(t, ['--database', join(t.testdir(), 'emulator.db'), ...words])
    const running = opened.filter(sql => sql.open && !sql.memory)
    t.strictSame(
      running.map(sql => sql.pragma('synchronous', { simple: true })),
      running.map(() => synchronous),
      `serve ${words.join(' ')}`
    )
    t.ok(running.length > 0, 'the connection of the server')
    await stop()
  }
})

t.test('an unusable database is refused with an explanation, and left unchanged:', { jobs: 3 }, async t => {
  const refused = (
    what: string,
    message: [problem: RegExp, remedy: RegExp],
    make: (t: Test, file: string) => unknown,
    path = 'emulator.db'
  ) =>
    t.test(what, { buffered: true }, async t => {
      const folder = t.testdir()
      const file = join(folder, path)
      await make(t, file)
      const before = fingerprint(folder)
      for (const words of [[], ['--fresh']]) {
        const { code, out, err } = await runHere(['--port', '0', '--json', '--database', file, ...words])
        t.strictSame({ code, out }, { code: 2, out: '' }, words.join())
        t.ok(err.startsWith(`Cannot use the database ${file}: `), err)
        for (const part of message) t.match(err, part)
        t.equal(err.split('\n').length, 2, 'one line')
      }
      const { 'emulator.db-shm': _before, ...files } = before // shared memory, which reading changes
      const { 'emulator.db-shm': _after, ...now } = fingerprint(folder)
      t.strictSame(now, files)
      t.equal(_after === undefined, _before === undefined)
    })

  const NOT_SQLITE: [RegExp, RegExp] = [/it is not a SQLite database/, /Move the file away, or name another/]
  refused('a text file', NOT_SQLITE, (_t, file) => writeFileSync(file, 'Dear diary,\n'.repeat(20)))
  refused('a text file of one byte', NOT_SQLITE, (_t, file) => writeFileSync(file, 'x'))
  refused('a folder', [/it is not a file/, /Name another file with --database/], (_t, file) => mkdirSync(file))
  refused(
    'a path in a folder that does not exist',
    [/the folder .*elsewhere does not exist/, /Create it, or name another/],
    () => {},
    'elsewhere/emulator.db'
  )

  const THEIRS: [RegExp, RegExp] = [/it belongs to another program/, /Move the file away, or name another/]
  refused("another program's database", THEIRS, (_t, file) => runScript(`${FOREIGN}; ${IS_CLOSED}`, file))
  refused("another program's, killed over it", THEIRS, (_t, file) => runScript(`${FOREIGN}; ${IS_KILLED}`, file))
  refused("another program's that is open", THEIRS, (t, file) => keepScript(t, `${FOREIGN}; ${STAYS_OPEN}`, file))

  const newest = readMigrations().length
  const TOO_NEW: [RegExp, RegExp] = [
    new RegExp(`schema is version ${newest + 1}, .* versions up to ${newest}`),
    /Use the newer uapi-emulator/
  ]
  refused('a newer schema of ours', TOO_NEW, (_t, file) => makeNewer(file))
  refused('a newer one, killed over it', TOO_NEW, (_t, file) =>
    runScript(`${OURS}; ${IS_KILLED}`, makeNewer(file), 'INSERT INTO newer VALUES (1)')
  )

  const IN_USE: [RegExp, RegExp] = [/another process is using it/, /Stop that process, or name another/]
  refused('one that another emulator uses', IN_USE, (t, file) => serve(t, ['--database', file]))
  refused('one of ours that another program has open', IN_USE, async (t, file) => {
    await keepScript(t, `${FOREIGN}; ${STAYS_OPEN}`, makeOurs(file))
  })

  const DAMAGED: [RegExp, RegExp] = [/it is damaged/, /restore a copy of it, or name another/]
  refused('a page of nonsense', DAMAGED, (_t, file) => damage(makeOurs(file), lastPage(file)))
  refused('a first page of nonsense', DAMAGED, (_t, file) => damage(makeOurs(file), 0))
  refused('a file that was cut short', DAMAGED, (_t, file) => truncateSync(makeOurs(file), 3 * PAGE))
  refused('a file of which the header is left', DAMAGED, (_t, file) => truncateSync(makeOurs(file), 100))
  for (const [what, statement] of [
    ['changes that are not in the file yet', "INSERT INTO organizations VALUES ('late', 'Late')"],
    ['an empty -wal', 'SELECT 1 FROM organizations']
  ] as const) {
    refused(`a page of nonsense under ${what}`, DAMAGED, async (_t, file) => {
      await runScript(`${OURS}; ${IS_KILLED}`, makeOurs(file), statement)
      damage(file, lastPage(file)) // of an organization that the statement does not touch
    })
  }

  for (const [what, problem, statements] of [
    [
      'without one of its tables',
      /its table phones is missing, which version \d+ of the schema has/,
      'DROP TABLE phones'
    ],
    ['with no table', /its (?:table|index) \w+ is missing/, dropAll()],
    ['with a column more', /its table phones is not that of version/, 'ALTER TABLE phones ADD COLUMN mood TEXT'],
    ['with a column less', /its table attempts is not that/, 'ALTER TABLE attempts DROP COLUMN attempt'],
    ['with another type of column', /its table settings is not that/, RETYPED],
    ['without one of its indexes', /its index \w+ is missing/, DROP_INDEX],
    ['with a version that is too low for its tables', /version 3 of the schema/, 'PRAGMA user_version = 3'],
    ['with the first version', /version 1 of the schema/, 'PRAGMA user_version = 1'],
    ['with no version', /which version 0 of the schema has not/, 'PRAGMA user_version = 0']
  ] as const) {
    const message: [RegExp, RegExp] = [problem, /Move the file away or restore a copy of it, or name another/]
    refused(`one of ours ${what}`, message, (_t, file) => change(makeOurs(file), statements))
    refused(`one of ours ${what}, killed over it`, message, (_t, file) =>
      runScript(`${OURS}; ${IS_KILLED}`, makeOurs(file), `PRAGMA foreign_keys = OFF; ${statements}`)
    )
  }

  const TOO_HIGH: [RegExp, RegExp] = [/is not that of version|is missing, which version/, /restore a copy of it/]
  refused('one of ours with a version that is too high for its tables', TOO_HIGH, (_t, file) => {
    openDatabase(file, { migrations: readMigrations().slice(0, 5) }).close()
    change(file, `PRAGMA user_version = ${newest}`)
  })

  refused(
    'a path that leads through a file',
    [/its path leads through .*emulator\.txt, which is not a folder/, /Name another file/],
    (_t, file) => writeFileSync(join(file, '../..'), 'text'),
    'emulator.txt/through/it'
  )
  const LEFT_OVER: [RegExp, RegExp] = [/it is empty, but .*-wal beside it/, /Move the file away/]
  refused('a -wal without its database', LEFT_OVER, (_t, file) => writeFileSync(`${file}-wal`, 'left over'))
  refused('a -wal beside an empty file', LEFT_OVER, (_t, file) => {
    writeFileSync(file, '')
    writeFileSync(`${file}-wal`, 'left over')
  })
})

t.test('paths that cannot name a file are refused in one line, and nothing is created', async t => {
  const folder = t.testdir({ 'emulator.txt': 'text', sub: {} })
  symlinkSync('loop', join(folder, 'loop'))
  const before = readdirSync(folder)
  for (const [path, problem] of [
    [join(folder, 'x'.repeat(5_000)), /its path is too long: \d+ bytes/],
    [join(folder, 'n'.repeat(248)), /its path is too long: \d+ bytes; a path has at most 500 bytes, its last name 247/],
    [join(folder, ...Array(400).fill('long-name')), /its path is too long/],
    [join(folder, ...Array(30).fill('long-name'), 'x'), /the folder .* does not exist/],
    [`${folder}/sub/`, /a path that ends in a slash names a folder/],
    [`${folder}/emulator.db/`, /a path that ends in a slash names a folder/],
    [join(folder, 'loop'), /its path leads through symbolic links in a circle/],
    [join(folder, 'loop', 'emulator.db'), /its path leads through symbolic links in a circle/],
    [join(folder, 'emulator.txt', 'emulator.db'), /its path leads through .*emulator\.txt, which is not a folder/]
  ] as const) {
    const { code, out, err } = await runHere(['--port', '0', '--json', '--database', path])
    t.strictSame({ code, out }, { code: 2, out: '' }, path)
    t.match(err, problem)
    t.match(err, /--database/, 'the remedy is named')
    t.ok(err.length < 1_000 && err.split('\n').length === 2, 'one line')
    t.strictSame(readdirSync(folder), before)
  }
})

t.test('a start compares the tables by a fingerprint, and allows what a user has added', async t => {
  const { sql, close } = openDatabase(':memory:')
  const fingerprint = fingerprintOf(
    readSchema(
      new BetterSqlite3(':memory:').exec(
        readMigrations()
          .map(({ sql }) => sql)
          .join(';\n')
      )
    )
  )
  t.strictSame({ version: readMigrations().length, fingerprint }, NEWEST, 'write this to src/store/file/schema.ts')
  t.equal(sql.pragma('user_version', { simple: true }), NEWEST.version)
  close()
  const file = makeOurs(join(t.testdir(), 'emulator.db'))
  change(file, 'CREATE TABLE mine (mine) STRICT; CREATE INDEX mine_too ON phones (number)'.replace(' STRICT', ''))
  const { url } = await serveHere(t, ['--database', file])
  t.equal((await call(`${url}/livez`)).status, 200)
})

t.test('a process that cannot use its database exits with 2 and explains it on standard error', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const first = await serve(t, ['--database', file])
  const before = await list(first)
  const { code, signal, out, err } = await run(['--port', '0', '--json', '--database', file, '--fresh'])
  t.strictSame({ code, signal, out }, { code: 2, signal: null, out: '' })
  t.match(err, /another process is using it/)
  t.strictSame(await list(first), before, 'and the first emulator continues')
})

t.test('a database without read or write permission is refused, and left unchanged:', { jobs: 3 }, async t => {
  const ROWS: [what: string, mode: number, folderMode: number, exists: boolean][] = [
    ['a file that cannot be read', 0o000, 0o777, true],
    ['a file that cannot be written', 0o444, 0o777, true],
    ['a file in a folder that cannot be written', 0o666, 0o555, true],
    ['a new file in a folder that cannot be written', 0o666, 0o555, false]
  ]
  const nobody = process.getuid?.() === 0 ? 65_534 : undefined // root may write everywhere
  const reads = await run(['--version'], { ...(nobody && { uid: nobody }) })
  const skip = process.platform === 'win32' || reads.code !== 0
  if (skip) return void t.pass('the program is not readable for other users', { skip })
  for (const [what, mode, folderMode, exists] of ROWS) {
    t.test(what, { buffered: true }, async t => {
      const folder = t.testdir()
      const file = join(folder, 'emulator.db')
      if (exists) makeOurs(file)
      const before = fingerprint(folder)
      if (exists) chmodSync(file, mode)
      chmodSync(folder, folderMode)
      const { code, out, err } = await run(['--port', '0', '--json', '--database', file], {
        ...(nobody && { uid: nobody })
      })
      chmodSync(folder, 0o755)
      if (exists) chmodSync(file, 0o644)
      t.strictSame({ code, out }, { code: 2, out: '' })
      t.ok(err.startsWith(`Cannot use the database ${file}: `), err)
      t.match(err, /Check its permissions, or name another file/)
      t.strictSame(fingerprint(folder), before)
    })
  }
})

t.test('an empty file becomes a new database', async t => {
  const file = join(t.testdir({ 'emulator.db': '' }), 'emulator.db')
  t.equal((await list(await serveHere(t, ['--database', file]))).length, 1)
})

t.test(
  'of two emulators that start on one new file at the same time, one gets it and the other is refused',
  async t => {
    const file = join(t.testdir(), 'emulator.db')
    const starts = await Promise.allSettled([1, 2, 3].map(() => serve(t, ['--database', file])))
    t.equal(starts.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const start of starts)
      if (start.status === 'rejected') t.match(start.reason.message, /another process is using/)
  }
)

t.test('a second emulator in the same process is refused, and the file stays locked for other processes', async t => {
  const file = join(t.testdir(), 'emulator.db')
  await serveHere(t, ['--database', file])
  for (const path of [file, `${file} `, relative('', file)]) {
    t.match((await runHere(['--port', '0', '--database', path])).err, /is using it/, path)
  }
  t.match((await run(['--port', '0', '--json', '--database', file])).err, /another process is using it/)
  t.match((await runScript(READS, file)).err, /database is locked/, 'not even a reader gets in')
})

t.test('a path with a trailing space names the same file to the check and to SQLite', async t => {
  const folder = t.testdir()
  const file = join(folder, 'emulator.db')
  await runScript(`${FOREIGN}; ${IS_CLOSED}`, file)
  const before = fingerprint(folder)
  t.throws(() => openDatabase(`${file} `), DatabaseRefused)
  t.strictSame(fingerprint(folder), before)
})

t.test('an older schema', async t => {
  const STEPS: Migration[] = [
    {
      version: 1,
      name: 'one',
      sql: `CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT) STRICT;
            CREATE TABLE children (parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE) STRICT;
            INSERT INTO parents VALUES (1, 'first'); INSERT INTO children VALUES (1), (1);`
    },
    { version: 2, name: 'two', sql: "ALTER TABLE parents ADD COLUMN note TEXT; UPDATE parents SET note = 'kept'" },
    {
      version: 3,
      name: 'three',
      sql: `CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT) STRICT;
            INSERT INTO rebuilt SELECT id, name, note FROM parents;
            DROP TABLE parents; ALTER TABLE rebuilt RENAME TO parents;`
    }
  ]
  const failing = (sql: string): Migration[] => [...STEPS.slice(0, 2), { version: 3, name: 'three', sql }]

  /** A file at version 1, closed or with a live -wal. */
  const make = async (t: Test, how: 'closed' | 'killed') => {
    const file = join(t.testdir(), 'emulator.db')
    openDatabase(file, { migrations: STEPS.slice(0, 1) }).close()
    const late = "INSERT INTO parents VALUES (2, 'second'); INSERT INTO children VALUES (2)"
    await runScript(`${OURS}; ${how === 'closed' ? IS_CLOSED : IS_KILLED}`, file, late)
    return file
  }
  const CHILDREN = [{ parent: 1 }, { parent: 1 }, { parent: 2 }]

  for (const how of ['closed', 'killed'] as const) {
    t.test(`that was ${how} is migrated, and its rows are kept`, async t => {
      const file = await make(t, how)
      const { sql, close } = openDatabase(file, { migrations: STEPS })
      t.equal(sql.pragma('user_version', { simple: true }), 3)
      t.equal(sql.pragma('foreign_keys', { simple: true }), 1)
      close()
      t.strictSame(dump(file), {
        children: CHILDREN,
        parents: [
          { id: 1, name: 'first', note: 'kept' },
          { id: 2, name: 'second', note: 'kept' }
        ]
      })
      openDatabase(file, { migrations: STEPS }).close()
      t.strictSame(dump(file).children, CHILDREN, 'children of the table that was rebuilt, once more')
    })

    for (const [why, sql] of [
      ['fails', 'CREATE TABLE new (word TEXT) STRICT; INSERT INTO nowhere VALUES (1)'],
      ['fails by the rows of the file', 'CREATE TABLE new (word TEXT) STRICT; INSERT INTO parents (id) VALUES (2)'],
      ['leaves rows without their parents', 'CREATE TABLE new (word TEXT) STRICT; DELETE FROM parents WHERE id = 1']
    ] as const) {
      t.test(`that was ${how} stays unchanged when a migration ${why}`, async t => {
        const file = await make(t, how)
        t.throws(() => openDatabase(file, { migrations: failing(sql) }), DatabaseRefused)
        t.doesNotThrow(() => openDatabase(file, { migrations: STEPS.slice(0, 1) }).close(), 'it has its old version')
        const { sql: opened, close } = openDatabase(file, { migrations: STEPS.slice(0, 1) })
        t.equal(opened.pragma('user_version', { simple: true }), 1)
        close()
        t.strictSame(dump(file), {
          children: CHILDREN,
          parents: [
            { id: 1, name: 'first' },
            { id: 2, name: 'second' }
          ]
        })
      })
    }
  }

  t.test('is at its old or its new version after a kill -9 during a migration', async t => {
    const file = await make(t, 'closed')
    const script = `
      import { openDatabase } from ${JSON.stringify(join(ROOT, 'src/store/database.ts'))}
      const [, file, steps] = process.argv
      const fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
      const big = { version: 2, name: 'big', sql: "CREATE TABLE big (word TEXT) STRICT; " + fill +
        " INSERT INTO big SELECT hex(randomblob(50)) FROM n" }
      console.log('begins')
      openDatabase(file, { migrations: [JSON.parse(steps)[0], big] })`
    const program = await keepScript(t, script, file, JSON.stringify(STEPS))
    await until(() => existsSync(`${file}-journal`) || program.process.exitCode !== null)
    t.equal((await program.stop('SIGKILL')).signal, 'SIGKILL', 'it was killed in the middle')
    openDatabase(file, { migrations: STEPS.slice(0, 1) }).close()
    t.strictSame(dump(file).children, CHILDREN)
  })
})

t.test('every schema version is one migration file, numbered without a gap', async t => {
  t.strictSame(
    readMigrations().map(({ version }) => version),
    readMigrations().map((_, index) => index + 1)
  )
  const folder = t.testdir({ '0001-one.sql': '', '0003-three.sql': '', 'notes.txt': '' })
  t.throws(() => readMigrations(folder), /Expected migration 2 .*found 0003-three.sql/)
})

t.test('a full disk', async t => {
  const body = { ...NEW_EVENT, note: 'x'.repeat(1000) }
  const pragma = BetterSqlite3.prototype.pragma

  /** An emulator whose database has no room for another page. */
  const startFull = async (t: Test, atCheckpoint: (sql: BetterSqlite3.Database) => unknown = () => {}) => {
    let sql: BetterSqlite3.Database | undefined
    t.intercept(BetterSqlite3.prototype, 'pragma', {
      value(this: BetterSqlite3.Database, source: string, options?: BetterSqlite3.PragmaOptions) {
        sql = this
        if (source.startsWith('wal_checkpoint')) atCheckpoint(this)
        return pragma.call(this, source, options)
      }
    })
    const { ask } = await start(t, { database: join(t.testdir(), 'emulator.db') })
    const make = () => ask('POST', `${EVENTS}/1`, { body })
    const setRoom = (pages: unknown) => sql?.pragma(`max_page_count = ${pages}`)
    setRoom(sql?.pragma('page_count', { simple: true }))
    return { ask, make, setRoom }
  }

  t.test('answers 500 to writes that need space; other requests succeed', async t => {
    const { ask, make, setRoom } = await startFull(t)
    let answer = await make()
    let made = 0
    for (; answer.status === 200 && made < 1000; made++) answer = await make()
    t.equal(answer.status, 500)
    t.strictSame(answer.body, {
      error: {
        code: 'internal_server_error',
        message: 'An internal server error occurred. Please contact the administrator.'
      }
    })
    t.equal(
      (await ask('GET', `${EVENTS}?count=5000`)).body[0].totalResults,
      1 + made,
      'every event of a 200 answer exists'
    )
    t.equal((await ask('DELETE', `${EVENTS}/0`)).status, 200, 'a delete needs no space and succeeds')
    setRoom(100_000)
    t.equal((await make()).status, 200, 'with room it takes events again')
  })

  t.test('is handled by a checkpoint and one retry', async t => {
    let checkpoints = 0
    const { make, ask } = await startFull(t, sql => {
      checkpoints++
      pragma.call(sql, 'max_page_count = 100000')
    })
    for (let made = 1; made <= 100; made++) t.equal((await make()).status, 200)
    t.equal(checkpoints, 1)
    t.equal((await ask('GET', `${EVENTS}/1?count=5000`)).body[0].totalResults, 100, 'each once')
  })
})

t.test('the CHECK lists of the SQL are the enums of the schema', async t => {
  const { sql, close } = openDatabase(':memory:')
  t.teardown(close)
  const text = sql.prepare<[string], [string]>('SELECT sql FROM sqlite_master WHERE name = ?').raw()
  const checked = (table: string, column: string) => {
    const [, listed = ''] = new RegExp(`\\b${column} IN \\(([^)]*)\\)`).exec(text.get(table)?.[0] ?? '') ?? []
    return [...listed.matchAll(/'([^']*)'/g)].map(([, value]) => value)
  }
  t.strictSame(
    sql.prepare('SELECT code, name FROM event_types ORDER BY code').all(),
    EVENT_TYPES.map(({ code, name }) => ({ code, name })),
    'event types are rows, so that a new one is a line of a migration'
  )
  const typed = ['phone_call_events', 'moments', 'deliveries'].map(table => [
    table,
    sql
      .prepare<[string], { from: string }>(
        'SELECT "from" FROM pragma_foreign_key_list(?) WHERE "table" = \'event_types\''
      )
      .all(table)
      .map(({ from }) => from)
      .sort()
  ])
  t.strictSame(
    Object.fromEntries(typed),
    { phone_call_events: ['type'], moments: ['name'], deliveries: ['name', 'type'] },
    'every column with an event type refers to them'
  )
  t.strictSame(checked('phone_call_events', 'method'), Object.values(METHODS))
  t.strictSame(checked('phone_call_events', 'status'), Object.values(STATUSES))
  t.strictSame(checked('extensions', 'kind'), Object.keys(EXTENSION_KINDS))
  t.strictSame(checked('users', 'role'), [...ROLES])
  t.strictSame(checked('calls', 'outcome'), Object.keys(OUTCOMES))
  t.strictSame(checked('calls', 'state'), CallState.enum)
  t.strictSame(checked('moments', 'call_flow'), [...CALL_FLOWS])
  t.strictSame(checked('delivery_states', 'state'), DeliveryState.enum)
  t.strictSame(checked('deliveries', 'method'), Object.keys(METHODS))
  t.strictSame(checked('phones', 'outcome'), Object.keys(OUTCOMES))
})

t.test('a database of the first two migrations keeps its rows and goes on with its ids', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const old = openDatabase(file, { migrations: readMigrations().slice(0, 2) })
  old.sql.exec(`
    INSERT INTO users VALUES ('12', 'Ana', NULL, 'user');
    INSERT INTO extensions (number, owner, kind, name) VALUES ('0003*210', '12', 'phoneTerminal', 'Desk');
    INSERT INTO extensions (number, owner, kind, public_number) VALUES ('0003*211', '12', 'ivr', '+40312345211');
    INSERT INTO apps VALUES ('app', 'secret', NULL, '12', 1, '[]');
    INSERT INTO tokens VALUES ('a-token-of-before', '12', NULL, 1);
    INSERT INTO phone_call_events VALUES ('a', '12', '0003*210', '4', '1', '1', 'http://a.test/', '', '2030-01-01T00:00:00+00:00');
    INSERT INTO switches VALUES ('timeZone', '"Europe/Bucharest"');
    INSERT INTO calls VALUES (7, '1.7', 'x', '0003*210', '1', '0003*210', NULL, '', '', '1', 0, 0, 0, 'ended', 'busy', 1, NULL);
    INSERT INTO moments VALUES (3, 7, 'hangup', '0003*210', 1, 'BUSY', 'OUT', '[]', 2, 0, 0);
    INSERT INTO deliveries VALUES (5, '1.7', 3, 'a', 'http://a.test/', '0003*210', '2', 'hangup', 'GET', 'http://a.test/', '{}', '');
    INSERT INTO deliveries SELECT 9, call_id, moment, event_id, event_url, extension, type, name, method, url, headers, body FROM deliveries;
    INSERT INTO delivery_states VALUES (5, 'failed', 1, NULL);
    INSERT INTO attempts VALUES (5, 1, '{}');
    DELETE FROM deliveries WHERE id = 9`)
  old.close()
  const { switches, sqlite_sequence: sequences, extensions, apps, tokens, ...before } = dump(file)
  const { sql, close } = openDatabase(file)
  t.equal(sql.pragma('user_version', { simple: true }), readMigrations().length)
  t.throws(() => sql.exec("UPDATE phone_call_events SET type = '9'"), /FOREIGN KEY/, 'an unknown type is refused')
  t.throws(() => sql.exec("UPDATE moments SET name = 'unknown'"), /FOREIGN KEY/)
  close()
  const {
    settings,
    event_types,
    sqlite_sequence,
    revoked_tokens,
    revoked_sessions,
    phones,
    ongoing_calls,
    seeded_ids,
    ...migrated
  } = dump(file)
  const { public_numbers, extensions: kept, apps: keptApps, tokens: keptTokens, ...others } = migrated
  const { leg_ids, calls, moments, deliveries, ...after } = others
  const { calls: oldCalls, moments: oldMoments, deliveries: oldDeliveries, ...same } = before
  t.strictSame(after, same)
  t.strictSame(
    deliveries,
    oldDeliveries?.map(row => ({ ...Object(row), replay_of: null }))
  )
  t.strictSame(
    kept,
    extensions?.map(row => ({ ...Object(row), public_number: undefined })).map(({ public_number, ...row }) => row)
  )
  t.strictSame(public_numbers, [{ number: '+40312345211', extension: '0003*211', position: 0 }])
  t.strictSame(keptApps, [{ ...Object(apps?.[0]), disabled: 0 }])
  t.strictSame(keptTokens, [{ ...Object(tokens?.[0]), client_id: null }])
  t.strictSame(
    [revoked_tokens, revoked_sessions, phones, seeded_ids, ongoing_calls],
    [[], [], [], [], []],
    'its call is over'
  )
  t.match(calls, [{ seq: 7, call_id: '1.7', state: 'ended', outcome: 'busy', called: '"1"', steps: '[]' }])
  t.match(calls, [{ phone_call: null, calling_leg: 0 }], "it was none of the vendor's API")
  t.match(JSON.parse(Object(calls?.[0]).legs), [
    {
      number: '0003*210',
      extension: '0003*210',
      kind: 'phoneTerminal',
      direction: 'out',
      callId: '1.7',
      state: 'ended'
    },
    { number: '1', extension: null, kind: null, direction: 'in', callId: null, calledBy: 0, wasAnswered: false }
  ])
  t.strictSame(moments, [{ ...Object(oldMoments?.[0]), leg: 0, replayed: 0 }])
  t.equal(oldCalls?.length, calls?.length)
  t.strictSame(leg_ids, [{ call_id: '1.7', call: 7 }])
  t.strictSame(settings, switches)
  t.equal(event_types?.length, EVENT_TYPES.length)
  const byName = (rows: unknown[] = []) => Object.fromEntries(rows.map(row => [Object(row).name, Object(row).seq]))
  t.strictSame(byName(sqlite_sequence), byName(sequences), 'no id is given twice')
  t.equal(byName(sqlite_sequence).deliveries, 9)
})

t.test('a database of before there were phones is upgraded, and keeps those that are set from then on', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const old = openDatabase(file, { migrations: readMigrations().slice(0, 7) })
  old.sql.exec(`
    INSERT INTO users VALUES ('12', 'Ana', NULL, 'user');
    INSERT INTO extensions (number, owner, kind, name) VALUES ('0003*210', '12', 'phoneTerminal', 'Desk')`)
  old.close()
  const open = () =>
    createSandbox({ database: file }, { send: async () => ({ kind: 'interrupted', ms: 0 }), report: () => {} })
  const upgraded = open()
  t.strictSame(upgraded.phones.list({}), { phones: [], total: 0 })
  t.equal(upgraded.directory().extensions.length, 1)
  upgraded.phones.set('0003*210', { outcome: 'busy', ringMs: 0 })
  upgraded.phones.set('+40722000111', { talkMs: 86_400_000 })
  const { phones } = upgraded.phones.list({})
  await upgraded.close()
  const restarted = open()
  t.teardown(() => restarted.close())
  t.strictSame(restarted.phones.list({}).phones, phones)
  t.strictSame(phones, [
    { number: '0003*210', outcome: 'busy', ringMs: 0, talkMs: 30_000 },
    { number: '+40722000111', outcome: 'answered', ringMs: 500, talkMs: 86_400_000 }
  ])
})

t.test('calls that an earlier version has placed go on as they began', async t => {
  const file = join(t.testdir(), 'emulator.db')
  const old = openDatabase(file, { migrations: readMigrations().slice(0, 4) })
  const seq = { value: 0 }
  const insert = (manual: number, state: string, outcome: string | null, dueAt: number | null) => {
    seq.value += 1
    old.sql
      .prepare(
        "INSERT INTO calls VALUES (?, ?, 'api', '+40700000001', '0003*210', NULL, '0003*210', 'Ana', '+40312345210', '210', ?, 2000, 3000, ?, ?, 1, ?)"
      )
      .run(seq.value, `1.${seq.value}`, manual, state, outcome, dueAt)
  }
  old.sql.exec(`INSERT INTO users VALUES ('12', 'Ana', NULL, 'user');
    INSERT INTO extensions (number, owner, kind) VALUES ('0003*210', '12', 'phoneTerminal');`)
  insert(0, 'ringing', 'answered', 2001)
  insert(0, 'answered', 'answered', 3001)
  insert(0, 'ringing', 'busy', 2001)
  insert(1, 'ringing', null, null)
  insert(1, 'answered', 'answered', null)
  old.close()
  const sandbox = createSandbox(
    { database: file, machineClock: () => new Date(1) },
    { send: async () => ({ kind: 'interrupted', ms: 0 }), report: error => t.fail(String(error)) }
  )
  t.teardown(() => sandbox.close())
  await sandbox.clock.set({ mode: 'frozen', now: '1970-01-01T00:00:00.001Z' })
  sandbox.resume()
  t.strictSame(
    sandbox.calls.list({}).calls.map(({ callId, from, to, next }) => [callId, from, to, next.length]),
    [1, 2, 3, 4, 5].map(n => [`1.${n}`, '+40700000001', '0003*210', [2, 1, 1, 0, 0][n - 1]])
  )
  const ana: User = { id: '12', name: 'Ana', organization: null, role: 'user' }
  const address = { userId: '@me', extension: '0003*210' }
  const shown = () => sandbox.phoneCalls.list(ana, address, {}, id => id).entries
  t.strictSame(
    shown().map(({ phoneCallView }) => phoneCallView.map(({ extension, status, flow }) => [extension, status, flow])),
    ['3', '5', '3', '3', '5'].map(status => [['0003*210', status, '8']]),
    'and PhoneCalls shows them'
  )
  await sandbox.clock.advance({ ms: 10_000 })
  t.equal(shown().length, 2, 'until they are over')
  const momentsOf = (callId: string) =>
    sandbox.calls.get(callId).moments.map(({ moment, callStatus, at }) => [moment, callStatus, Date.parse(at)])
  t.strictSame(momentsOf('1.1'), [
    ['answerIncoming', 'ANSWER', 2001],
    ['hangup', 'ANSWER', 5001]
  ])
  t.strictSame(momentsOf('1.2'), [['hangup', 'ANSWER', 3001]])
  t.strictSame(momentsOf('1.3'), [['hangup', 'BUSY', 2001]])
  t.match(sandbox.calls.perform('1.4', { verb: 'answer' }), { state: 'answered', outcome: 'answered' })
  t.match(sandbox.calls.perform('1.5', { verb: 'hangup' }), { state: 'ended', outcome: 'answered' })
})

t.test('every table is STRICT, and every connection enforces foreign keys', async t => {
  const { sql, close } = openDatabase(join(t.testdir(), 'emulator.db'))
  t.teardown(close)
  const tables = sql.prepare<[], { name: string; strict: number }>('PRAGMA table_list').all()
  const own = tables.filter(({ name }) => !name.startsWith('sqlite_'))
  t.ok(own.length >= 10)
  t.strictSame(
    own.filter(({ strict }) => strict !== 1),
    []
  )
  const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'locking_mode', 'trusted_schema', 'cell_size_check']
  t.strictSame(
    settings.map(name => sql.pragma(name, { simple: true })),
    ['wal', 1, 1, 'exclusive', 0, 1]
  )
})

interface ListedEvent {
  id: string
  note: string
  modified: string
}

function isCalled(wanted: string) {
  return ({ id }: ListedEvent): boolean => id === wanted
}

/** Every event of the extension, as List prints it, without the links, whose port differs. */
async function list({ url }: Pick<Serving, 'url'>): Promise<ListedEvent[]> {
  const { body } = await call(`${url}${EVENTS}?count=5000`)
  const [collection] = [body].flat()
  return collection.entry.map(({ links, ...event }: ListedEvent & { links: unknown }) => event)
}

async function create({ url }: Pick<Serving, 'url'>, event: object): Promise<string> {
  const { status, body } = await call(`${url}${EVENTS}/0`, { method: 'POST', body: { ...NEW_EVENT, ...event } })
  if (status !== 200) throw new Error(`Create answered ${status}.`)
  return body.PhoneCallEvent.id
}

function token({ url }: Serving, grant: Record<string, string>): Promise<CallAnswer> {
  return call(`${url}/oauth/token.php`, {
    method: 'POST',
    token: null,
    body: { client_id: 'emulator-app', client_secret: 'emulator-secret', redirect_uri: REDIRECT, ...grant }
  })
}

async function consent({ url }: Serving): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'emulator-app',
    redirect_uri: REDIRECT,
    state: 'x'
  })
  const { headers } = await call(`${url}/oauth/authorize.php?${query}`, { token: null })
  return new URL(headers.location ?? '').searchParams.get('code') ?? ''
}

/** Every row of every table. */
function dump(file: string): Record<string, unknown[]> {
  const sql = new BetterSqlite3(file, { readonly: true })
  try {
    const tables = sql.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck()
    return Object.fromEntries(tables.all().map(name => [name, sql.prepare(`SELECT * FROM ${name}`).all()]))
  } finally {
    sql.close()
  }
}

/** Makes a closed database with our schema and several pages. @returns its path */
function makeOurs(file: string): string {
  const { sql, close } = openDatabase(file)
  const add = sql.prepare('INSERT INTO organizations VALUES (?, ?)')
  for (let nth = 0; nth < 500; nth++) add.run(`organization-${nth}`, 'a name'.repeat(20))
  close()
  return file
}

/** Makes a database with one migration more than this program has. @returns its path */
function makeNewer(file: string): string {
  const known = readMigrations()
  const newer = { version: known.length + 1, name: 'newer', sql: 'CREATE TABLE newer (word INTEGER) STRICT' }
  openDatabase(file, { migrations: [...known, newer] }).close()
  return file
}

/** The number of the last page of a file. */
const lastPage = (file: string): number => statSync(file).size / PAGE - 1

/** Overwrites a page with nonsense; of the first one everything behind the header. */
function damage(file: string, page: number): void {
  const descriptor = openSync(file, 'r+')
  const start = page * PAGE + (page === 0 ? 100 : 0)
  writeSync(descriptor, Buffer.alloc(PAGE - (page === 0 ? 100 : 0), 0xa5), 0, null, start)
  closeSync(descriptor)
}

t.test('a statement is compiled at its first use, and has no method that would not work before', async t => {
  const { sql, close } = openDatabase(':memory:')
  t.teardown(close)
  const malformed = sql.prepare('SELECT 1 FROM nowhere')
  t.throws(() => malformed.all(), /no such table/, 'not when it is prepared')
  const names = sql.prepare<[string], [string]>('SELECT value FROM json_each(?)').raw()
  t.strictSame(names.all('["a","b"]'), [['a'], ['b']])
  t.strictSame([...names.iterate('["c"]')], [['c']])
  t.strictSame(names.get('[]'), undefined)
  // @ts-expect-error refused by the compiler: it could not be kept for later
  t.equal(names.safeIntegers, undefined)
  // @ts-expect-error refused by the compiler
  t.equal(names.columns, undefined)
})

t.test('resets and the check for an empty database cover every table', async t => {
  const { sql, close } = openDatabase(':memory:')
  t.teardown(close)
  const tables = sql.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  const own = tables.map(({ name }) => name).filter(name => !name.startsWith('sqlite_'))
  t.strictSame([...TABLES, 'event_types'].sort(), own.sort(), 'the event types belong to the schema')
})

t.test('caches are discarded when a transaction is rolled back', async t => {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const { directory, credentials, events, phones, write } = createStore(database)
  const user = { id: '1', name: 'One', organization: null, role: 'user' as const }
  const extension = { number: '0001*1', owner: '1', kind: 'queue' as const }
  const session = { vn: 'v', user: '1', xsrfToken: 'before' }
  const app = { clientId: 'a', clientSecret: 'before', user: '1', trusted: true, redirectUris: [] }
  write(() => {
    directory.saveUser(user)
    directory.saveExtension(extension)
    directory.saveApp(app)
    credentials.saveSession(session)
    phones.save({ number: '7', outcome: 'busy', ringMs: 1, talkMs: 0 })
  })
  const scope = { user: '1', extension: '0001*1' }
  const listing = { startIndex: 0, count: 20, order: 'asc' as const }
  const see = () => ({
    role: directory.findUser('1')?.role,
    kind: directory.findExtension('0001*1')?.kind,
    xsrf: credentials.findSession('v')?.xsrfToken,
    secret: directory.findApp('a')?.clientSecret,
    token: credentials.findToken('t')?.user,
    total: events.list(scope, listing).total,
    ring: phones.find('7')?.ringMs,
    other: phones.find('8')?.ringMs
  })
  const before = see()
  t.strictSame(before, {
    role: 'user',
    kind: 'queue',
    xsrf: 'before',
    secret: 'before',
    token: undefined,
    total: 0,
    ring: 1,
    other: undefined
  })
  t.throws(() =>
    write(() => {
      directory.saveUser({ ...user, role: 'administrator' })
      directory.saveExtension({ ...extension, kind: 'phoneTerminal' })
      credentials.saveSession({ ...session, xsrfToken: 'after' })
      directory.saveApp({ ...app, clientSecret: 'after' })
      credentials.issueToken({ accessToken: 't', user: '1', expiresAt: null })
      phones.save({ number: '7', outcome: 'busy', ringMs: 2, talkMs: 0 })
      phones.save({ number: '8', outcome: 'busy', ringMs: 3, talkMs: 0 })
      const event = { ...scope, type: '0' as const, id: 'e', method: '0' as const, status: '1' as const }
      events.add({ ...event, url: 'http://a.test/', note: '', modified: '2026-01-01T00:00:00+00:00' })
      t.strictSame(see(), {
        role: 'administrator',
        kind: 'phoneTerminal',
        xsrf: 'after',
        secret: 'after',
        token: '1',
        total: 1,
        ring: 2,
        other: 3
      })
      throw new Error('undone')
    })
  )
  t.strictSame(see(), before)
})

/** Changes the tables of a file of ours. */
function change(file: string, statements: string): void {
  const sql = new BetterSqlite3(file)
  sql.exec(`PRAGMA foreign_keys = OFF; ${statements}`)
  sql.close()
}

/** Statements that drop every table of ours. */
function dropAll(): string {
  const { sql, close } = openDatabase(':memory:')
  const tables = sql.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  close()
  return tables
    .filter(({ name }) => !name.startsWith('sqlite_'))
    .map(({ name }) => `DROP TABLE ${name}`)
    .join('; ')
}
