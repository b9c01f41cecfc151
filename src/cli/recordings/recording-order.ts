import { closeSync, openSync, readSync, realpathSync } from 'node:fs'
import { readStart } from '../../domain/recordings/line.js'
import { OptionsInvalid } from '../options.js'

/** Bytes of a first line, at most: it has no more than the address of a PBX. */
const MAX_START = 64 * 1024

/**
 * Recordings in the order in which they are read: those of exchanges first, each kind by its time. Then the phone call
 * events are known that webhooks belong to. A file without a readable first line comes last.
 * @throws OptionsInvalid when a file cannot be opened, or is named twice
 */
export function orderRecordings(files: readonly string[]): string[] {
  const seen = new Set<string>()
  const ranked = files.map(file => {
    const start = readStart(firstLineOf(file).replace(/^\uFEFF/, ''))
    const path = realpathSync(file)
    if (seen.has(path)) throw new OptionsInvalid([`${file}: the recording is named twice. Name it once.`])
    seen.add(path)
    const isReadable = !('problem' in start)
    return { file, rank: !isReadable ? 2 : start.upstream === undefined ? 1 : 0, at: isReadable ? start.at : '' }
  })
  return ranked
    .sort((one, other) => one.rank - other.rank || (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .map(({ file }) => file)
}

function firstLineOf(file: string): string {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const bytes = Buffer.alloc(MAX_START)
    const text = bytes.subarray(0, readSync(descriptor, bytes)).toString()
    return text.split('\n', 1)[0] ?? ''
  } catch (error) {
    throw new OptionsInvalid([`${file}: the file cannot be read (${Reflect.get(Object(error), 'code')}).`])
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
