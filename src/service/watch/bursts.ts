import { inTurn } from '../turns.js'

/** What is handled in one piece of work at most, in the unit of `costOf`: a millisecond or two. */
const COST_PER_PIECE = 2_500

/** So many wait at most: the oldest of more are handled at once. */
const MAX_WAITING = 10_000

/** Items that are handled in the order in which they are added. */
export interface Bursts<Item> {
  /** Handles items at once, unless they are too many or earlier ones wait: then each waits for its turn. */
  add(items: readonly Item[]): void
  /** How many items wait. */
  waiting(): number
  /** Handles those that wait now. */
  flush(): void
  /** Drops those that wait. */
  discard(): void
}

/**
 * Spreads a burst of items over turns of the event loop.
 * @param costOf what handling an item costs now
 */
export function createBursts<Item>(handle: (item: Item) => void, costOf: () => number): Bursts<Item> {
  let waiting: Item[] = []
  let next = 0 // index in those that wait
  let isScheduled = false

  const schedule = () => {
    if (isScheduled) return
    isScheduled = true
    void inTurn(() => {
      isScheduled = false
      handleWaiting(Math.max(1, Math.floor(COST_PER_PIECE / costOf())))
      if (next < waiting.length) schedule()
      else discard()
    })
  }
  const handleWaiting = (count: number) => {
    for (const end = Math.min(next + count, waiting.length); next < end; ) {
      const item = waiting[next++]
      if (item !== undefined) handle(item)
    }
  }
  const discard = () => {
    waiting = []
    next = 0
  }

  return {
    add(items) {
      if (next >= waiting.length && items.length * costOf() <= COST_PER_PIECE) {
        for (const item of items) handle(item)
        return
      }
      waiting = next > 0 ? waiting.slice(next).concat(items) : waiting.concat(items)
      next = 0
      if (waiting.length > MAX_WAITING) handleWaiting(waiting.length - MAX_WAITING)
      schedule()
    },
    waiting: () => waiting.length - next,
    flush: () => handleWaiting(waiting.length),
    discard
  }
}
