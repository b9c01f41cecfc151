import { resolve } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import {
  APPLICATION_ID,
  alreadyOpen,
  DatabaseRefused,
  damaged,
  inspectDatabaseFile,
  LOCK_TIMEOUT,
  refusal
} from './database-file.js'
import { prepareLazily } from './lazy-statement.js'
import { type Migration, readMigrations } from './migrations.js'

/** `normal` survives a kill -9; `full` survives a power loss too, at a tenth of the write rate. */
export type Durability = 'normal' | 'full'

/** An open database: SQLite's connection, and the one way to write through it. */
export interface Database {
  sql: BetterSqlite3.Database
  /**
   * Runs a function as one transaction, all or nothing. A full disk is met by a checkpoint and one more try: the
   * function may run twice, and must not change anything outside that a second run would not set right.
   */
  write<T>(run: () => T): T
  /** Calls back whenever a transaction was undone: what was counted beside the database counts again. */
  onRollback(listener: () => void): void
  close(): void
}

/** The path that stands for no file. */
export const IN_MEMORY = ':memory:'

/**
 * Opens a database of ours, or makes one, and brings its schema up to date, all or nothing.
 * @throws DatabaseRefused when the file cannot be used; it is then left as it was
 */
export function openDatabase(
  given: string,
  { durability = 'normal', migrations = ownMigrations() }: { durability?: Durability; migrations?: Migration[] } = {}
): Database {
  const path = given.trim() // as better-sqlite3 does: what is looked at has to be what is opened
  const file = path === IN_MEMORY ? undefined : resolve(path)
  if (file !== undefined) {
    if (openFiles.has(file)) throw alreadyOpen(file)
    inspectDatabaseFile(file, migrations.length)
  }
  let sql: BetterSqlite3.Database | undefined
  try {
    sql = new BetterSqlite3(file ?? imageFor(path, migrations) ?? path, { timeout: LOCK_TIMEOUT })
    prepare(sql, file, migrations, durability)
    if (path === IN_MEMORY && !images.has(migrations)) images.set(migrations, sql.serialize())
    prepareLazily(sql)
    if (file !== undefined) openFiles.add(file)
    return { sql, ...writer(sql), close: closer(sql, file) }
  } catch (error) {
    sql?.close()
    throw error instanceof DatabaseRefused ? error : refusal(path, error)
  }
}

/** The migrations of the package, read once. */
function ownMigrations(): Migration[] {
  own ??= readMigrations()
  return own
}

let own: Migration[] | undefined

/** Databases in memory that know nothing yet, by what made them: opening one costs a tenth of making it. */
const images = new WeakMap<Migration[], Buffer>()

const imageFor = (path: string, migrations: Migration[]): Buffer | undefined =>
  path === IN_MEMORY ? images.get(migrations) : undefined

/** What is open here. To look at such a file again would drop SQLite's locks on it: they are the process's. */
const openFiles = new Set<string>()

/**
 * How many pages of four KB are written before they are moved to their places, which a request has to wait for. A write
 * costs a fifth less than with SQLite's own thousand.
 */
const CHECKPOINT_PAGES = 4_000

/** The order of the pragmas matters: the lock before the first read, the migrations before WAL. */
function prepare(
  sql: BetterSqlite3.Database,
  file: string | undefined,
  migrations: Migration[],
  durability: Durability
): void {
  // In one go, as each alone is a statement to be prepared. A read-only container has no folder for temporary files.
  sql.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY`)
  if (file !== undefined && sql.pragma('quick_check(1)', { simple: true }) !== 'ok') throw damaged(file)
  migrate(sql, migrations)
  sql.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA foreign_keys = ON`)
}

/**
 * Applies what is missing, in one transaction, in the rollback journal: the header of the file itself then always says
 * which version it is (see inspectDatabaseFile).
 */
function migrate(sql: BetterSqlite3.Database, migrations: Migration[]): void {
  const version = Number(sql.pragma('user_version', { simple: true }))
  const pending = migrations.filter(migration => migration.version > version)
  if (pending.length === 0) return
  sql.pragma('journal_mode = DELETE')
  sql.pragma('foreign_keys = OFF') // a table that is rebuilt would take its children with it
  const apply = sql.transaction(() => {
    sql.pragma(`application_id = ${APPLICATION_ID}`)
    for (const { sql: statements, version } of pending) {
      sql.exec(statements)
      sql.pragma(`user_version = ${version}`)
    }
    const orphans = sql.pragma('foreign_key_check')
    if (Array.isArray(orphans) && orphans.length > 0) throw new Error('a migration left rows without their parents')
  })
  apply.immediate()
}

function writer(sql: BetterSqlite3.Database): Pick<Database, 'write' | 'onRollback'> {
  const transaction = sql.transaction((run: () => unknown) => run())
  const listeners: (() => void)[] = []
  const attempt = <T>(run: () => T): T => {
    try {
      return transaction.immediate(run) as T // better-sqlite3 returns what the function returned
    } catch (error) {
      for (const listener of listeners) listener()
      throw error
    }
  }
  return {
    onRollback: listener => void listeners.push(listener),
    write: <T>(run: () => T): T => {
      try {
        return attempt(run)
      } catch (error) {
        if (!(error instanceof BetterSqlite3.SqliteError) || error.code !== 'SQLITE_FULL') throw error
        sql.pragma('wal_checkpoint(TRUNCATE)')
        return attempt(run)
      }
    }
  }
}

/** Closing twice is closing once. */
const closer =
  (sql: BetterSqlite3.Database, file = ''): Database['close'] =>
  () => {
    if (!sql.open) return
    sql.close()
    openFiles.delete(file)
  }
