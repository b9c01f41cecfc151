import { chmodSync, chownSync, realpathSync, renameSync, type Stats, statSync } from 'node:fs'
import type { Database as Sqlite } from 'better-sqlite3'
import { openCopier } from './copier.js'
import { COPY, NEXT, removeDatabase, removeReplacements, syncFolder, writeSynced } from './files.js'

/** A whole database: its bytes, or a file that holds them, with its write-ahead log beside it. */
export type DatabaseImage = { bytes: Uint8Array } | { file: string }

/** Another database could not take the place of the present one, which is as it was. Its cause says why. */
export class NotReplaced extends Error {}

/** The connection of a database, whose place another database can take. */
export interface Connection {
  current(): Sqlite
  /** Differs from an earlier result when something was written in between. */
  changes(): string
  /** The bytes of the database, all at once. */
  image(): Uint8Array
  /** Removes free pages, which an image would include. */
  compact(): void
  /**
   * Copies the database. A file is copied beside the event loop, and may be written to meanwhile: the copy is consistent,
   * and may lack the commits that were made while it was written. Only one copy may be made at a time. @throws NotReplaced
   */
  copy(): Promise<DatabaseImage>
  /** Writes the bytes of another database to a file, where that is needed to replace this one. @throws NotReplaced */
  place(bytes: Uint8Array): Promise<DatabaseImage>
  /**
   * Makes another database take the place of this one. Numbers that are never reused go on from where they were.
   * @throws NotReplaced
   */
  replace(image: DatabaseImage): void
  /** Removes an image that is not used. */
  discard(image: DatabaseImage): void
  close(): void
}

/** How a connection is opened, and what depends on it. */
export interface ConnectionOptions {
  /** The database file; undefined in memory. */
  file: string | undefined
  /** Opens a database, without a check of its pages. */
  open: (source: Buffer | string) => Sqlite
  /** Whether the database is to survive a loss of power. */
  isSynced: boolean
  /** Called after another connection has taken the place of the one before. */
  onChange: () => void
}

/**
 * Creates the connection of a database that another one can take the place of while it is open.
 * @param first an open connection
 * @throws when the path of the file cannot be resolved
 */
export function createConnection(
  first: Sqlite,
  { file: path, open, isSynced, onChange }: ConnectionOptions
): Connection {
  const file = path && realpathSync(path) // a link to the file stays
  if (file !== undefined) removeReplacements(file)
  let sql = first
  let copier = file === undefined ? undefined : openCopier(file)
  let isClosed = false
  let generation = 0
  const use = (next: Sqlite) => {
    sql = next
    if (file !== undefined) copier = openCopier(file)
    generation += 1
    onChange()
  }
  const closeCurrent = () => {
    sql.close()
    copier?.close() // after SQLite, whose locks end with it, and before SQLite opens the file again
    copier = undefined
  }

  const replaceInMemory = (bytes: Uint8Array) => {
    const before = sql
    const next = open(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    continueNumbers(next, numbersOf(before))
    use(next)
    before.close()
  }

  /**
   * A kill at any time leaves the file before or the file after: its write-ahead log is empty when the other file takes
   * its name.
   */
  const replaceFile = (target: string, next: string) => {
    const { mode, nlink, uid, gid } = statOf(target)
    if (nlink > 1) throw new NotReplaced('the file has other names, which would keep the content of before')
    // Against a kill the log needs no sync: the file that it belongs to is replaced at once.
    if (!isSynced) sql.pragma('synchronous = OFF')
    const [checkpoint] = sql.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (!isSynced) sql.pragma('synchronous = NORMAL')
    if (checkpoint?.busy !== 0) throw new NotReplaced('the write-ahead log is in use')
    takeNumbers(next, numbersOf(sql))
    closeCurrent()
    try {
      chownSync(next, uid, gid) // of another user when this is root
      chmodSync(next, mode)
      renameSync(next, target)
      if (isSynced) syncFolder(target)
    } catch (error) {
      use(open(target))
      throw new NotReplaced('the file cannot be renamed', { cause: error })
    }
    use(open(target))
  }

  /** Before the rename: a kill after it must not leave a file whose numbers begin again. */
  const takeNumbers = (next: string, numbers: LastNumber[]) => {
    try {
      const prepared = open(next)
      try {
        continueNumbers(prepared, numbers)
      } finally {
        prepared.close()
      }
    } catch (error) {
      throw new NotReplaced('the file beside it cannot be written', { cause: error })
    }
  }

  return {
    current() {
      if (!sql.open && !isClosed && file !== undefined) use(open(file)) // it could not be opened after it was replaced
      return sql
    },
    changes: () => `${generation} ${sql.prepare('SELECT total_changes()').pluck().get()}`,
    image: () => sql.serialize(),
    compact: () => void sql.exec('VACUUM'),
    async copy() {
      if (file === undefined || copier === undefined) return { bytes: sql.serialize() }
      const copy = `${file}${COPY}`
      try {
        await copier.copyTo(copy, sql)
        return { file: copy }
      } catch (error) {
        if (!isClosed) removeDatabase(copy) // otherwise another emulator may have begun one
        throw new NotReplaced('the file cannot be copied', { cause: error })
      }
    },
    async place(bytes) {
      if (file === undefined) return { bytes }
      const next = `${file}${NEXT}`
      try {
        await writeSynced(next, bytes)
        return { file: next }
      } catch (error) {
        removeDatabase(next)
        throw new NotReplaced('the file beside it cannot be written', { cause: error })
      }
    },
    replace(image) {
      if (file === undefined) return replaceInMemory('bytes' in image ? image.bytes : new Uint8Array())
      if ('file' in image) replaceFile(file, image.file)
    },
    discard(image) {
      if ('file' in image) removeDatabase(image.file)
    },
    close() {
      isClosed = true
      closeCurrent()
      if (file !== undefined) removeReplacements(file)
    }
  }
}

/** The numbers that tables have given to their rows: no later row gets one of them again. */
interface LastNumber {
  name: string
  seq: number
}

const numbersOf = (sql: Sqlite): LastNumber[] =>
  sql.prepare<[], LastNumber>('SELECT name, seq FROM sqlite_sequence').all()

function continueNumbers(sql: Sqlite, numbers: LastNumber[]): void {
  const present = new Map(numbersOf(sql).map(({ name, seq }) => [name, seq]))
  const behind = numbers.filter(({ name, seq }) => seq > (present.get(name) ?? 0))
  if (behind.length === 0) return
  const remove = sql.prepare<[string]>('DELETE FROM sqlite_sequence WHERE name = ?')
  const add = sql.prepare<[LastNumber]>('INSERT INTO sqlite_sequence (name, seq) VALUES (@name, @seq)')
  sql.transaction(() => {
    for (const number of behind) {
      remove.run(number.name)
      add.run(number)
    }
  })()
}

/** @throws NotReplaced when the file is gone */
function statOf(file: string): Stats {
  try {
    return statSync(file)
  } catch (error) {
    throw new NotReplaced('the file is gone', { cause: error })
  }
}
