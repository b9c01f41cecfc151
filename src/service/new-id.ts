import { randomBytes } from 'node:crypto'

/**
 * Returns a new id of a length, of letters and digits.
 * @param isTaken whether something has an id already; random ids are never checked, because none comes twice
 */
export type NewId = (length: number, isTaken?: (id: string) => boolean) => string

/** Where the ids of a sandbox come from. */
export interface IdSource {
  newId: NewId
  /** The number from which the CallID of a new call is made. @param seq the number of the call since the database was created */
  newCallNumber: (seq: number) => number
}

/** Returns ids that cannot be guessed. */
export const randomId: NewId = length => spellId(length, missing => takeRandom(length + missing))

/** Random bytes for the next ids: generating many at once takes hardly longer than generating a few. */
let pool = Buffer.alloc(0)
let used = 0
const POOL_BYTES = 4_096

/** @returns that many random bytes, each of which is returned once */
function takeRandom(count: number): Uint8Array {
  if (pool.length - used < count) {
    pool = randomBytes(Math.max(POOL_BYTES, count))
    used = 0
  }
  used += count
  return pool.subarray(used - count, used)
}

/** Spells an id. @param more returns any number of bytes, and is given how many characters are missing */
export function spellId(length: number, more: (missing: number) => Uint8Array): string {
  const id = Buffer.allocUnsafe(length) // V8 keeps a text that grows by single characters as a tree of them
  let spelt = 0
  while (spelt < length) {
    for (const byte of more(length - spelt)) {
      if (byte < UNBIASED && spelt < length) id[spelt++] = ALPHABET.readUInt8(byte % ALPHABET.length)
    }
  }
  return id.toString('latin1')
}

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')

/** Bytes from here on are skipped: they would make some characters likelier than others. */
const UNBIASED = 256 - (256 % ALPHABET.length)
