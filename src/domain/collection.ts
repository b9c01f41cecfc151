import type { Collection } from '../schema/collection.js'
import { type Listing, START_INDEX } from '../schema/listing.js'
import { type Query, TOKEN_PARAMETER } from './listing.js'

/**
 * A page of entries in its wire form, with the addresses of its neighbours.
 * @param entries those of the page, printed @param url the absolute address of the list, without a query
 * @source page "List › Example Response"; contract §3
 */
export function printCollection<Entry extends object>(
  { listing, total }: { listing: Listing<string, keyof Entry & string>; total: number },
  entries: Entry[],
  url: string,
  query: Query
): Collection<Partial<Entry>> {
  const { startIndex, count, fields } = listing
  const { prev, next } = neighbours(listing, total)
  const paging = {
    ...(prev !== undefined && { prev: pageUrl(url, query, prev) }),
    ...(next !== undefined && { next: pageUrl(url, query, next) })
  }
  return {
    startIndex,
    totalResults: total,
    itemsPerPage: count,
    filtered: true,
    sorted: true,
    ...((prev ?? next) !== undefined && { paging }),
    entry: fields === undefined ? entries : entries.map(entry => pick(entry, fields))
  }
}

/**
 * The start indexes of the previous and the next page, if they exist.
 * @source contract §3: `prev` at max(0, startIndex − count), no `next` beyond startIndex 5,000
 */
function neighbours(
  { count, startIndex }: Pick<Listing, 'count' | 'startIndex'>,
  total: number
): { prev?: number; next?: number } {
  const next = startIndex + count
  return {
    ...(startIndex > 0 && { prev: Math.max(0, startIndex - count) }),
    ...(next < total && next <= START_INDEX.maximum && { next })
  }
}

/** The address of another page: with every parameter of the query but the token, which is a secret. */
function pageUrl(url: string, query: Query, startIndex: number): string {
  const parameters = new URLSearchParams()
  for (const [name, sent] of Object.entries(query)) {
    if (name === TOKEN_PARAMETER || name === 'startIndex' || sent === undefined) continue
    for (const value of typeof sent === 'string' ? [sent] : sent) parameters.append(name, value)
  }
  parameters.set('startIndex', String(startIndex))
  return `${url}?${parameters}`
}

/** The selected members that an entry has. */
function pick<Entry extends object>(entry: Entry, fields: readonly (keyof Entry)[]): Partial<Entry> {
  const picked: Partial<Entry> = {}
  for (const field of fields) if (entry[field] !== undefined) picked[field] = entry[field]
  return picked
}
