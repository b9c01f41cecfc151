import { type BigIntStats, readFileSync, statSync } from 'node:fs'

/** The resolution of file times that is counted with, in milliseconds: that of FAT. */
const TIME_RESOLUTION_MS = 2_000

/**
 * Makes a reader of files that returns the same bytes object while the content of a file is the same.
 * A file with an unchanged size and unchanged times is not read again, unless they are as recent as a change that they
 * could not show. Pipes and devices are read once.
 * @param now the time by the machine's clock, in milliseconds
 */
export function createFileContents(now = () => Date.now()): (path: string) => Uint8Array {
  const known = new Map<string, { bytes: Buffer; stat: BigIntStats; isSettled: boolean }>()
  return path => {
    const stat = statSync(path, { bigint: true })
    const kept = known.get(path)
    if (kept && (!stat.isFile() || (kept.isSettled && isSame(kept.stat, stat)))) return kept.bytes
    const isSettled = now() - Number(stat.ctimeMs) > TIME_RESOLUTION_MS
    const bytes = readFileSync(path)
    const next = kept?.bytes.equals(bytes) ? kept.bytes : bytes
    known.set(path, { bytes: next, stat, isSettled })
    return next
  }
}

const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs && one.ino === other.ino
