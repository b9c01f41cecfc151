import { closeSync, openSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { storageFailed, storageFull } from '../../domain/errors/storage.js'

/** The space of a database on its disk, and what is done when there is none left. */
export interface DiskSpace {
  /**
   * Runs a transaction again that failed because the disk is full: after a checkpoint, then with the room of the reserve,
   * if it does not enlarge the database, as a reset and a deletion do not.
   * @param again runs the transaction; its `check` is called before the commit
   * @throws StorageError when there is no room, or the file cannot be written; any other error as it is
   */
  recover<T>(error: unknown, again: (check: () => void) => T): T
  /** Gives the reserve back. */
  close(): void
}

/** Sizes in bytes. */
export interface DiskSpaceLimits {
  /** A disk with less room than this is small: the WAL is kept short on it, and a reserve is held. */
  small: number
  /** The reserve: more than twice the WAL. Without one, a WAL that filled the disk could not be checkpointed. */
  reserve: number
  /** The pages of the WAL before a checkpoint, on a small disk. */
  checkpointPages: number
}

const LIMITS: DiskSpaceLimits = { small: 64 * 2 ** 20, reserve: 1.5 * 2 ** 20, checkpointPages: 128 }

/**
 * Reads the free space of the disk once. A WAL is checkpointed into a file that has to grow for it, and gives its own
 * room back only afterwards: a small disk would be full of it for ever.
 * @param file undefined for a database in memory
 */
export function createDiskSpace(
  sql: BetterSqlite3.Database,
  file: string | undefined,
  { small, reserve, checkpointPages }: DiskSpaceLimits = LIMITS
): DiskSpace {
  let held: number | undefined // the descriptor of the reserve, a file without a name

  const keepReserve = (): boolean => {
    held ??= file === undefined ? undefined : reserved(file, reserve)
    return held !== undefined
  }
  const release = () => {
    if (held !== undefined) closeSync(held)
    held = undefined
  }
  const checkpoint = () => {
    try {
      sql.pragma('wal_checkpoint(TRUNCATE)')
    } catch {
      // there is no room for it; the WAL stays
    }
  }
  const keepShort = () => {
    sql.pragma(`wal_autocheckpoint = ${checkpointPages}`)
    return keepReserve()
  }
  const pages = () => Number(sql.pragma('page_count', { simple: true }))

  const retry = <T>(again: (check: () => void) => T): T => {
    release()
    checkpoint()
    if (keepShort()) {
      try {
        return again(() => {})
      } catch (error) {
        if (!isFull(error, file)) throw error
      }
      release()
    }
    const before = pages()
    try {
      return again(() => {
        if (pages() > before) throw new BetterSqlite3.SqliteError('the database would grow', 'SQLITE_FULL')
      })
    } finally {
      checkpoint()
      keepReserve()
    }
  }

  if (file !== undefined && freeOf(file) < small) keepShort()
  return {
    recover(error, again) {
      if (!isFull(error, file)) throw explained(error, file)
      try {
        return retry(again)
      } catch (second) {
        throw isFull(second, file) ? storageFull(file, second) : explained(second, file)
      }
    },
    close: release
  }
}

/** The bytes that may still be written to the disk of a file. */
function freeOf(file: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(file))
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY // not every system can say it
  }
}

/** Takes room on the disk of a file. @returns a descriptor that holds it; undefined when there is not enough */
function reserved(file: string, bytes: number): number | undefined {
  const name = `${file}-uapi-emulator-reserve` // nobody gives a file this name
  let descriptor: number | undefined
  try {
    rmSync(name, { force: true }) // of a process that was killed here
    descriptor = openSync(name, 'wx')
    unlinkSync(name) // so that nothing is left, however the process ends
    const block = Buffer.alloc(2 ** 18)
    for (let written = 0; written < bytes; ) written += writeSync(descriptor, block)
    return descriptor
  } catch {
    if (descriptor !== undefined) closeSync(descriptor)
    return undefined
  }
}

const codeOf = (error: unknown): string => (error instanceof BetterSqlite3.SqliteError ? error.code : '')

/** Whether SQLite failed for want of room: an error of the system may mean that, too. */
const isFull = (error: unknown, file: string | undefined): boolean =>
  codeOf(error) === 'SQLITE_FULL' ||
  (codeOf(error).startsWith('SQLITE_IOERR') && file !== undefined && freeOf(file) < 2 ** 16)

/** An error of the file in words; any other one as it is. */
function explained(error: unknown, file: string | undefined): unknown {
  const code = codeOf(error)
  if (!/^SQLITE_(?:IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|FULL)/.test(code)) return error
  return storageFailed(file, code, error)
}
