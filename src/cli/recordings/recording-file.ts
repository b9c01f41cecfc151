import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../command.js'
import { OptionsInvalid } from '../options.js'

/** A new recording that lines are appended to. */
export interface RecordingFile {
  path: string
  /** Writes a whole line at once. A line that cannot be written is left out, and reported when the first one is. */
  append(line: string): void
  /** Ends the recording. @throws RecordingIncomplete when lines are missing, after it was reported */
  close(): void
}

/** Lines of a recording could not be written. Thrown at the end of the work, so that the process ends with a failure. */
class RecordingIncomplete extends Error {}

/** Runs work that records. @returns the exit code */
export async function exitOfRecording(work: () => Promise<unknown>): Promise<number> {
  try {
    await work()
    return EXIT.ok
  } catch (error) {
    if (error instanceof RecordingIncomplete) return EXIT.failure
    throw error
  }
}

/**
 * Creates a recording in a folder, which is created where it is missing: `exchanges-<UTC time>.jsonl`.
 * @param report a line about a recording that cannot be written any more, or can again
 * @throws OptionsInvalid when it cannot be created
 */
export function createRecordingIn(folder: string, at: Date, report: (line: string) => void): RecordingFile {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const isFile = Reflect.get(Object(error), 'code') === 'EEXIST'
    const why = isFile ? 'it is a file. Name a folder.' : explain(error, 'the folder cannot be created')
    throw new OptionsInvalid([`--out ${folder}: ${why}`])
  }
  const name = `exchanges-${at.toISOString().replace(/[-:]/g, '')}`
  for (let attempt = 1; ; attempt++) {
    const path = join(folder, `${name}${attempt === 1 ? '' : `-${attempt}`}.jsonl`)
    try {
      return create(path, report)
    } catch (error) {
      if (Reflect.get(Object(error), 'code') === 'EEXIST' && attempt < 100) continue
      throw new OptionsInvalid([`--out ${folder}: ${explain(error, 'no file can be created there')}`])
    }
  }
}

/** Creates a recording of this name. @throws OptionsInvalid when it exists or cannot be created */
export function createRecording(path: string, report: (line: string) => void): RecordingFile {
  try {
    return create(path, report)
  } catch (error) {
    throw new OptionsInvalid([`--record ${path}: ${explain(error, 'the file cannot be created')}`])
  }
}

function create(path: string, report: (line: string) => void): RecordingFile {
  const file = openSync(path, 'ax', 0o600)
  let size = 0
  let lost = 0
  let isFailing = false
  return {
    path,
    append(line) {
      const bytes = Buffer.from(line)
      try {
        // One call for the whole line, so that a killed process leaves whole lines.
        for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from)
        size += bytes.length
        if (isFailing) report(`${path} can be written again; ${lost} lines are missing.`)
        isFailing = false
      } catch (error) {
        lost += 1
        removePart(file, size)
        if (!isFailing)
          report(`${path} cannot be written: ${explain(error, 'the write failed')} Requests go on without a recording.`)
        isFailing = true
      }
    },
    close() {
      const isRemoved = fstatSync(file).nlink === 0
      closeSync(file)
      if (isRemoved) report(`${path} was removed while it was written.`)
      if (lost === 0) return
      report(`${lost} lines are missing in ${path}.`)
      throw new RecordingIncomplete()
    }
  }
}

/** Removes the part of a line that was written. */
function removePart(file: number, size: number): void {
  try {
    ftruncateSync(file, size)
  } catch {
    // the file ends with part of a line, and is read up to there
  }
}

/** The reason of an error of the file system, and what to do about it. */
function explain(error: unknown, otherwise: string): string {
  const code = String(Reflect.get(Object(error), 'code'))
  return CAUSES[code] ?? `${otherwise} (${code}).`
}

const CAUSES: Partial<Record<string, string>> = {
  EEXIST: 'it exists already, and is not overwritten. Name another one, or remove it.',
  EISDIR: 'it is a folder. Name a file.',
  ENOTDIR: 'a part of the path is no folder. Name another one.',
  ENOENT: 'its folder does not exist. Create it.',
  EACCES: 'the folder cannot be written by this user. Name another one.',
  EROFS: 'the file system is read-only. Name another one.',
  ENOSPC: 'the disk is full. Free some space.',
  EDQUOT: 'the quota of this user is used up. Free some space.',
  EFBIG: 'the file is as large as it may get. Start a new recording.',
  ENAMETOOLONG: 'the name is too long.'
}
