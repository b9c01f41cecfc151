import {
  COUNT,
  FILTER_OPS,
  type FilterOp,
  type Listing,
  SORT_ORDERS,
  type SortOrder,
  START_INDEX
} from '../schema/listing.js'
import { UapiError, type UapiErrorCode } from './errors/uapi.js'

/** A query as it was sent: the values are strings, several for a repeated parameter. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** The members of a resource that a list can be filtered by, and those that `fields` may name. */
export interface ListingRules<By extends string, Field extends string> {
  filterFields: readonly By[]
  fields: readonly Field[]
  /** Whether the list has `sortOrder`. */
  isSorted: boolean
}

/**
 * Parses the query of List. Parameters are checked in the order of the contract's table; unknown ones are ignored.
 * @throws UapiError `count_invalid`, `startindex_invalid`, `filterby_invalid`, `filterop_invalid`,
 * `filtervalue_invalid`, `fields_invalid`, `sortorder_invalid`
 * @source contract §3
 */
export function parseListing<By extends string, Field extends string>(
  query: Query,
  { filterFields, fields: known, isSorted }: ListingRules<By, Field>
): Listing<By, Field> {
  const count = integer(query, 'count', COUNT, 'count_invalid') ?? COUNT.default
  const startIndex = integer(query, 'startIndex', START_INDEX, 'startindex_invalid') ?? START_INDEX.default
  const by = oneOf<By>(query, 'filterBy', filterFields, 'filterby_invalid')
  const op = oneOf<FilterOp>(query, 'filterOp', FILTER_OPS, 'filterop_invalid', { anyCase: true }) ?? 'equals'
  const filter = by && { by, op, value: filterValue(query, op) }
  const fields = parseFields(query, known)
  const order = isSorted ? sortOrder(query) : 'asc'
  return { count, startIndex, order, ...(filter && { filter }), ...(fields && { fields }) }
}

/** Whether a text passes a filter. Stores do the same in SQL. @source contract §3: compared literally, case-sensitive */
export function passesFilter(
  text: string,
  { op, value }: Pick<NonNullable<Listing['filter']>, 'op' | 'value'>
): boolean {
  switch (op) {
    case 'equals':
      return text === value
    case 'contains':
      return text.includes(value)
    case 'startsWith':
      return text.startsWith(value)
    case 'present':
      return true
  }
}

/** The parameters of a query that an operation does not have and ignores. @param schema its query @source contract §2.4 */
export const ignoredParameters = (query: Query, schema: { properties: object }): string[] =>
  Object.keys(query).filter(name => !Object.hasOwn(schema.properties, name))

/** The parameter of a query that holds an access token. @source contract §5 */
export const TOKEN_PARAMETER = 'accessRequestToken'

/** The value of a parameter that must not be repeated or empty; undefined when it was not sent. @throws UapiError of the code */
export function single(query: Query, name: string, code: UapiErrorCode): string | undefined {
  const sent = query[name]
  if (sent === undefined) return undefined
  if (typeof sent !== 'string') throw new UapiError(code, 'value_repeated')
  if (sent === '') throw new UapiError(code, 'value_empty')
  return sent
}

/** An integer in plain decimal digits within a range; undefined when it was not sent. @throws UapiError of the code */
export function integer(
  query: Query,
  name: string,
  { minimum, maximum }: { minimum: number; maximum: number },
  code: UapiErrorCode
): number | undefined {
  const text = single(query, name, code)
  if (text === undefined) return undefined
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

function parseFields<Field extends string>(query: Query, known: readonly Field[]): Field[] | undefined {
  const sent = query.fields
  if (sent === undefined) return undefined
  const names = (typeof sent === 'string' ? [sent] : sent).flatMap(list => list.split(','))
  for (const name of names) {
    if (name === '') throw new UapiError('fields_invalid', 'value_empty')
    if (name !== '@all' && !known.some(field => field === name))
      throw new UapiError('fields_invalid', 'value_malformed')
  }
  return names.includes('@all') ? undefined : known.filter(field => names.includes(field))
}

function sortOrder(query: Query): SortOrder {
  const names = Object.keys(SORT_ORDERS) as (keyof typeof SORT_ORDERS)[] // a const table has no other keys
  const name = oneOf(query, 'sortOrder', names, 'sortorder_invalid', { anyCase: true })
  return name === undefined ? 'asc' : SORT_ORDERS[name]
}
