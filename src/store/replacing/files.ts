import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

// Files with these suffixes are ours: they are removed when the database is opened and closed.
/** The suffix of a file that is to take the place of a database. */
export const NEXT = '-uapi-emulator-next'
/** The suffix of a copy of a database. */
export const COPY = '-uapi-emulator-copy'

/** Removes what an earlier process left behind when it was killed while it wrote a copy or a replacement. */
export function removeReplacements(file: string): void {
  for (const name of [NEXT, COPY]) removeDatabase(file + name)
}

/** Removes a database that is not open, with the files beside it. */
export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-journal']) {
    try {
      rmSync(file + suffix, { force: true })
    } catch {
      // The folder is read-only, or a folder has this name: the file is not ours, and it is never opened.
    }
  }
}

/** Creates an empty file that only its owner can read, in place of one that is there. */
export function createPrivate(path: string): void {
  rmSync(path, { force: true })
  closeSync(openSync(path, 'wx', 0o600))
}

/**
 * Writes a database file that only its owner can read, and waits until it is on the disk.
 * @param bytes are marked as a database with a write-ahead log: marking it as one when it is opened would wait for the disk
 */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  rmSync(path, { force: true })
  bytes.fill(2, 18, 20)
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the new name of a file survive a loss of power. */
export function syncFolder(file: string): void {
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
