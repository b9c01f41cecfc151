/**
 * A path of parts, each percent-encoded.
 * @throws TypeError when one is empty: the path would be that of something else
 * @example pathOf('calls', '1479144949.4665265') // '/calls/1479144949.4665265'
 */
export function pathOf(...parts: string[]): string {
  if (parts.includes('')) throw new TypeError('An id is needed here, and an empty text is none.')
  return parts.map(part => `/${encodeURIComponent(part)}`).join('')
}

/** A query of those members that are there, with its question mark; empty when none is. */
export function queryOf(members: object = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? '' : `?${query}`
}
