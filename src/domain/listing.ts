import type { PhoneCallEventCollection } from '../schema/collection.js'
import {
  COUNT,
  FIELDS,
  FILTER_FIELDS,
  FILTER_OPS,
  type Field,
  type FilterField,
  type FilterOp,
  type Listing,
  ListQuery,
  SORT_ORDERS,
  type SortOrder,
  START_INDEX
} from '../schema/listing.js'
import type { PhoneCallEvent, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { EventAddress } from './addressing.js'
import { UapiError, type UapiErrorCode } from './errors/uapi.js'

/** A query as it was sent: the values are strings, several for a repeated parameter. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Parses the query of List. Parameters are checked in the order of the contract's table; unknown ones are ignored.
 * @throws UapiError `count_invalid`, `startindex_invalid`, `filterby_invalid`, `filterop_invalid`,
 * `filtervalue_invalid`, `fields_invalid`, `sortorder_invalid`
 * @source contract §3
 */
export function parseListing(query: Query): Listing {
  const count = integer(query, 'count', COUNT, 'count_invalid')
  const startIndex = integer(query, 'startIndex', START_INDEX, 'startindex_invalid')
  const by = oneOf<FilterField>(query, 'filterBy', FILTER_FIELDS, 'filterby_invalid')
  const op = oneOf<FilterOp>(query, 'filterOp', FILTER_OPS, 'filterop_invalid', { anyCase: true }) ?? 'equals'
  const filter = by && { by, op, value: filterValue(query, op) }
  const fields = parseFields(query)
  const order = sortOrder(query)
  return { count, startIndex, order, ...(filter && { filter }), ...(fields && { fields }) }
}

/** The parameters of a query that List does not have and ignores. @source contract §2.4 */
export const ignoredParameters = (query: Query): string[] =>
  Object.keys(query).filter(name => !Object.hasOwn(ListQuery.properties, name))

/** The parameter of a query that holds an access token. @source contract §5 */
export const TOKEN_PARAMETER = 'accessRequestToken'

/**
 * The start indexes of the previous and the next page, if they exist.
 * @source contract §3: `prev` at max(0, startIndex − count), no `next` beyond startIndex 5,000
 */
export function neighbours({ count, startIndex }: Listing, total: number): { prev?: number; next?: number } {
  const next = startIndex + count
  return {
    ...(startIndex > 0 && { prev: Math.max(0, startIndex - count) }),
    ...(next < total && next <= START_INDEX.maximum && { next })
  }
}

/** The value of a parameter that must not be repeated or empty. */
function single(query: Query, name: string, code: UapiErrorCode): string | undefined {
  const sent = query[name]
  if (sent === undefined) return undefined
  if (typeof sent !== 'string') throw new UapiError(code, 'value_repeated')
  if (sent === '') throw new UapiError(code, 'value_empty')
  return sent
}

function integer(
  query: Query,
  name: string,
  { minimum, maximum, default: fallback }: { minimum: number; maximum: number; default: number },
  code: UapiErrorCode
): number {
  const text = single(query, name, code)
  if (text === undefined) return fallback
  if (!/^[0-9]+$/.test(text)) throw new UapiError(code, 'value_malformed')
  const number = Number(text)
  if (number < minimum || number > maximum) throw new UapiError(code, 'value_out_of_range')
  return number
}

function oneOf<T extends string>(
  query: Query,
  name: string,
  values: readonly T[],
  code: UapiErrorCode,
  { anyCase = false } = {}
): T | undefined {
  const text = single(query, name, code)
  if (text === undefined) return undefined
  const found = values.find(value => value === text || (anyCase && value.toLowerCase() === text.toLowerCase()))
  if (found === undefined) throw new UapiError(code, 'value_malformed')
  return found
}

function filterValue(query: Query, op: FilterOp): string {
  const sent = query.filterValue
  if (op === 'present' && !Array.isArray(sent)) return ''
  if (sent === undefined) throw new UapiError('filtervalue_invalid', 'value_missing')
  if (typeof sent !== 'string') throw new UapiError('filtervalue_invalid', 'value_repeated')
  return sent
}

function parseFields(query: Query): Field[] | undefined {
  const sent = query.fields
  if (sent === undefined) return undefined
  const names = (typeof sent === 'string' ? [sent] : sent).flatMap(list => list.split(','))
  for (const name of names) {
    if (name === '') throw new UapiError('fields_invalid', 'value_empty')
    if (name !== '@all' && !isField(name)) throw new UapiError('fields_invalid', 'value_malformed')
  }
  return names.includes('@all') ? undefined : FIELDS.filter(field => names.includes(field))
}

const isField = (name: string): name is Field => FIELDS.some(field => field === name)

function sortOrder(query: Query): SortOrder {
  const names = Object.keys(SORT_ORDERS) as (keyof typeof SORT_ORDERS)[] // a const table has no other keys
  const name = oneOf(query, 'sortOrder', names, 'sortorder_invalid', { anyCase: true })
  return name === undefined ? 'asc' : SORT_ORDERS[name]
}

/** The absolute address of a request: scheme and host, and the segments of its path as they were sent. */
export interface AbsoluteAddress extends EventAddress {
  base: string
}

/**
 * A phone call event in its wire form, with its own address.
 * @source page "List › Example Response"
 * @assumed 0007
 */
export function printPhoneCallEvent(
  { type, id, method, note, url, status, modified }: StoredPhoneCallEvent,
  address: AbsoluteAddress
): PhoneCallEvent {
  return { type, id, method, note, url, status, modified, links: { self: `${collectionUrl(address)}/${type}/${id}` } }
}

/** A page of phone call events in its wire form. @source page "List › Example Response"; contract §3 */
export function printCollection(
  { listing, total, page }: { listing: Listing; total: number; page: StoredPhoneCallEvent[] },
  address: AbsoluteAddress,
  query: Query
): PhoneCallEventCollection {
  const { startIndex, count, fields } = listing
  const { prev, next } = neighbours(listing, total)
  const paging = {
    ...(prev !== undefined && { prev: pageUrl(address, query, prev) }),
    ...(next !== undefined && { next: pageUrl(address, query, next) })
  }
  const entries = page.map(event => printPhoneCallEvent(event, address))
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

const collectionUrl = ({ base, userId, extension }: AbsoluteAddress): string =>
  `${base}/uapi/extensions/${userId || '@me'}/${extension}/phoneCallEvents`

/** The address of another page: with every parameter of the query but the token, which is a secret. */
function pageUrl(address: AbsoluteAddress, query: Query, startIndex: number): string {
  const parameters = new URLSearchParams()
  for (const [name, sent] of Object.entries(query)) {
    if (name === TOKEN_PARAMETER || name === 'startIndex' || sent === undefined) continue
    for (const value of typeof sent === 'string' ? [sent] : sent) parameters.append(name, value)
  }
  parameters.set('startIndex', String(startIndex))
  const segments = [address.eventType, address.eventId].filter(Boolean).map(segment => `/${segment}`)
  return `${collectionUrl(address)}${segments.join('')}?${parameters}`
}

const pick = (entry: PhoneCallEvent, fields: NonNullable<Listing['fields']>): Partial<PhoneCallEvent> =>
  Object.fromEntries(fields.map(field => [field, entry[field]]))
