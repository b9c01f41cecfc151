/** Characters that no text has (noncharacters of Unicode): they keep a pseudonym from being taken for a secret. */
export const [OPEN, CLOSE] = ['\uFDD0', '\uFDD1'] as const

/** A pseudonym between its marks. */
export const MARKED = new RegExp(`${OPEN}([a-z]+-\\d+)${CLOSE}`, 'g')

/** A text without its percent-encoding; what is malformed stays as it is. */
export const decodeLeniently = (text: string): string =>
  text.includes('%') ? text.replace(/(?:%[0-9a-f]{2})+/gi, decodeRun) : text

/** The same for a name or value of a form or query, in which `+` is a space. */
export const decodeFormLeniently = (text: string): string => decodeLeniently(text.replaceAll('+', ' '))

/** A text with percent-encoding around its pseudonyms, which stay as they are. */
export function encodeAround(text: string): string {
  let from = 0
  let encoded = ''
  for (const match of text.matchAll(MARKED)) {
    encoded += encode(text.slice(from, match.index)) + match[0]
    from = match.index + match[0].length
  }
  return encoded + encode(text.slice(from))
}

/** The usual spellings of a secret in addresses, forms and HTML, other than itself. */
export function spellingsOf(secret: string): string[] {
  if (/^[\w.~-]*$/.test(secret)) return []
  const encoded = encode(secret)
  const inForm = encoded.replaceAll('%20', '+')
  const inHtml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  return [encoded, inForm, encoded.replace(/%../g, code => code.toLowerCase()), inHtml]
}

/** Percent-encodes a text; one half of a surrogate pair becomes U+FFFD. */
const encode = (text: string): string => encodeURIComponent(text.replace(HALF, '\uFFFD'))

const HALF = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run)
  } catch {
    return run // not UTF-8
  }
}
