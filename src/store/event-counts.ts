import type { EventType } from '../schema/event-type.js'
import type { Database } from './database.js'

/** The events of an extension, or those of one type. */
interface Counted {
  user: string
  extension: string
  type?: EventType
}

/** How many counts are cached. */
const SIZE = 10_000

/**
 * The number of events of extensions. Counted once and cached: counting a million takes as long as two thousand pages.
 */
export function createEventCounts({ sql, onRollback }: Database) {
  const COUNT = 'SELECT count(*) AS total FROM phone_call_events WHERE user = @user AND extension = @extension'
  const ofExtension = sql.prepare<[Counted], { total: number }>(COUNT)
  const ofType = sql.prepare<[Counted], { total: number }>(`${COUNT} AND type = @type`)

  const cached = new Map<string, number>()
  // An extension has one owner, so the user is not part of the key.
  const keyOf = (extension: string, type: EventType | undefined) =>
    type === undefined ? extension : `${extension} ${type}`

  const load = (counted: Counted): number => {
    const total = (counted.type === undefined ? ofExtension : ofType).get(counted)?.total ?? 0
    if (cached.size >= SIZE) cached.clear()
    cached.set(keyOf(counted.extension, counted.type), total)
    return total
  }
  const change = (key: string, by: number) => {
    const count = cached.get(key)
    if (count !== undefined) cached.set(key, count + by)
  }
  const invalidate = () => cached.clear()
  onRollback(invalidate)

  return {
    of: (counted: Counted): number => cached.get(keyOf(counted.extension, counted.type)) ?? load(counted),
    /** Adds to the counts of a type and its extension; `by` is negative for deleted events. */
    change({ extension, type }: Required<Counted>, by: number): void {
      change(keyOf(extension, undefined), by)
      change(keyOf(extension, type), by)
    },
    /** Empties the cache, after the events of any extension may have changed. */
    invalidate
  }
}
