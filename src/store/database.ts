import { resolve } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import {
  APPLICATION_ID,
  alreadyOpen,
  checkSchema,
  DatabaseRefused,
  damaged,
  inspectDatabaseFile,
  LOCK_TIMEOUT,
  refusal
} from './database-file.js'
import { createDiskSpace } from './file/disk-space.js'
import { createPreparer, type Prepare } from './lazy-statement.js'
import { type Migration, readMigrations } from './migrations.js'
import { type Connection, type ConnectionOptions, createConnection } from './replacing/connection.js'

/** `normal` survives a kill -9; `full` survives a power loss too, at a tenth of the write rate. */
export type Durability = 'normal' | 'full'

/** An open database. All writes go through `write`. */
export interface Database extends Omit<Connection, 'current' | 'close'> {
  /** The connection, as far as the stores need it. */
  sql: Pick<BetterSqlite3.Database, 'exec' | 'pragma'> & { prepare: Prepare }
  /**
   * Runs a function as one transaction, all or nothing. When the disk is full, room is made and it is tried again: the
   * function may run three times, so its effects outside the database must be idempotent.
   * @throws StorageError when the disk is full or the file cannot be written
   */
  write<T>(run: () => T): T
  /** Calls back after every rollback: caches of rows are stale then. */
  onRollback(listener: () => void): void
  /** Closes the connection; idempotent. */
  close(): void
}

/** The path of a database in memory. */
export const IN_MEMORY = ':memory:'

/**
 * Opens or creates a database of ours and migrates its schema, all or nothing.
 * @param given a path, or `:memory:`; `image` is the content of a new database in memory, which else is empty
 * @throws DatabaseRefused when the file cannot be used; it is then left unchanged
 */
export function openDatabase(
  given: string,
  {
    durability = 'normal',
    migrations = packagedMigrations(),
    image
  }: { durability?: Durability; migrations?: Migration[]; image?: Uint8Array | undefined } = {}
): Database {
  const path = given.trim() // as better-sqlite3 does: the file that is inspected has to be the one that is opened
  const file = path === IN_MEMORY ? undefined : resolve(path)
  if (file !== undefined) {
    if (openFiles.has(file)) throw alreadyOpen(file)
    inspectDatabaseFile(path, migrations)
  }
  let sql: BetterSqlite3.Database | undefined
  try {
    const source = file ?? (image && bufferOf(image)) ?? imageFor(path, migrations) ?? path
    sql = new BetterSqlite3(source, { timeout: LOCK_TIMEOUT })
    configure(sql, file, migrations, durability)
    if (source === IN_MEMORY) images.set(migrations, sql.serialize())
    if (file !== undefined) openFiles.add(file)
    const open = (replacement: Buffer | string) => {
      const opened = new BetterSqlite3(replacement, { timeout: LOCK_TIMEOUT })
      configure(opened, undefined, migrations, durability)
      return opened
    }
    return databaseOf(sql, { file, open, isSynced: durability === 'full' })
  } catch (error) {
    sql?.close()
    throw error instanceof DatabaseRefused ? error : refusal(path, error)
  }
}

/** The migrations of the package, read once. */
function packagedMigrations(): Migration[] {
  packaged ??= readMigrations()
  return packaged
}

let packaged: Migration[] | undefined

/** Images of empty databases in memory, by their migrations: opening one takes a tenth of the time of migrating it. */
const images = new WeakMap<Migration[], Buffer>()

const imageFor = (path: string, migrations: Migration[]): Buffer | undefined =>
  path === IN_MEMORY ? images.get(migrations) : undefined

/** The files that this process has open. Inspecting one again would drop SQLite's locks, which belong to the process. */
const openFiles = new Set<string>()

/**
 * How many pages of four KB the WAL holds before a checkpoint, during which a request waits. A write takes a fifth less
 * time than with SQLite's default of a thousand.
 */
const CHECKPOINT_PAGES = 4_000

/** The order of the pragmas matters: the lock before the first read, the migrations before WAL. */
function configure(
  sql: BetterSqlite3.Database,
  file: string | undefined,
  migrations: Migration[],
  durability: Durability
): void {
  // In one exec, because each alone is compiled as a statement. A read-only container has no folder for temporary files.
  sql.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY`)
  if (file !== undefined) {
    if (sql.pragma('quick_check(1)', { simple: true }) !== 'ok') throw damaged(file)
    if (sql.pragma('application_id', { simple: true }) === APPLICATION_ID) checkSchema(sql, file, migrations)
  }
  migrate(sql, migrations)
  sql.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA foreign_keys = ON`)
}

/**
 * Applies the pending migrations in one transaction, with the rollback journal: the header of the file itself then
 * always has its schema version (see inspectDatabaseFile).
 */
function migrate(sql: BetterSqlite3.Database, migrations: Migration[]): void {
  const version = Number(sql.pragma('user_version', { simple: true }))
  const pending = migrations.filter(migration => migration.version > version)
  if (pending.length === 0) return
  sql.pragma('journal_mode = DELETE')
  sql.pragma('foreign_keys = OFF') // rebuilding a table would delete its children
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

function databaseOf(first: BetterSqlite3.Database, options: Omit<ConnectionOptions, 'onChange'>): Database {
  const onChange = () => {
    preparer.forget()
    transaction = undefined
    diskSpace.close()
    diskSpace = createDiskSpace(connection.current(), options.file)
  }
  const connection = createConnection(first, { ...options, onChange })
  const preparer = createPreparer(connection.current)
  let transaction: BetterSqlite3.Transaction<(run: () => unknown) => unknown> | undefined
  let diskSpace = createDiskSpace(first, options.file)
  const listeners: (() => void)[] = []
  const attempt = <T>(run: () => T): T => {
    transaction ??= connection.current().transaction((run: () => unknown) => run())
    try {
      return transaction.immediate(run) as T // better-sqlite3 returns what the function returned
    } catch (error) {
      for (const listener of listeners) listener()
      throw error
    }
  }
  let isOpen = true

  return {
    ...connection,
    sql: {
      prepare: preparer.prepare,
      exec: statements => connection.current().exec(statements),
      pragma: (...words) => connection.current().pragma(...words)
    },
    onRollback: listener => void listeners.push(listener),
    write: <T>(run: () => T): T => {
      if (connection.current().inTransaction) return attempt(run) // the outermost one is tried again
      try {
        return attempt(run)
      } catch (error) {
        return diskSpace.recover(error, check =>
          attempt(() => {
            const result = run()
            check()
            return result
          })
        )
      }
    },
    close() {
      if (!isOpen) return
      isOpen = false
      diskSpace.close() // for the checkpoint
      connection.close()
      openFiles.delete(options.file ?? '')
    }
  }
}

/** The bytes of a database, marked as one without a write-ahead log: in memory SQLite opens no other. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength).fill(1, 18, 20)
}
