import type { HeaderValues } from '../schema/calls/delivery.js'

/** The usual spelling of a header name: `WWW-Authenticate` for `www-authenticate`. */
export function canonicalName(name: string): string {
  const key = name.toLowerCase()
  const known = Object.hasOwn(SPELLINGS, key) ? SPELLINGS[key] : undefined
  return known ?? name.replace(/(?<![A-Za-z0-9])[a-z]/g, letter => letter.toUpperCase())
}

/** Names that no rule spells right, and the names of nearly every answer: looking one up takes less time than the rule. */
const SPELLINGS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...['WWW-Authenticate', 'ETag', 'Content-MD5', 'TE', 'DNT'],
    ...['Content-Type', 'Content-Length', 'Connection', 'Keep-Alive', 'Date', 'Cache-Control', 'Location', 'Allow'],
    ...['X-Emulator-Request-Id', 'X-Emulator-Reason']
  ].map(name => [name.toLowerCase(), name])
)

/** Headers by name, as they were sent; the first spelling of a name stands for all. @param raw names and values in turn */
export function headerValues(raw: readonly string[]): HeaderValues {
  const values = new Map<string, [name: string, value: string | string[]]>()
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    const key = name.toLowerCase()
    const earlier = values.get(key)
    if (earlier) earlier[1] = [earlier[1], value].flat()
    else values.set(key, [name, value])
  }
  return Object.fromEntries(values.values())
}

/**
 * The codings of a Content-Encoding other than `identity`, for a message; undefined when there are none.
 * @source RFC 9110 §8.4: a list of tokens
 */
export function foreignCodings(contentEncoding: string): string | undefined {
  const codings = contentEncoding.split(',').map(coding => coding.trim())
  const foreign = codings.filter(coding => coding !== '' && coding.toLowerCase() !== 'identity')
  const printable = foreign.join(', ').replaceAll(/[^\w!#$%&'*+.^`|~, -]/g, '?')
  return foreign.length === 0 ? undefined : printable.slice(0, MAX_PRINTED_CODINGS)
}

const MAX_PRINTED_CODINGS = 64
