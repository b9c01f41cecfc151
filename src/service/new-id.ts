import { randomBytes } from 'node:crypto'

/** A new identity of so many letters and digits. */
export type NewId = (length: number) => string

/** One that nobody can guess. */
export const randomId: NewId = length => {
  let id = ''
  while (id.length < length) {
    for (const byte of randomBytes(length * 2 - id.length)) {
      if (byte < FAIR && id.length < length) id += ALPHABET[byte % ALPHABET.length]
    }
  }
  return id
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Bytes from here on would make some letters likelier than others. */
const FAIR = 256 - (256 % ALPHABET.length)
