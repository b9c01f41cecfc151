import type { DeliveryMatch } from '../schema/calls/delivery.js'

/** The columns that can be compared with a text. */
const MATCHED = {
  callId: 'call_id',
  extension: 'extension',
  type: 'type',
  moment: 'name',
  state: 'state',
  eventId: 'event_id',
  method: 'method',
  url: 'url'
} as const satisfies Partial<Record<keyof DeliveryMatch, string>>

/** The part of a match that is compared in the database: texts that are equal. */
export type DeliverySelection = { [Name in keyof typeof MATCHED]?: Exclude<DeliveryMatch[Name], object> }

/** Selects the part of a match that is compared in the database. */
export const selectionOf = (match: DeliveryMatch): DeliverySelection =>
  Object.fromEntries(Object.entries(match).filter(([name, value]) => name in MATCHED && typeof value === 'string'))

/** Whether a match is compared in the database as a whole. */
export const isSelection = (match: DeliveryMatch): match is DeliverySelection =>
  Object.keys(selectionOf(match)).length === Object.values(match).filter(value => value !== undefined).length

/** The condition of the deliveries that a selection names, for WHERE. Its values are bound by name. */
export const conditionOf = (match: DeliverySelection): string =>
  ['1', ...Object.entries(MATCHED).flatMap(([name, column]) => (name in match ? [`${column} = @${name}`] : []))].join(
    ' AND '
  )
