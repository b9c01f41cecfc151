import { EVENT_TYPES, type EventType } from '../schema/event-type.js'
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
  const ofTypes = sql.prepare<[Counted], { type: EventType; total: number }>(`
    SELECT type, count(*) AS total FROM phone_call_events WHERE user = @user AND extension = @extension GROUP BY type`)

  const cached = new Map<string, number>()
  let version = 0
  // An extension has one owner, so the user is not part of the key.
  const keyOf = (extension: string, type: EventType | undefined) =>
    type === undefined ? extension : `${extension} ${type}`

  /** Counts all types at once: a moment needs the number of its type and of the others. */
  const load = ({ user, extension }: Counted): void => {
    const counts = new Map(ofTypes.all({ user, extension }).map(({ type, total }) => [type, total]))
    if (cached.size >= SIZE) cached.clear()
    let sum = 0
    for (const { code } of EVENT_TYPES) {
      const total = counts.get(code) ?? 0
      cached.set(keyOf(extension, code), total)
      sum += total
    }
    cached.set(keyOf(extension, undefined), sum)
  }
  const change = (key: string, by: number) => {
    const count = cached.get(key)
    if (count !== undefined) cached.set(key, count + by)
  }
  const invalidate = () => {
    version += 1
    cached.clear()
  }
  onRollback(invalidate)

  return {
    of(counted: Counted): number {
      const key = keyOf(counted.extension, counted.type)
      if (!cached.has(key)) load(counted)
      return cached.get(key) ?? 0
    },
    /** Adds to the counts of a type and its extension; `by` is negative for deleted events, 0 for those that have changed. */
    change({ extension, type }: Required<Counted>, by: number): void {
      version += 1
      change(keyOf(extension, undefined), by)
      change(keyOf(extension, type), by)
    },
    /** A number that differs after every change of an event. */
    version: () => version,
    /** Empties the cache, after the events of any extension may have changed. */
    invalidate
  }
}
