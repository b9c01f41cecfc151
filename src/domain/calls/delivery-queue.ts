import { type CallbackOptions, DEFAULT_CALLBACKS } from '../callbacks/options.js'
import type { DeliveryEffect } from '../fault.js'

/** A pending delivery. Deliveries of one lane are sent in order, one at a time; lanes do not wait for each other. */
export interface QueuedDelivery {
  id: number
  /** The CallID of its call; a unique name if the delivery waits for no other one. */
  lane: string
  /** The receiver: `http://host:port`. */
  origin: string
  /** The fault that hit it. */
  faultId?: string | undefined
  /** The effect of the fault that is still to be applied. */
  effect?: DeliveryEffect | undefined
  /** When it may be sent, by the sandbox's clock, in milliseconds since 1970. */
  dueAt?: number | undefined
  /** Whether it is an additional copy, of a `duplicate` fault. */
  isCopy?: boolean
  /** Whether the copies that follow it in its lane, with the same id, are sent at the same time. */
  isTogether?: boolean
}

/** The limits of deliveries in flight. */
export interface InFlightLimits {
  total: number
  perOrigin: number
  /** The part of the total that is reserved for origins with nothing in flight. */
  reserved: number
}

/** How many places are reserved at most. @source call-events.md §4 */
const MAX_RESERVED = 16

/** The limits of a sandbox. A quarter of the total is reserved, at most 16 places: of less than 4, none. @assumed 0017 */
export function inFlightLimits({
  callbackConcurrency: total = DEFAULT_CALLBACKS.callbackConcurrency,
  callbackConcurrencyPerOrigin: perOrigin = DEFAULT_CALLBACKS.callbackConcurrencyPerOrigin
}: Pick<CallbackOptions, 'callbackConcurrency' | 'callbackConcurrencyPerOrigin'> = {}): InFlightLimits {
  return { total, perOrigin, reserved: Math.min(MAX_RESERVED, Math.floor(total / 4)) }
}

/** Orders pending deliveries, and limits those in flight. */
export interface DeliveryQueue {
  add(queued: QueuedDelivery): void
  /** Removes and returns the deliveries that may be sent now; they are in flight from then on. */
  take(): QueuedDelivery[]
  /** Ends a delivery that was in flight, which makes room for others. */
  done(queued: QueuedDelivery): void
  /** Returns a delivery that was taken to the head of its lane. Of several, the last one taken must be returned first. */
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
  /** The number of its deliveries in flight, all of the same id. */
  inFlight: number
  /** Their id. */
  flyingId: number | undefined
  isSuspended: boolean
  /** Whether it is among the ready lanes of its origin. */
  isReady: boolean
}

interface Origin {
  inFlight: number
  lanes: Map<string, Lane>
  /** The lanes whose first delivery may be sent. */
  ready: Lane[]
}

/**
 * Deliveries of one lane to one origin are sent in order, each after the previous one has an outcome. Origins take turns,
 * so that an origin that does not answer delays only itself.
 * @assumed 0017
 */
export function createDeliveryQueue({ total, perOrigin, reserved }: InFlightLimits = inFlightLimits()): DeliveryQueue {
  const origins = new Map<string, Origin>()
  let inFlight = 0
  let pending = 0

  const originOf = ({ origin: name }: QueuedDelivery): Origin => {
    const origin = origins.get(name) ?? { inFlight: 0, lanes: new Map(), ready: [] }
    origins.set(name, origin)
    return origin
  }
  const laneOf = ({ lanes }: Origin, { lane: name }: QueuedDelivery): Lane => {
    const lane = lanes.get(name) ?? {
      pending: [],
      inFlight: 0,
      flyingId: undefined,
      isSuspended: false,
      isReady: false
    }
    lanes.set(name, lane)
    return lane
  }
  const mayStart = (origin: Origin): boolean =>
    origin.inFlight < perOrigin && inFlight < (origin.inFlight === 0 ? total : total - reserved)

  /** Makes a lane ready, if its first delivery may be sent. */
  const offer = ({ ready }: Origin, lane: Lane, place: 'first' | 'last' = 'last') => {
    const [head] = lane.pending
    if (head === undefined || lane.isReady || lane.isSuspended) return
    if (lane.inFlight > 0 && !(head.isTogether && head.id === lane.flyingId)) return
    lane.isReady = true
    if (place === 'first') ready.unshift(lane)
    else ready.push(lane)
  }

  const start = (origin: Origin): QueuedDelivery | undefined => {
    const lane = mayStart(origin) ? origin.ready.shift() : undefined
    const queued = lane?.pending.shift()
    if (lane === undefined || queued === undefined) return undefined
    lane.isReady = false
    lane.inFlight++
    lane.flyingId = queued.id
    origin.inFlight++
    inFlight++
    pending--
    offer(origin, lane)
    return queued
  }

  const free = (queued: QueuedDelivery): { origin: Origin; lane: Lane } => {
    const origin = originOf(queued)
    const lane = laneOf(origin, queued)
    lane.inFlight--
    origin.inFlight--
    inFlight--
    return { origin, lane }
  }

  const freeToHead = (queued: QueuedDelivery): { origin: Origin; lane: Lane } => {
    const freed = free(queued)
    freed.lane.pending.unshift(queued)
    pending++
    return freed
  }

  return {
    add(queued) {
      const origin = originOf(queued)
      const lane = laneOf(origin, queued)
      lane.pending.push(queued)
      pending++
      offer(origin, lane)
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
      if (lane.pending.length > 0 || lane.inFlight > 0) return offer(origin, lane)
      origin.lanes.delete(queued.lane)
      if (origin.lanes.size === 0) origins.delete(queued.origin)
    },
    giveBack(queued) {
      const { origin, lane } = freeToHead(queued)
      offer(origin, lane, 'first')
    },
    park(queued) {
      const { origin, lane } = freeToHead(queued)
      lane.isSuspended = true
      return () => {
        lane.isSuspended = false
        offer(origin, lane)
      }
    },
    size: () => pending + inFlight
  }
}

/** A delivery as it is queued: once, or with the copies that a `duplicate` fault adds. */
export function withCopies({ effect, ...queued }: QueuedDelivery): QueuedDelivery[] {
  if (effect?.kind !== 'duplicate') return [{ ...queued, effect }]
  const each = { ...queued, isTogether: effect.isConcurrent }
  return [each, ...Array.from({ length: effect.times }, () => ({ ...each, isCopy: true }))]
}
