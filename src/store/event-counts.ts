import type { EventType } from '../schema/event-type.js'
import type { Database } from './database.js'

/** The events of an extension, or those of one type. */
interface Counted {
  user: string
  extension: string
  type?: EventType
}

/** How many extensions, and types of theirs, are counted along. */
const SIZE = 10_000

/**
 * How many events extensions have. Counted once and kept: to count a million takes as long as two thousand pages of them.
 */
export function createEventCounts({ sql, onRollback }: Database) {
  const COUNT = 'SELECT count(*) AS total FROM phone_call_events WHERE user = @user AND extension = @extension'
  const ofExtension = sql.prepare<[Counted], { total: number }>(COUNT)
  const ofType = sql.prepare<[Counted], { total: number }>(`${COUNT} AND type = @type`)

  const known = new Map<string, number>()
  // An extension has one owner, who is no part of its key.
  const keyOf = (extension: string, type: EventType | undefined) =>
    type === undefined ? extension : `${extension} ${type}`

  const look = (counted: Counted): number => {
    const total = (counted.type === undefined ? ofExtension : ofType).get(counted)?.total ?? 0
    if (known.size >= SIZE) known.clear()
    known.set(keyOf(counted.extension, counted.type), total)
    return total
  }
  const change = (key: string, by: number) => {
    const count = known.get(key)
    if (count !== undefined) known.set(key, count + by)
  }
  const invalidate = () => known.clear()
  onRollback(invalidate)

  return {
    of: (counted: Counted): number => known.get(keyOf(counted.extension, counted.type)) ?? look(counted),
    /** So many events came, or went. */
    change({ extension, type }: Required<Counted>, by: number): void {
      change(keyOf(extension, undefined), by)
      change(keyOf(extension, type), by)
    },
    /** Counts again, after the events of any extension may have become others. */
    invalidate
  }
}
