import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readEntry, readStart } from '../../domain/recordings/line.js'
import type { RecordingEntry, RecordingStart } from '../../schema/recordings/recording.js'
import { OptionsInvalid } from '../options.js'

/** A line of a recording: which file, which line, and what it has. */
export interface RecordingLine {
  file: string
  line: number
  start: RecordingStart
  entry: RecordingEntry
}

/** The end of what can be read of a file, before its end. */
export interface RecordingProblem {
  file: string
  line: number
  message: string
}

/** Bytes of a line: no line that this program writes is longer. */
export const MAX_LINE = 32 * 1024 * 1024

/**
 * The files of recordings that names stand for: files, and folders with files that end with `.jsonl`.
 * @throws OptionsInvalid when there is no such file, or a folder has none
 */
export function recordingFiles(names: readonly string[]): string[] {
  return names.flatMap(name => {
    try {
      if (!statSync(name).isDirectory()) return [name]
      const files = readdirSync(name).filter(file => file.endsWith('.jsonl'))
      if (files.length === 0) throw new OptionsInvalid([`${name}: the folder has no recording (a file *.jsonl).`])
      return files.sort().map(file => join(name, file))
    } catch (error) {
      if (error instanceof OptionsInvalid) throw error
      const isMissing = Reflect.get(Object(error), 'code') === 'ENOENT'
      throw new OptionsInvalid([`${name}: ${isMissing ? 'there is no such file or folder' : 'it cannot be read'}.`])
    }
  })
}

/**
 * Reads recordings line by line, in bounded memory, file after file. A file is read as far as it is whole; what is wrong
 * with its next line is reported.
 * @param report is called with the line that ends a file too early
 */
export async function* readRecordings(
  files: readonly string[],
  report: (problem: RecordingProblem) => void
): AsyncGenerator<RecordingLine> {
  for (const file of files) {
    let start: RecordingStart | undefined
    let line = 0
    for await (const { text, isWhole } of linesOf(file)) {
      line += 1
      if (isWhole && text.trim() === '') continue
      const refuse = (message: string) => report({ file, line, message })
      if (!isWhole && text.length >= MAX_LINE) {
        refuse(`is longer than ${MAX_LINE} bytes`)
        break
      }
      const read = start === undefined ? readStart(text.replace(/^\uFEFF/, '')) : readEntry(text)
      if ('problem' in read) {
        refuse(isWhole || line === 1 ? read.problem : 'is cut in the middle')
        break
      }
      if ('recording' in read) start = read
      else if (start !== undefined) yield { file, line, start, entry: read }
    }
    if (line === 0) report({ file, line: 1, message: 'is missing: the file is empty' })
  }
}

/** The lines of a file. The last one is not whole when no line break follows it; neither is one that is too long. */
async function* linesOf(file: string): AsyncGenerator<{ text: string; isWhole: boolean }> {
  let parts: Buffer[] = []
  let bytes = 0
  const chunks: AsyncIterable<Buffer> = createReadStream(file)
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      yield { text: Buffer.concat([...parts, chunk.subarray(from, end)]).toString(), isWhole: true }
      parts = []
      bytes = 0
      from = end + 1
    }
    parts.push(chunk.subarray(from))
    bytes += chunk.length - from
    if (bytes > MAX_LINE) return yield { text: Buffer.concat(parts).toString('latin1'), isWhole: false }
  }
  if (bytes > 0) yield { text: Buffer.concat(parts).toString(), isWhole: false }
}
