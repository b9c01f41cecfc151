import BetterSqlite3 from 'better-sqlite3'
import {
  APPLICATION_ID,
  DatabaseRefused,
  damaged,
  inspectDatabaseFile,
  LOCK_TIMEOUT,
  refusal
} from './database-file.js'
import { type Migration, readMigrations } from './migrations.js'

/** `normal` survives a kill -9; `full` survives a power loss too, at a tenth of the write rate. */
export type Durability = 'normal' | 'full'

/** An open database: SQLite's connection, and the one way to write through it. */
export interface Database {
  sql: BetterSqlite3.Database
  /** Runs a function as one transaction, all or nothing. A full disk is met by a checkpoint and one more try. */
  write<T>(run: () => T): T
  close(): void
}

/** The path that stands for no file. */
export const IN_MEMORY = ':memory:'

/**
 * Opens a database of ours, or makes one, and brings its schema up to date, all or nothing.
 * @throws DatabaseRefused when the file cannot be used; it is then left as it was
 */
export function openDatabase(
  path: string,
  { durability = 'normal', migrations = readMigrations() }: { durability?: Durability; migrations?: Migration[] } = {}
): Database {
  if (path !== IN_MEMORY) inspectDatabaseFile(path, migrations.length)
  let sql: BetterSqlite3.Database | undefined
  try {
    sql = new BetterSqlite3(path, { timeout: LOCK_TIMEOUT })
    prepare(sql, path, migrations, durability)
    return { sql, write: writer(sql), close: closer(sql) }
  } catch (error) {
    sql?.close()
    throw error instanceof DatabaseRefused ? error : refusal(path, error)
  }
}

/** The order of the pragmas matters: the lock before the first read, the migrations before WAL. */
function prepare(sql: BetterSqlite3.Database, path: string, migrations: Migration[], durability: Durability): void {
  sql.pragma('locking_mode = EXCLUSIVE')
  sql.pragma('cell_size_check = ON')
  sql.pragma('trusted_schema = OFF')
  if (path !== IN_MEMORY && sql.pragma('quick_check(1)', { simple: true }) !== 'ok') throw damaged(path)
  migrate(sql, migrations)
  sql.pragma('journal_mode = WAL')
  sql.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
  sql.pragma('foreign_keys = ON')
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

function writer(sql: BetterSqlite3.Database): Database['write'] {
  const transaction = sql.transaction((run: () => unknown) => run())
  const attempt = <T>(run: () => T) => transaction.immediate(run) as T // better-sqlite3 returns what the function returned
  return <T>(run: () => T): T => {
    try {
      return attempt(run)
    } catch (error) {
      if (!(error instanceof BetterSqlite3.SqliteError) || error.code !== 'SQLITE_FULL') throw error
      sql.pragma('wal_checkpoint(TRUNCATE)')
      return attempt(run)
    }
  }
}

/** Closing twice is closing once. */
const closer = (sql: BetterSqlite3.Database) => () => {
  if (sql.open) sql.close()
}
