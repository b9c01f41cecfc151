import { accessSync, closeSync, constants, existsSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { findSchemaProblem } from './file/schema.js'
import type { Migration } from './migrations.js'

/** Marks a file as ours: `UAPE`, in the field of SQLite's header for the application. */
export const APPLICATION_ID = 0x55415045

/** How long to wait for a lock, in milliseconds. Short, because the wait is synchronous. */
export const LOCK_TIMEOUT = 200

/** A database that cannot be used. The message names the file, the cause, and what to do. */
export class DatabaseRefused extends Error {
  constructor(file: string, cause: string, remedy: string, options?: ErrorOptions) {
    super(`Cannot use the database ${shortened(file)}: ${cause}. ${remedy}`, options)
    this.name = 'DatabaseRefused'
  }
}

/**
 * Inspects a database file before it is opened for writing, because opening and closing the file of another program
 * would already change it. Reads its first 100 bytes: migrations run outside WAL, so that these always hold the
 * application and the schema version, whatever a `-wal` holds.
 * @param migrations all that this program has
 * @throws DatabaseRefused, with nothing created and nothing changed
 */
export function inspectDatabaseFile(path: string, migrations: readonly Migration[]): void {
  const file = resolve(path)
  const newest = migrations.length
  checkPath(path, file)
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
  if (existsSync(`${file}-wal`)) checkUnfinished(file, migrations)
}

/**
 * Checks that a database has the tables of its version. It must be called before anything is written.
 * @throws DatabaseRefused
 */
export function checkSchema(sql: BetterSqlite3.Database, file: string, migrations: readonly Migration[]): void {
  const problem = findSchemaProblem(sql, migrations)
  if (problem === undefined) return
  throw new DatabaseRefused(file, problem, `Move the file away or restore a copy of it, or ${OTHER_FILE}`)
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

/** The limit of a path in bytes: SQLite opens none of more than 512, and adds `-journal` to it. */
const MAX_PATH = 500

/** The limit of a name in bytes, which all usual file systems have. */
const MAX_NAME = 255

/** Refuses paths that cannot name a file. */
function checkPath(path: string, file: string): void {
  if (/[/\\]$/.test(path)) throw new DatabaseRefused(path, 'a path that ends in a slash names a folder', OTHER)
  const size = Buffer.byteLength(file)
  const isLong = size > MAX_PATH || Buffer.byteLength(`${basename(file)}-journal`) > MAX_NAME
  const limits = `a path has at most ${MAX_PATH} bytes, its last name ${MAX_NAME - '-journal'.length}`
  if (isLong) throw new DatabaseRefused(file, `its path is too long: ${size} bytes; ${limits}`, SHORTER)
  try {
    statSync(file)
  } catch (error) {
    const code = String(Reflect.get(Object(error), 'code'))
    if (code === 'ENOENT') return
    throw new DatabaseRefused(file, PATH_PROBLEMS[code]?.(file) ?? `its path cannot be read (${code})`, OTHER, {
      cause: error
    })
  }
}

const SHORTER = 'Name a shorter one with --database (":memory:" for none).'

const PATH_PROBLEMS: Partial<Record<string, (file: string) => string>> = {
  ENOTDIR: file => `its path leads through ${fileOnTheWay(file)}, which is not a folder`,
  ELOOP: () => 'its path leads through symbolic links in a circle',
  ENAMETOOLONG: () => 'its path is too long',
  EACCES: () => 'a folder of its path cannot be read'
}

/** The part of a path that is a file instead of a folder. */
function fileOnTheWay(file: string): string {
  let folder = dirname(file)
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

/** A path that fits on a line. */
const shortened = (file: string): string => (file.length > 300 ? `${file.slice(0, 150)}…${file.slice(-100)}` : file)

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
 * Checks a file of ours that was not closed, and its tables, through a connection that cannot write: a damaged file must stay
 * unchanged. Reading a WAL creates a `-shm` file, which is removed again.
 */
function checkUnfinished(file: string, migrations: readonly Migration[]): void {
  const hadIndex = existsSync(`${file}-shm`)
  try {
    const database = new BetterSqlite3(file, { readonly: true, timeout: LOCK_TIMEOUT })
    try {
      if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') throw damaged(file)
      checkSchema(database, file, migrations)
    } finally {
      database.close()
    }
  } catch (error) {
    throw error instanceof DatabaseRefused ? error : refusal(file, error)
  } finally {
    if (!hadIndex) rmSync(`${file}-shm`, { force: true })
  }
}
