import { accessSync, closeSync, constants, existsSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'

/** Marks a file as ours: `UAPE`, in the field of SQLite's header for the application. */
export const APPLICATION_ID = 0x55415045

/** How long to wait for a lock, in milliseconds. Short, because the wait is synchronous. */
export const LOCK_TIMEOUT = 200

/** A database that cannot be used. The message names the file, the cause, and what to do. */
export class DatabaseRefused extends Error {
  constructor(file: string, cause: string, remedy: string, options?: ErrorOptions) {
    super(`Cannot use the database ${file}: ${cause}. ${remedy}`, options)
    this.name = 'DatabaseRefused'
  }
}

/**
 * Inspects a database file before it is opened for writing, because opening and closing the file of another program
 * would already change it. Reads its first 100 bytes: migrations run outside WAL, so that these always hold the
 * application and the schema version, whatever a `-wal` holds.
 * @param newest the newest schema version that this program supports
 * @throws DatabaseRefused, with nothing created and nothing changed
 */
export function inspectDatabaseFile(path: string, newest: number): void {
  const file = resolve(path)
  if (!existsSync(dirname(file))) {
    throw new DatabaseRefused(file, `the folder ${dirname(file)} does not exist`, `Create it, or ${OTHER_FILE}`)
  }
  const header = readHeader(file)
  if (header === undefined) {
    if (sizeOf(`${file}-wal`) > 0) {
      throw new DatabaseRefused(file, `it is empty, but ${file}-wal beside it holds another database's changes`, REMEDY)
    }
    return
  }
  if (header.length < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new DatabaseRefused(file, 'it is not a SQLite database', REMEDY)
  }
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new DatabaseRefused(file, 'it belongs to another program', REMEDY)
  }
  const version = header.readUInt32BE(60)
  if (version > newest) {
    throw new DatabaseRefused(
      file,
      `its schema is version ${version}, and this program supports versions up to ${newest}`,
      `Use the newer uapi-emulator that wrote it, or ${OTHER_FILE}`
    )
  }
  if (existsSync(`${file}-wal`)) checkUnfinished(file)
}

/** Explains why SQLite refused a file. */
export function refusal(path: string, error: unknown): DatabaseRefused {
  const file = resolve(path)
  const code = error instanceof BetterSqlite3.SqliteError ? error.code : ''
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new DatabaseRefused(file, 'another process is using it', `Stop that process, or ${OTHER_FILE}`, {
      cause: error
    })
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return damaged(file, error)
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN') return notWritable(file, error)
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') {
    return new DatabaseRefused(file, 'the disk is full', `Make room, or ${OTHER_FILE}`, { cause: error })
  }
  const message = error instanceof Error ? error.message : String(error)
  return new DatabaseRefused(file, message, `Move the file away, or ${OTHER_FILE}`, { cause: error })
}

/** The refusal of a file that this process has open. */
export const alreadyOpen = (file: string): DatabaseRefused =>
  new DatabaseRefused(file, 'this process is using it', `Close the other emulator, or ${OTHER_FILE}`)

/** The refusal of a file that fails SQLite's check of its pages. */
export const damaged = (file: string, cause?: unknown): DatabaseRefused =>
  new DatabaseRefused(file, 'it is damaged', `Move the file away or restore a copy of it, or ${OTHER_FILE}`, { cause })

const OTHER_FILE = 'name another file with --database (":memory:" for none).'
const REMEDY = `Move the file away, or ${OTHER_FILE}`

const notWritable = (file: string, cause: unknown) =>
  new DatabaseRefused(file, 'it cannot be read and written', `Check its permissions, or ${OTHER_FILE}`, { cause })

/** The first 100 bytes of a file; undefined when it does not exist or is empty. */
function readHeader(file: string): Buffer | undefined {
  if (!existsSync(file)) {
    try {
      accessSync(dirname(file), constants.W_OK)
    } catch (error) {
      throw new DatabaseRefused(file, `the folder ${dirname(file)} cannot be written to`, PERMISSIONS, { cause: error })
    }
    return undefined
  }
  if (!statSync(file).isFile()) throw new DatabaseRefused(file, 'it is not a file', OTHER)
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw notWritable(file, error)
  }
  const header = Buffer.alloc(100)
  const descriptor = openSync(file, 'r')
  try {
    const length = readSync(descriptor, header, 0, 100, 0)
    return length === 0 ? undefined : header.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}

const PERMISSIONS = `Check its permissions, or ${OTHER_FILE}`
const OTHER = OTHER_FILE[0]?.toUpperCase() + OTHER_FILE.slice(1)

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/**
 * Checks a file of ours that was not closed, through a connection that cannot write: a damaged file must stay
 * unchanged. Reading a WAL creates a `-shm` file, which is removed again.
 */
function checkUnfinished(file: string): void {
  const hadIndex = existsSync(`${file}-shm`)
  try {
    const database = new BetterSqlite3(file, { readonly: true, timeout: LOCK_TIMEOUT })
    try {
      if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') throw damaged(file)
    } finally {
      database.close()
    }
  } catch (error) {
    throw error instanceof DatabaseRefused ? error : refusal(file, error)
  } finally {
    if (!hadIndex) rmSync(`${file}-shm`, { force: true })
  }
}
