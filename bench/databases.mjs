import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { startEmulatorProgram } from './servers.mjs'

/** Folder of the benchmark's files. It is removed at every exit. */
export const SCRATCH = mkdtempSync(join(tmpdir(), 'uapi-emulator-bench-'))
process.once('exit', () => rmSync(SCRATCH, { recursive: true, force: true }))

const EXTENSION = '0003*210'
let made = 0

/** Path of a file that does not exist yet. */
export const newFile = () => join(SCRATCH, `${++made}.db`)

/** Generates the numbers from 1 to @count; statements append their SELECT. */
const numbered = rest => `
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count) ${rest}`

const ADD_EXTENSIONS = `INSERT INTO extensions (number, owner, kind) ${numbered(
  `SELECT printf('1%05d*100', n), '12', 'phoneTerminal' FROM numbers`
)}`

/** Inserts events with ascending urls and random ids. */
const ADD_EVENTS = `INSERT INTO phone_call_events (user, extension, type, id, method, status, url, note, modified) ${numbered(
  `SELECT '12', e.number, cast(n % 5 AS TEXT), lower(hex(randomblob(15))), '0', '1',
     printf('https://app.example/calls/%07d', n), 'made by a benchmark', '2026-01-01T00:00:00+00:00'
   FROM numbers, extensions e WHERE e.number GLOB @extension`
)}`

/**
 * Creates a database with the default directory, that many events on 0003*210, and that many more extensions with ten
 * events each.
 * @returns its file, and a sample of 50 events of all ages
 */
export async function makeDatabase({ events = 1000, extensions = 0 } = {}) {
  const file = await copyOf(await emptyDatabase())
  const sql = new BetterSqlite3(file)
  sql.pragma('cache_size = -400000')
  sql.exec('DELETE FROM phone_call_events')
  if (events > 0) sql.prepare(ADD_EVENTS).run({ count: events, extension: EXTENSION.replace('*', '[*]') })
  if (extensions > 0) {
    sql.prepare(ADD_EXTENSIONS).run({ count: extensions })
    sql.prepare(ADD_EVENTS).run({ count: 10, extension: '1*[*]100' })
  }
  const { last } = sql.prepare('SELECT max(rowid) AS last FROM phone_call_events').get()
  const one = sql.prepare('SELECT type, id, url, extension FROM phone_call_events WHERE rowid >= ? LIMIT 1')
  const sample = Array.from({ length: 50 }, (_, index) => one.get(Math.floor(((index + 0.5) / 50) * last)))
  sql.close()
  return { file, sample }
}

/** Copies the events of a database into a file with nothing but one table and one index, for the floor of writes. */
export function makeOneTable(file) {
  const made = newFile()
  const sql = new BetterSqlite3(made)
  sql.exec(`CREATE TABLE phone_call_events (id TEXT NOT NULL UNIQUE, user TEXT, extension TEXT, type TEXT, method TEXT,
    status TEXT, url TEXT, note TEXT, modified TEXT)`)
  sql.prepare('ATTACH ? AS source').run(file)
  sql.exec(`INSERT INTO phone_call_events SELECT id, user, extension, type, method, status, url, note, modified
    FROM source.phone_call_events`)
  sql.close()
  return made
}

/** Copies a database. @returns the new file */
export function copyOf(file) {
  const copy = newFile()
  copyFileSync(file, copy)
  return copy
}

let empty
/** Creates a database by starting the emulator on a file that does not exist. */
function emptyDatabase() {
  empty ??= makeEmpty()
  return empty
}

async function makeEmpty() {
  const file = newFile()
  const server = await startEmulatorProgram(file)
  await server.stop()
  return file
}
