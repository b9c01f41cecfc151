import type { HeaderValues } from '../schema/delivery.js'

/** `www-authenticate` as `WWW-Authenticate`. */
export function canonicalName(name: string): string {
  let known = names.get(name)
  if (known === undefined) {
    known = IRREGULAR.get(name.toLowerCase()) ?? name.replace(/(?<![A-Za-z0-9])[a-z]/g, letter => letter.toUpperCase())
    // The names are ours and few; were they a request's, this would grow without end.
    names.set(name, known)
  }
  return known
}

const names = new Map<string, string>()

const IRREGULAR = new Map(
  ['WWW-Authenticate', 'ETag', 'Content-MD5', 'TE', 'DNT'].map(name => [name.toLowerCase(), name])
)

/** Headers by name, as they were sent; the first spelling of a name stands for all of them. @param raw names and values in turn */
export function headerValues(raw: readonly string[]): HeaderValues {
  const values = new Map<string, [name: string, value: string | string[]]>()
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    const key = name.toLowerCase()
    const known = values.get(key)
    if (known) known[1] = [known[1], value].flat()
    else values.set(key, [name, value])
  }
  return Object.fromEntries(values.values())
}
