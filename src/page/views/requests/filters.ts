import type { JournalEntry } from '../../../schema/journal.js'

/** The filters of the API, by the names that they have in its query and in the address of the page. */
export const FILTERS = [
  'method',
  'operation',
  'status',
  'user',
  'extension',
  'type',
  'eventId',
  'path',
  'unmatched'
] as const

/** The name of a filter. */
export type FilterName = (typeof FILTERS)[number]

/** Filters as texts, as in a query. */
export type Filters = { [Name in FilterName]?: string }

/** The filters in a query, in their order. */
export const filtersIn = (query: Readonly<Record<string, string>>): Filters =>
  Object.fromEntries(FILTERS.flatMap(name => (query[name] ? [[name, query[name]]] : [])))

/**
 * Whether a request passes filters, with the meaning that they have in the API, and contains a text.
 * @param text compared without regard to case with everything that was sent and answered
 * @source control-api.md "Watching and verifying"
 */
export function createFilter(filters: Filters, text = ''): (entry: JournalEntry) => boolean {
  const { path, unmatched, ...equal } = filters
  const pairs = Object.entries(equal)
  const pattern = path && decodePercent(path)
  const search = text === '' ? undefined : new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i')
  return entry =>
    pairs.every(([name, value]) => String(Reflect.get(entry, name)) === value) &&
    (unmatched === undefined || String(entry.unmatched ?? false) === unmatched) &&
    (pattern === undefined || matchesPath(pathOf(entry), pattern)) &&
    (search === undefined || textsOf(entry).some(one => search.test(one)))
}

function matchesPath(path: string, pattern: string): boolean {
  const sent = decodePercent(path)
  return sent === pattern || (pattern.endsWith('*') && sent.startsWith(pattern.slice(0, -1)))
}

/** The path of a request without its query, and without the origin that a proxy's request has. */
export function pathOf({ path }: Pick<JournalEntry, 'path'>): string {
  const [, absolute] = /^https?:\/\/[^/?#]*([^?]*)/i.exec(path) ?? []
  return absolute === undefined ? path.replace(/\?.*$/s, '') : absolute || '/'
}

/** The parameters of the query of a request, decoded. */
export function queryOf({ path }: Pick<JournalEntry, 'path'>): [name: string, value: string][] {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(path) ?? []
  return [...new URLSearchParams(query)]
}

/** A text without its percent-encoding; unchanged when it is malformed, as in the API. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const textsOf = (entry: JournalEntry): string[] => [
  `${entry.method} ${entry.path}`,
  decodePercent(entry.path),
  entry.request.body,
  entry.response.body,
  ...[entry.id, entry.user, entry.operation, entry.extension, entry.eventId, entry.reason, entry.hint].flatMap(
    text => text ?? []
  ),
  ...[entry.request, entry.response].flatMap(({ headers }) =>
    Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  )
]
