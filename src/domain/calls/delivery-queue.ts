import type { DeliveryEffect } from '../fault.js'

/** A delivery that waits: those of one lane go out one after the other, and lanes do not wait for each other. */
export interface Queued {
  id: number
  /** Its call. */
  lane: string
  /** Where it leads: `http://host:port`. */
  origin: string
  /** What is done to it on its way, because a test wants it. */
  fault?: DeliveryEffect | undefined
  /** Whether it was sent before, and a fault sends it once more. */
  isCopy?: boolean
}

/** How many may be in flight at a time. */
export interface InFlightLimits {
  total: number
  perOrigin: number
  /** Of the total, how many are kept for origins that have nothing in flight. */
  reserved: number
}

/** @source call-events.md §3 */
export const IN_FLIGHT_LIMITS: InFlightLimits = { total: 64, perOrigin: 8, reserved: 16 }

/** Decides which delivery goes out next. */
export interface DeliveryQueue {
  add(queued: Queued): void
  /** Those that may go out now; they are in flight from then on. */
  take(): Queued[]
  /** Makes room for others: a delivery that was taken is no longer in flight. */
  done(queued: Queued): void
  /** Puts one that was taken back in its place. */
  giveBack(queued: Queued): void
  /**
   * Puts one that was taken back, and lets its lane wait until it is told to go on. Other lanes do not.
   * @returns what tells it
   */
  park(queued: Queued): () => void
  /** How many wait or are in flight. */
  size(): number
}

interface Lane {
  waiting: Queued[]
  isBusy: boolean
}

interface Origin {
  inFlight: number
  lanes: Map<string, Lane>
  /** The lanes of which one may go out. */
  ready: Lane[]
}

/**
 * Deliveries of one call to one origin go out in their order, each after the one before it was answered. Origins take
 * turns, and one that hangs delays only itself.
 * @assumed 0017
 */
export function createDeliveryQueue({ total, perOrigin, reserved }: InFlightLimits = IN_FLIGHT_LIMITS): DeliveryQueue {
  const origins = new Map<string, Origin>()
  let inFlight = 0
  let waiting = 0

  const originOf = ({ origin: name }: Queued): Origin => {
    const origin = origins.get(name) ?? { inFlight: 0, lanes: new Map(), ready: [] }
    origins.set(name, origin)
    return origin
  }
  const laneOf = ({ lanes }: Origin, { lane: name }: Queued): Lane => {
    const lane = lanes.get(name) ?? { waiting: [], isBusy: false }
    lanes.set(name, lane)
    return lane
  }
  const mayStart = (origin: Origin): boolean =>
    origin.inFlight < perOrigin && inFlight < (origin.inFlight === 0 ? total : total - reserved)

  const start = (origin: Origin): Queued | undefined => {
    const lane = mayStart(origin) ? origin.ready.shift() : undefined
    const queued = lane?.waiting.shift()
    if (lane === undefined || queued === undefined) return undefined
    lane.isBusy = true
    origin.inFlight++
    inFlight++
    waiting--
    return queued
  }

  const free = (queued: Queued): { origin: Origin; lane: Lane } => {
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
      lane.waiting.push(queued)
      waiting++
      if (!lane.isBusy && lane.waiting.length === 1) origin.ready.push(lane)
    },
    take() {
      const taken: Queued[] = []
      for (let before = -1; before < taken.length && waiting > 0; ) {
        before = taken.length
        for (const [name, origin] of [...origins]) {
          const queued = start(origin)
          if (queued === undefined) continue
          taken.push(queued)
          origins.delete(name) // whoever had its turn is asked last
          origins.set(name, origin)
        }
      }
      return taken
    },
    done(queued) {
      const { origin, lane } = free(queued)
      if (lane.waiting.length > 0) return void origin.ready.push(lane)
      origin.lanes.delete(queued.lane)
      if (origin.lanes.size === 0) origins.delete(queued.origin)
    },
    giveBack(queued) {
      const { origin, lane } = free(queued)
      lane.waiting.unshift(queued)
      waiting++
      origin.ready.unshift(lane)
    },
    park(queued) {
      const { origin, lane } = free(queued)
      lane.isBusy = true
      lane.waiting.unshift(queued)
      waiting++
      return () => {
        lane.isBusy = false
        origin.ready.push(lane)
      }
    },
    size: () => waiting + inFlight
  }
}

/** A delivery that a fault sends once more; undefined when it was sent often enough. */
export function copyOf(queued: Queued): Queued | undefined {
  if (queued.fault?.kind !== 'duplicate') return undefined
  const left = queued.fault.times - 1
  return { ...queued, isCopy: true, fault: left > 0 ? { kind: 'duplicate', times: left } : undefined }
}
