import type { DeliveryEffect } from '../fault.js'

/** A pending delivery. Deliveries of one lane are sent in order, one at a time; lanes do not wait for each other. */
export interface QueuedDelivery {
  id: number
  /** The CallID of its call. */
  lane: string
  /** The receiver: `http://host:port`. */
  origin: string
  /** The fault to inject. */
  fault?: DeliveryEffect | undefined
  /** Whether it is sent again by a `duplicate` fault. */
  isCopy?: boolean
}

/** The limits of deliveries in flight. */
export interface InFlightLimits {
  total: number
  perOrigin: number
  /** The part of the total that is reserved for origins with nothing in flight. */
  reserved: number
}

/** The limits of a sandbox. @source call-events.md §3 */
export const IN_FLIGHT_LIMITS: InFlightLimits = { total: 64, perOrigin: 8, reserved: 16 }

/** Orders pending deliveries, and limits those in flight. */
export interface DeliveryQueue {
  add(queued: QueuedDelivery): void
  /** Removes and returns the deliveries that may be sent now; they are in flight from then on. */
  take(): QueuedDelivery[]
  /** Ends a delivery that was in flight, which makes room for others. */
  done(queued: QueuedDelivery): void
  /** Returns a delivery that was taken to the head of its lane. */
  giveBack(queued: QueuedDelivery): void
  /**
   * Returns a delivery that was taken, and suspends its lane; other lanes continue.
   * @returns a function that resumes the lane
   */
  park(queued: QueuedDelivery): () => void
  /** The number of deliveries that are pending or in flight. */
  size(): number
}

interface Lane {
  pending: QueuedDelivery[]
  /** Whether the lane is suspended, or one of its deliveries is in flight. */
  isBusy: boolean
}

interface Origin {
  inFlight: number
  lanes: Map<string, Lane>
  /** The lanes whose first delivery may be sent. */
  ready: Lane[]
}

/**
 * Deliveries of one call to one origin are sent in order, each after the one before it was answered. Origins take
 * turns, and one that hangs delays only itself.
 * @assumed 0017
 */
export function createDeliveryQueue({ total, perOrigin, reserved }: InFlightLimits = IN_FLIGHT_LIMITS): DeliveryQueue {
  const origins = new Map<string, Origin>()
  let inFlight = 0
  let pending = 0

  const originOf = ({ origin: name }: QueuedDelivery): Origin => {
    const origin = origins.get(name) ?? { inFlight: 0, lanes: new Map(), ready: [] }
    origins.set(name, origin)
    return origin
  }
  const laneOf = ({ lanes }: Origin, { lane: name }: QueuedDelivery): Lane => {
    const lane = lanes.get(name) ?? { pending: [], isBusy: false }
    lanes.set(name, lane)
    return lane
  }
  const mayStart = (origin: Origin): boolean =>
    origin.inFlight < perOrigin && inFlight < (origin.inFlight === 0 ? total : total - reserved)

  const start = (origin: Origin): QueuedDelivery | undefined => {
    const lane = mayStart(origin) ? origin.ready.shift() : undefined
    const queued = lane?.pending.shift()
    if (lane === undefined || queued === undefined) return undefined
    lane.isBusy = true
    origin.inFlight++
    inFlight++
    pending--
    return queued
  }

  const free = (queued: QueuedDelivery): { origin: Origin; lane: Lane } => {
    const origin = originOf(queued)
    const lane = laneOf(origin, queued)
    lane.isBusy = false
    origin.inFlight--
    inFlight--
    return { origin, lane }
  }

  return {
    add(queued) {
      const origin = originOf(queued)
      const lane = laneOf(origin, queued)
      lane.pending.push(queued)
      pending++
      if (!lane.isBusy && lane.pending.length === 1) origin.ready.push(lane)
    },
    take() {
      const taken: QueuedDelivery[] = []
      for (let before = -1; before < taken.length && pending > 0; ) {
        before = taken.length
        for (const [name, origin] of [...origins]) {
          const queued = start(origin)
          if (queued === undefined) continue
          taken.push(queued)
          origins.delete(name) // moves to the end: origins take turns
          origins.set(name, origin)
        }
      }
      return taken
    },
    done(queued) {
      const { origin, lane } = free(queued)
      if (lane.pending.length > 0) return void origin.ready.push(lane)
      origin.lanes.delete(queued.lane)
      if (origin.lanes.size === 0) origins.delete(queued.origin)
    },
    giveBack(queued) {
      const { origin, lane } = free(queued)
      lane.pending.unshift(queued)
      pending++
      origin.ready.unshift(lane)
    },
    park(queued) {
      const { origin, lane } = free(queued)
      lane.isBusy = true
      lane.pending.unshift(queued)
      pending++
      return () => {
        lane.isBusy = false
        origin.ready.push(lane)
      }
    },
    size: () => pending + inFlight
  }
}

/** The next copy of a delivery with a `duplicate` fault; undefined when no copy is left. */
export function copyOf(queued: QueuedDelivery): QueuedDelivery | undefined {
  if (queued.fault?.kind !== 'duplicate') return undefined
  const left = queued.fault.times - 1
  return { ...queued, isCopy: true, fault: left > 0 ? { kind: 'duplicate', times: left } : undefined }
}
