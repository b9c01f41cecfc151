import { randomBytes } from 'node:crypto'

/** Returns a new id of a length, of letters and digits. */
export type NewId = (length: number) => string

/** Returns ids that cannot be guessed. */
export const randomId: NewId = length => {
  let id = ''
  while (id.length < length) {
    for (const byte of randomBytes(length * 2 - id.length)) {
      if (byte < UNBIASED && id.length < length) id += ALPHABET[byte % ALPHABET.length]
    }
  }
  return id
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Bytes from here on are skipped: they would make some characters likelier than others. */
const UNBIASED = 256 - (256 % ALPHABET.length)
