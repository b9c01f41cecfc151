import { decodeLeniently, encodeAround } from './spelling.js'

/** Texts that are searched for in other texts, each with its replacement. Finding them does not depend on their number. */
export interface KnownTexts {
  add(text: string, replacement: string): void
  /** @param isCut whether the text goes on: its end may then be the start of a known one */
  replaceIn(text: string, isCut?: boolean): string
}

/** From this length on, in characters, a text is found inside words, too. @assumed 0027 */
const LONG = 8

/** The least length of a text that is found at all: it needs a letter and a digit, and stands between other characters. */
const SHORT = 6

/** How often percent-encoding is removed to find a text. */
const MAX_DEPTH = 4

/** Characters by which texts are looked up. */
const PREFIX = 4

/** Creates an empty collection. */
export function createKnownTexts(): KnownTexts {
  const byPrefix = new Map<string, [text: string, replacement: string][]>()
  const seen = new Set<string>()
  const filter = new Uint8Array(1 << 16) // whether a text starts with such two characters

  const add = (text: string, replacement: string): void => {
    const isFound = text.length >= LONG || (text.length >= SHORT && /[a-z]/i.test(text) && /\d/.test(text))
    if (!isFound || seen.has(text)) return
    seen.add(text)
    const prefix = text.slice(0, PREFIX)
    const others = byPrefix.get(prefix) ?? []
    others.splice(placeOf(text.length, others), 0, [text, replacement])
    byPrefix.set(prefix, others)
    filter[hash(text, 0)] = 1
  }

  const findAt = (text: string, at: number): [text: string, replacement: string] | undefined =>
    byPrefix
      .get(text.slice(at, at + PREFIX))
      ?.find(([known]) => text.startsWith(known, at) && (known.length >= LONG || isApart(text, at, known.length)))

  const replacePlain = (text: string): string => {
    let replaced = ''
    let from = 0
    for (let at = 0; at + SHORT <= text.length; at++) {
      if (filter[hash(text, at)] === 0) continue
      const found = findAt(text, at)
      if (found === undefined) continue
      replaced += text.slice(from, at) + found[1]
      at += found[0].length - 1
      from = at + 1
    }
    return from === 0 ? text : replaced + text.slice(from)
  }

  const replaceEncoded = (text: string, depth: number): string => {
    const plain = replacePlain(text)
    if (!plain.includes('%') || depth === MAX_DEPTH) return plain
    return plain.replace(RUN, run => {
      const decoded = decodeLeniently(run)
      if (decoded === run) return run
      const replaced = replaceEncoded(decoded, depth + 1)
      return replaced === decoded ? run : encodeAround(replaced)
    })
  }

  /** The end of a cut text may be the start of a known one. */
  const replaceEnd = (text: string): string => {
    for (const [known, replacement] of [...byPrefix.values()].flat()) {
      for (let length = known.length - 1; length >= SHORT; length--)
        if (text.endsWith(known.slice(0, length))) return text.slice(0, -length) + replacement
    }
    return text
  }

  return {
    add,
    replaceIn(text, isCut = false) {
      if (seen.size === 0) return text
      const replaced = replaceEncoded(text, 0)
      return isCut ? replaceEnd(replaced) : replaced
    }
  }
}

/** Characters of which an encoded text consists. */
const RUN = /[\w.~!*'()+%-]+/g

/** Where a text of a length stands among others, the longest of which is first. */
function placeOf(length: number, others: readonly [text: string, replacement: string][]): number {
  let [from, to] = [0, others.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((others[middle]?.[0].length ?? 0) >= length) from = middle + 1
    else to = middle
  }
  return from
}

const hash = (text: string, at: number): number => ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff

const isApart = (text: string, at: number, length: number): boolean =>
  !/[\w.-]/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + length] ?? ' ')
