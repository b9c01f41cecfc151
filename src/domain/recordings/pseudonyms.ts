import { createKnownTexts } from './known-texts.js'
import { CLOSE, decodeLeniently, MARKED, OPEN, spellingsOf } from './spelling.js'

/** What a secret is: the first part of its pseudonym. @assumed 0027 */
export type SecretKind = 'token' | 'refresh' | 'code' | 'secret' | 'session' | 'xsrf' | 'cookie' | 'value'

/** The pseudonyms of one recording. They count up by kind in the order of appearance, and exist in memory only. */
export interface Pseudonyms {
  /**
   * The pseudonym of a secret, between marks. A secret has one pseudonym, whatever its kind and its percent-encoding.
   * @param decoded the secret itself, where `sent` is a spelling of it that percent-decoding does not give
   */
  replace(sent: string, kind: SecretKind, decoded?: string): string
  /** Adds a spelling of a text that has been replaced. @param replacement with marks */
  alias(spelling: string, replacement: string): void
  /**
   * Replaces every secret that was seen before, wherever it stands in a text, and removes the marks.
   * @param isCut whether the text goes on: its end may then be the start of a secret
   */
  finish(text: string, isCut?: boolean): string
}

/** Creates the pseudonyms of a recording. */
export function createPseudonyms(): Pseudonyms {
  const names = new Map<string, string>()
  const issued = new Set<string>()
  const counts = new Map<SecretKind, number>()
  const known = createKnownTexts()

  const nameOf = (secret: string, kind: SecretKind): string => {
    const earlier = names.get(secret)
    if (earlier !== undefined) return earlier
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    const name = `${kind}-${count}`
    names.set(secret, name)
    issued.add(name)
    return name
  }
  const unmark = (text: string): string => text.replace(MARKED, (all, name: string) => (issued.has(name) ? name : all))

  return {
    replace(sent, kind, decoded) {
      if (sent === '' || (sent.startsWith(OPEN) && issued.has(withoutMarks(sent)) && isMarked(sent))) return sent
      const plain = withoutMarks(sent)
      const secret = decodeLeniently(withoutMarks(decoded ?? sent))
      const marked = `${OPEN}${nameOf(secret, kind)}${CLOSE}`
      for (const spelling of new Set([plain, secret, ...spellingsOf(secret)])) known.add(spelling, marked)
      return marked
    },

    alias: (spelling, replacement) => known.add(spelling, replacement),

    finish(text, isCut = false) {
      const spans = splitMarked(text, issued)
      const last = spans.length - 1
      return spans
        .map((span, at) => (at % 2 === 1 ? span.slice(1, -1) : unmark(known.replaceIn(span, isCut && at === last))))
        .join('')
    }
  }
}

const withoutMarks = (text: string): string => text.replaceAll(OPEN, '').replaceAll(CLOSE, '')

const isMarked = (text: string): boolean => text === `${OPEN}${withoutMarks(text)}${CLOSE}`

/** Text and pseudonyms in turn. */
function splitMarked(text: string, issued: ReadonlySet<string>): string[] {
  if (!text.includes(OPEN)) return [text]
  const spans: string[] = []
  let from = 0
  for (const match of text.matchAll(MARKED)) {
    if (!issued.has(match[1] ?? '')) continue
    spans.push(text.slice(from, match.index), match[0])
    from = match.index + match[0].length
  }
  return [...spans, text.slice(from)]
}
