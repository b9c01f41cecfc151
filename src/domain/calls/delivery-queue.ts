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
  /** The first one to each further origin is not counted. */
  total: number
  perOrigin: number
  /** The limit of all, those that are not counted included. */
  most: number
}

/** How many deliveries may be in flight beyond the total, each the first one to its origin. @source control-api.md "Calls and deliveries" */
export const MAX_FIRSTS = 2_500

/** The limits of a sandbox. With a total of less than 4, every delivery is counted. @assumed 0017 */
export function inFlightLimits({
  callbackConcurrency: total = DEFAULT_CALLBACKS.callbackConcurrency,
  callbackConcurrencyPerOrigin: perOrigin = DEFAULT_CALLBACKS.callbackConcurrencyPerOrigin
}: Pick<CallbackOptions, 'callbackConcurrency' | 'callbackConcurrencyPerOrigin'> = {}): InFlightLimits {
  return { total, perOrigin, most: total < 4 ? total : total + MAX_FIRSTS }
}

/** Orders pending deliveries, and limits those in flight. */
export interface DeliveryQueue {
  add(queued: QueuedDelivery): void
  /**
   * Removes and returns deliveries that may be sent now, `limit` at most; they are in flight from then on. When more origins
   * wait than that, the newest ones and the oldest ones take turns.
   */
  take(limit?: number): QueuedDelivery[]
  /** How many origins with nothing in flight wait only because as many deliveries are in flight as may be at all. */
  crowded(): number
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
  /** The origins that it takes turns with; undefined when it cannot be sent to. */
  turns: Set<Origin> | undefined
}

/**
 * Deliveries of one lane to one origin are sent in order, each after the previous one has an outcome. Origins take turns,
 * those with nothing in flight first. The first delivery in flight to an origin does not wait for other origins, so that
 * any number of origins that do not answer delay only themselves.
 * @assumed 0017
 */
export function createDeliveryQueue({ total, perOrigin, most }: InFlightLimits = inFlightLimits()): DeliveryQueue {
  const origins = new Map<string, Origin>()
  const idle = new Set<Origin>() // those with nothing in flight that can be sent to, in turns
  let newest: Origin[] = [] // the same, and others that have been among them: the last one is the newest
  const busy = new Set<Origin>() // the others that can be sent to
  let flying = 0 // origins with anything in flight
  let inFlight = 0
  let pending = 0

  const originOf = ({ origin: name }: QueuedDelivery): Origin => {
    const found = origins.get(name)
    if (found) return found
    const origin = { inFlight: 0, lanes: new Map(), ready: [], turns: undefined }
    origins.set(name, origin)
    return origin
  }
  const laneOf = ({ lanes }: Origin, { lane: name }: QueuedDelivery): Lane => {
    const found = lanes.get(name)
    if (found) return found
    const lane = { pending: [], inFlight: 0, flyingId: undefined, isSuspended: false, isReady: false }
    lanes.set(name, lane)
    return lane
  }

  /** Gives an origin its turn, behind the others, or takes it away. */
  const enlist = (origin: Origin) => {
    const canStart = origin.ready.length > 0 && origin.inFlight < perOrigin
    const turns = !canStart ? undefined : origin.inFlight === 0 ? idle : busy
    if (origin.turns === turns) return
    origin.turns?.delete(origin)
    turns?.add(origin)
    origin.turns = turns
    if (turns !== idle) return
    newest.push(origin)
    if (newest.length > 2 * idle.size + 1_000) newest = [...idle]
  }
  const newestIdle = (): Origin | undefined => {
    let origin = newest.pop()
    while (origin !== undefined && origin.turns !== idle) origin = newest.pop()
    return origin
  }
  /** @param isNewest whether the one of the idle origins is wanted that has waited shortest */
  const next = (isNewest: boolean): Origin | undefined => {
    if (inFlight >= most) return undefined
    const first = isNewest ? newestIdle() : idle.values().next().value
    if (first !== undefined || inFlight - (flying - 1) >= total) return first
    return busy.values().next().value
  }

  /** Makes a lane ready, if its first delivery may be sent. */
  const offer = (origin: Origin, lane: Lane, place: 'first' | 'last' = 'last') => {
    const [head] = lane.pending
    const isFree = lane.inFlight === 0 || (head?.isTogether && head.id === lane.flyingId)
    if (head !== undefined && isFree && !lane.isReady && !lane.isSuspended) {
      lane.isReady = true
      if (place === 'first') origin.ready.unshift(lane)
      else origin.ready.push(lane)
    }
    enlist(origin)
  }

  const start = (origin: Origin): QueuedDelivery | undefined => {
    const lane = origin.ready.shift()
    const queued = lane?.pending.shift()
    if (lane === undefined || queued === undefined) return undefined
    lane.isReady = false
    lane.inFlight++
    lane.flyingId = queued.id
    if (origin.inFlight++ === 0) flying++
    inFlight++
    pending--
    origin.turns?.delete(origin) // its next turn is after those of the others
    origin.turns = undefined
    offer(origin, lane)
    return queued
  }

  const free = (queued: QueuedDelivery): { origin: Origin; lane: Lane } => {
    const origin = originOf(queued)
    const lane = laneOf(origin, queued)
    lane.inFlight--
    if (--origin.inFlight === 0) flying--
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
    take(limit = Number.POSITIVE_INFINITY) {
      const taken: QueuedDelivery[] = []
      const isLong = idle.size > limit // then the last of them have their turn as soon as the first ones
      while (taken.length < limit) {
        const origin = next(isLong && taken.length % 2 === 1)
        const queued = origin && start(origin)
        if (queued === undefined) break
        taken.push(queued)
      }
      return taken
    },
    crowded: () => (inFlight >= most && most > total ? idle.size : 0),
    done(queued) {
      const { origin, lane } = free(queued)
      if (lane.pending.length === 0 && lane.inFlight === 0) origin.lanes.delete(queued.lane)
      if (origin.lanes.size === 0) origins.delete(queued.origin)
      else offer(origin, lane)
    },
    giveBack(queued) {
      const { origin, lane } = freeToHead(queued)
      offer(origin, lane, 'first')
    },
    park(queued) {
      const { origin, lane } = freeToHead(queued)
      lane.isSuspended = true
      enlist(origin)
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
