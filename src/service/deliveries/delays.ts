import type { QueuedDelivery } from '../../domain/calls/delivery-queue.js'

/** The deliveries that wait for a time of the sandbox's clock, each with its lane. */
export interface Delays {
  /** Adds a delivery. @param resume is called when its time has come */
  add(queued: QueuedDelivery, dueAt: number, resume: () => void): void
  /** When the next one is due, in milliseconds since 1970; undefined when none is. */
  nextDue(): number | undefined
  /** Resumes those that are due, in order. @returns their ids */
  resumeDue(now: number): number[]
  /** When a delivery is due that was added; undefined for others. */
  dueOf(id: number): number | undefined
  /** Whether the lane of a delivery waits. */
  isSuspended(queued: QueuedDelivery): boolean
  clear(): void
}

interface Delayed {
  id: number
  lane: string
  dueAt: number
  resume: () => void
}

/** Keeps delays in memory. After a restart the deliveries, which are pending in the store, are sent without them. */
export function createDelays(): Delays {
  let delayed: Delayed[] = [] // in the order in which they are due
  const lanes = new Set<string>()

  return {
    add(queued, dueAt, resume) {
      const place = delayed.findLastIndex(other => other.dueAt <= dueAt) + 1
      const lane = laneOf(queued)
      delayed.splice(place, 0, { id: queued.id, lane, dueAt, resume })
      lanes.add(lane)
    },
    nextDue: () => delayed[0]?.dueAt,
    resumeDue(now) {
      const later = delayed.findIndex(({ dueAt }) => dueAt > now)
      const due = delayed.splice(0, later < 0 ? delayed.length : later)
      for (const { lane, resume } of due) {
        lanes.delete(lane)
        resume()
      }
      return due.map(({ id }) => id)
    },
    dueOf: id => delayed.find(one => one.id === id)?.dueAt,
    isSuspended: queued => lanes.size > 0 && lanes.has(laneOf(queued)),
    clear() {
      delayed = []
      lanes.clear()
    }
  }
}

const laneOf = ({ origin, lane }: QueuedDelivery): string => `${origin} ${lane}`
