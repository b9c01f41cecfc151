import type { ComparableDelivery } from '../../domain/delivery-match.js'
import type { DeliveryStore } from '../../store/deliveries.js'
import type { DeliverySelection } from '../../store/delivery-selection.js'
import type { EventSource } from './event-source.js'

/** What verifications read of the delivery log. */
export type DeliveryReads = Pick<
  DeliveryStore,
  'comparable' | 'comparables' | 'newest' | 'lastId' | 'sentIds' | 'lastSent' | 'count'
>

/** How many parts of the log are kept: verifications that began in different turns read different ones. */
const PARTS = 8

/** How many single deliveries are kept. */
const SINGLES = 1_000

/**
 * Reads each part of the delivery log once for all verifications that read it in the same turns, and each delivery that
 * has changed once for all that wait. What was read is kept until it changes, or until `clear`.
 */
export function createSharedReads(
  deliveries: DeliveryReads & Pick<DeliveryStore, 'dropped'>,
  { subscribe }: Pick<EventSource, 'subscribe'>
): DeliveryReads & { clear(): void } {
  const parts = new Map<string, Part>()
  const singles = new Map<number, ComparableDelivery | undefined>()
  const newest = new Map<number, ComparableDelivery[]>()
  let dropped = 0

  const clear = () => {
    parts.clear()
    singles.clear()
    newest.clear()
  }
  const invalidate = (id: number) => {
    singles.delete(id)
    if (newest.size > 0) newest.clear() // an empty map makes a new table, too
    for (const [key, part] of parts) if (id > part.after && id <= part.end) parts.delete(key)
  }
  subscribe('delivery', invalidate)
  subscribe('pending', pending => {
    for (const { id } of pending) invalidate(id)
  })
  subscribe('stateReplaced', clear)

  const readPart = (key: string, match: DeliverySelection, after: number, limit: number): Part => {
    const found = deliveries.comparables(match, after, limit)
    const end = found.length < limit ? Number.POSITIVE_INFINITY : (found.at(-1)?.id ?? after)
    const part = { found, after, end }
    makeRoom(parts, PARTS)
    parts.set(key, part)
    return part
  }

  return {
    ...deliveries,
    comparables(match, after, limit) {
      const droppedNow = deliveries.dropped() // no event tells which ones
      if (droppedNow !== dropped) parts.clear()
      dropped = droppedNow
      const key = JSON.stringify([after, limit, match])
      return (parts.get(key) ?? readPart(key, match, after, limit)).found
    },
    comparable(id) {
      if (singles.has(id)) return singles.get(id)
      makeRoom(singles, SINGLES)
      const found = deliveries.comparable(id)
      singles.set(id, found)
      return found
    },
    newest(limit) {
      const found = newest.get(limit) ?? deliveries.newest(limit)
      newest.set(limit, found)
      return found
    },
    clear
  }
}

/** A part of the log: the deliveries that a selection names with ids after `after`, up to `end`. */
interface Part {
  found: ComparableDelivery[]
  after: number
  end: number
}

/** Removes the oldest entry of a map that is full. */
function makeRoom<Key>(map: Map<Key, unknown>, size: number): void {
  if (map.size < size) return
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
