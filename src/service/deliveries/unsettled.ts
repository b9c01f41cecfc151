import type { QueuedDelivery } from '../../domain/calls/delivery-queue.js'

/** The deliveries without an outcome, in the order of their tickets. A delivery with copies is settled with its last one. */
export interface Unsettled {
  /** Adds a delivery with its copies. */
  add(queued: QueuedDelivery, copies: number): void
  /** Marks a copy as in flight. */
  begin(id: number): void
  /** Ends a copy in flight, and the delivery with the last one. @param isLast whether waiting copies are discarded */
  end(id: number, isLast: boolean): void
  /** Ends a copy that was not sent, and the delivery with the last one. */
  discard(id: number): void
  /** The number of copies in flight. */
  inFlight(id: number): number
  /** Whether copies wait to be sent. */
  isWaiting(id: number): boolean
  /** The fault that hit a delivery without an outcome; undefined when none did. */
  faultOf(id: number): string | undefined
  /** The ticket of all deliveries that are unsettled now. */
  ticket(): number
  /** Whether all deliveries of a ticket are settled, except those that wait for the sandbox's clock. */
  isSettled(ticket: number): boolean
  clear(): void
}

interface Entry {
  ticket: number
  queued: QueuedDelivery
  /** The number of copies that wait to be sent. */
  waiting: number
  inFlight: number
}

/** @param isSuspended whether the lane of a delivery waits for the sandbox's clock */
export function createUnsettled(isSuspended: (queued: QueuedDelivery) => boolean): Unsettled {
  const entries = new Map<number, Entry>() // in ascending order of tickets
  let lastTicket = 0

  const change = (id: number, by: { waiting?: number; inFlight?: number }, isLast = false) => {
    const entry = entries.get(id)
    if (entry === undefined) return
    entry.waiting += by.waiting ?? 0
    entry.inFlight += by.inFlight ?? 0
    if (entry.inFlight === 0 && (isLast || entry.waiting === 0)) entries.delete(id)
  }

  return {
    add: (queued, copies) =>
      void entries.set(queued.id, { ticket: ++lastTicket, queued, waiting: copies, inFlight: 0 }),
    begin: id => change(id, { waiting: -1, inFlight: 1 }),
    end: (id, isLast) => change(id, { inFlight: -1 }, isLast),
    discard: id => change(id, { waiting: -1 }),
    inFlight: id => entries.get(id)?.inFlight ?? 0,
    isWaiting: id => (entries.get(id)?.waiting ?? 0) > 0,
    faultOf: id => entries.get(id)?.queued.faultId,
    ticket: () => lastTicket,
    isSettled(ticket) {
      for (const entry of entries.values()) {
        if (entry.ticket > ticket) return true
        if (!isSuspended(entry.queued)) return false
      }
      return true
    },
    clear: () => entries.clear()
  }
}
