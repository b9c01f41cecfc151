import { closeSync, existsSync, fstatSync, openSync, read, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import BetterSqlite3, { type Database as Sqlite } from 'better-sqlite3'
import { createPrivate, removeDatabase } from './files.js'

/** Copies a database file while it is open and in use. */
export interface Copier {
  /**
   * Copies the file and its write-ahead log beside the event loop. What is committed meanwhile may be in the copy.
   * @param sql the connection that has the file open, and locked for itself
   * @throws when the files cannot be read or written
   */
  copyTo(copy: string, sql: Sqlite): Promise<void>
  /** Closes the file. To be called after SQLite has closed it: closing ends all locks of the process on it. */
  close(): void
}

/** How many bytes are copied at once. */
const PIECE = 4 * 1024 * 1024

/** How often a copy is begun again because the log began anew meanwhile. */
const ATTEMPTS = 3

/**
 * Opens a file for copies. It has to be closed after the connection, and not before: closing a file ends all locks that
 * the process has on it, those of SQLite too.
 */
export function openCopier(file: string): Copier {
  const descriptor = openOrNot(file)
  const source: Read = (buffer, position) => {
    if (descriptor === undefined) throw new Error('the file could not be opened a second time')
    return readAt(descriptor, buffer, 0, buffer.byteLength, position)
  }

  return {
    async copyTo(copy, sql) {
      const goOn = pauseCheckpoints(sql)
      const checkFiles = () => checkSame(file, descriptor, sql)
      try {
        checkFiles()
        createPrivate(copy)
        createPrivate(`${copy}-wal`)
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          const begun = await beginningOf(`${file}-wal`)
          await write(copy, source)
          await withLog(`${file}-wal`, log => write(`${copy}-wal`, log))
          if (!begun.equals(await beginningOf(`${file}-wal`))) continue
          checkFiles()
          return
        }
        throw new Error('the write-ahead log began anew while the file was copied')
      } finally {
        goOn()
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  }
}

/** The bytes of a copy, with what its log holds. Removes both. */
export function takeCopy(copy: string): Uint8Array {
  const sql = new BetterSqlite3(copy, { fileMustExist: true })
  try {
    sql.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF') // it is removed
    return sql.serialize()
  } finally {
    sql.close()
    removeDatabase(copy)
  }
}

/** Reads bytes at a position. */
type Read = (buffer: Buffer, position: number) => Promise<{ bytesRead: number }>

const readAt = promisify(read)

function openOrNot(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch {
    return undefined // large changes are transactions then
  }
}

/**
 * Lets no commit copy pages of the log into the file, which stays as it is.
 * @returns a function that ends it, and throws when pages have been copied nevertheless, for want of room
 */
function pauseCheckpoints(sql: Sqlite): () => void {
  const pages = () => Number(sql.pragma('wal_autocheckpoint', { simple: true }))
  if (sql.pragma('journal_mode', { simple: true }) !== 'wal') throw new Error('the file has no write-ahead log')
  const before = pages()
  sql.pragma('wal_autocheckpoint = 0')
  return () => {
    if (pages() !== 0) throw new Error('the disk has no room for the write-ahead log')
    sql.pragma(`wal_autocheckpoint = ${before}`)
  }
}

/**
 * Checks that the names of the file and of its log still lead to the files that SQLite has open.
 * @throws when one was removed, or another file has its name
 */
function checkSame(file: string, descriptor: number | undefined, sql: Sqlite): void {
  const [open, named] = [descriptor === undefined ? undefined : fstatSync(descriptor), statSync(file)]
  if (open !== undefined && (open.ino !== named.ino || open.dev !== named.dev))
    throw new Error('another file has its name')
  const written = Number(sql.prepare('SELECT total_changes()').pluck().get())
  if (written > 0 && !existsSync(`${file}-wal`)) throw new Error('the write-ahead log is gone')
}

/** The first bytes of a log, which differ when it has begun anew: SQLite writes it from its start again after a checkpoint. */
async function beginningOf(log: string): Promise<Buffer> {
  const beginning = Buffer.alloc(32)
  await withLog(log, source => source(beginning, 0))
  return beginning
}

/** Reads a log; does nothing when there is none, because nothing was written yet. */
async function withLog(log: string, use: (source: Read) => Promise<unknown>): Promise<void> {
  let file: FileHandle | undefined
  try {
    file = await open(log, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // of node:fs
    return
  }
  try {
    const opened = file
    await use((buffer, position) => opened.read(buffer, 0, buffer.byteLength, position))
  } finally {
    await file.close()
  }
}

/** Writes a file that exists, from its start. */
async function write(path: string, source: Read): Promise<void> {
  const target = await open(path, 'r+')
  try {
    await target.truncate()
    const buffer = Buffer.allocUnsafeSlow(PIECE)
    for (let at = 0; ; ) {
      const { bytesRead } = await source(buffer, at)
      if (bytesRead === 0) return
      let written = 0
      while (written < bytesRead) {
        const { bytesWritten } = await target.write(buffer, written, bytesRead - written, at + written)
        written += bytesWritten // fewer than asked for when the disk is nearly full: the next time fails
      }
      at += bytesRead
    }
  } finally {
    await target.close()
  }
}
