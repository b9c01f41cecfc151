import { type ComparableDelivery, matchesDelivery } from '../../domain/delivery-match.js'
import { createSubsequence, type Subsequence } from '../../domain/subsequence.js'
import type { DeliveryMatch } from '../../schema/calls/delivery.js'
import { type DeliverySelection, isSelection, selectionOf } from '../../store/delivery-selection.js'
import type { WatchDeliveries } from './delivery-watch.js'
import type { DeliveryReads } from './shared-reads.js'
import type { Counting, SequenceCounting } from './verify.js'

/** How many deliveries are read in one turn of the event loop: a few milliseconds. */
const PART = 250

/** The number of matching deliveries now; where not all were compared, there may be more of them. */
export function countMatching(deliveries: DeliveryReads, match: DeliveryMatch): { count: number; isAll: boolean } {
  if (isSelection(match)) return { count: deliveries.count(match), isAll: true }
  const oldest = deliveries.comparables(selectionOf(match), 0, PART)
  const count = oldest.filter(delivery => matchesDelivery(delivery, match)).length
  return { count, isAll: oldest.length < PART }
}

/**
 * Counts matching deliveries while a verification waits. A match that the database can compare is counted there. Any
 * other match is compared with each delivery once and again when it changes, so that the whole log is read only at the
 * start. A delivery that matched and was then dropped from the log still counts.
 */
export function countWhileWaiting(
  deliveries: DeliveryReads,
  match: DeliveryMatch,
  watchDeliveries: WatchDeliveries
): Counting {
  if (isSelection(match)) return { count: () => deliveries.count(match), end: () => {} }
  const watch = watchDeliveries()
  const selection = selectionOf(match)
  const matching = new Set<number>()
  let last = 0
  let changed: number[] = []

  /** Compares a delivery again; later ones have not been read yet. */
  const recheck = (id: number) => {
    const delivery = id <= last ? deliveries.comparable(id) : undefined
    if (delivery === undefined) return
    if (matchesDelivery(delivery, match)) matching.add(id)
    else matching.delete(id)
  }
  const readPart = (): boolean => {
    const more = watch.take()
    if (more === undefined) {
      matching.clear()
      last = 0
    }
    changed = more === undefined ? [] : changed.concat(more)
    for (const id of changed.splice(-PART)) recheck(id)
    if (changed.length > 0) return true
    const newest = deliveries.lastId()
    if (newest === last) return false
    const part = deliveries.comparables(selection, last, PART)
    for (const delivery of part) if (matchesDelivery(delivery, match)) matching.add(delivery.id)
    last = part.length < PART ? newest : (part.at(-1)?.id ?? newest)
    return last < newest
  }

  return {
    readPart,
    readChanges: readPart,
    count() {
      while (readPart()) {}
      return matching.size
    },
    end: watch.end
  }
}

/**
 * Searches for the steps of a sequence, by the ids of deliveries, while a verification waits. Each delivery is compared
 * once, when it is sent, and again only when its state changes and a step names a state. A delivery that has not been
 * sent has no place in the order, and is not compared.
 */
export function searchSequence(
  deliveries: DeliveryReads,
  steps: readonly DeliveryMatch[],
  watchDeliveries: WatchDeliveries
): SequenceCounting<number> {
  const watch = watchDeliveries()
  const selection = commonSelection(steps)
  const canChange = steps.some(({ state }) => state !== undefined)
  /** The ids of the deliveries that were compared, in the order of sending. */
  let order: number[] = []
  let placeOf = new Map<number, number>()
  let search: Subsequence
  /** The deliveries that were sent when the search began, and how many of them were read. */
  let earlier: number[] = []
  let read = 0
  let lastSent = 0
  /** The delivery that was read last: most often the one to be compared. */
  let current: ComparableDelivery | undefined
  /** The ids of deliveries that have changed, and of these the ones that were sent since. */
  let changed: number[] = []
  let later = new Map<number, ComparableDelivery>()

  const matches = (place: number, index: number): boolean => {
    const [id, step] = [order[place], steps[index]]
    if (current?.id !== id) current = id === undefined ? undefined : deliveries.comparable(id)
    return current !== undefined && step !== undefined && matchesDelivery(current, step)
  }
  const append = (delivery: NonNullable<typeof current>) => {
    current = delivery
    if (canChange) placeOf.set(delivery.id, order.length)
    order.push(delivery.id)
    search.append()
  }
  const begin = () => {
    order = []
    placeOf = new Map()
    search = createSubsequence(steps.length, matches)
    earlier = deliveries.sentIds(selection)
    read = 0
    lastSent = deliveries.lastSent()
    changed = []
    later = new Map()
  }
  const readEarlier = () => {
    for (const end = Math.min(read + PART, earlier.length); read < end; read++) {
      const delivery = deliveries.comparable(earlier[read] ?? 0)
      if (delivery !== undefined) append(delivery)
    }
  }
  const recheck = (id: number) => {
    current = deliveries.comparable(id)
    if (current === undefined) return
    const place = placeOf.get(id)
    if (place !== undefined) search.recheck(place)
    if ((current.sent ?? 0) > lastSent) later.set(id, current)
  }
  /** Appends what was sent since: in order, as soon as nothing has changed that was not read. */
  const appendLater = () => {
    for (const delivery of [...later.values()].sort((one, other) => (one.sent ?? 0) - (other.sent ?? 0)))
      append(delivery)
    later.clear()
    lastSent = deliveries.lastSent()
  }
  const readPart = (): boolean => {
    const more = watch.take()
    if (more === undefined) begin()
    else changed = changed.concat(more)
    readEarlier()
    if (read < earlier.length) return true
    for (const id of changed.splice(-PART)) recheck(id)
    if (changed.length > 0) return true
    appendLater()
    return false
  }

  begin()
  return {
    readPart,
    readChanges: readPart,
    count() {
      while (readPart()) {}
      return search.found()
    },
    found: () => search.places().map(place => order[place] ?? 0),
    end: watch.end
  }
}

/** The conditions that all steps share, except on the state, which changes: only these deliveries have to be read. */
function commonSelection(steps: readonly DeliveryMatch[]): DeliverySelection {
  const [first = {}, ...others] = steps.map(selectionOf)
  const isCommon = ([name, value]: [string, unknown]) =>
    name !== 'state' && others.every(other => Reflect.get(other, name) === value)
  return Object.fromEntries(Object.entries(first).filter(isCommon))
}
