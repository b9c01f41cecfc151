import type { CallbackOptions } from '../../domain/callbacks/options.js'
import {
  createDeliveryQueue,
  inFlightLimits,
  type QueuedDelivery,
  withCopies
} from '../../domain/calls/delivery-queue.js'
import { originOf } from '../../domain/calls/webhook.js'
import { LAST_TIME } from '../../domain/timestamp.js'
import type { PendingDelivery } from '../../store/deliveries.js'
import type { SettingsService } from '../state/settings.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { createDelays } from './delays.js'
import { createUnsettled } from './unsettled.js'

/** The limits of deliveries in flight. */
export type LimitsInFlight = Pick<CallbackOptions, 'callbackConcurrency' | 'callbackConcurrencyPerOrigin'>

/** Which deliveries may be sent now: by their order, the limits in flight, and the delays of faults. */
export type Schedule = ReturnType<typeof createSchedule>

/** Publishes `delayed`. @param onReady called when more deliveries may be ready to be sent */
export function createSchedule({
  settings,
  clock,
  eventSource,
  limits,
  onReady
}: {
  settings: Pick<SettingsService, 'current'>
  clock: Clock
  eventSource: EventSource
  limits: LimitsInFlight
  onReady: () => void
}) {
  let queue = createDeliveryQueue(inFlightLimits(limits))
  const delays = createDelays()
  const unsettled = createUnsettled(delays.isSuspended)

  /** Suspends the lane of a delivery that a fault delays, and frees its place in flight. @returns whether it did */
  const isParked = ({ effect, ...queued }: QueuedDelivery): boolean => {
    const { id, dueAt } = queued
    const isEarly = dueAt !== undefined && dueAt > clock().getTime()
    if (effect?.kind !== 'delay' || (effect.clock === 'sandbox' && !isEarly)) return false
    const resume = queue.park(queued)
    const resumeLane = () => {
      resume()
      onReady()
    }
    if (isEarly) {
      delays.add(queued, dueAt, resumeLane)
      eventSource.publish('delayed', id)
    } else setTimeout(resumeLane, effect.ms).unref()
    onReady() // for the place in flight
    return true
  }

  return {
    unsettled,
    /** Marks deliveries as concurrent if the setting `webhookOrder` says so now, when they become pending. */
    inOrder: (pending: PendingDelivery[]): PendingDelivery[] =>
      settings.current().webhookOrder === 'serial' ? pending : pending.map(one => ({ ...one, isConcurrent: true })),
    add(pending: PendingDelivery[]): void {
      for (const one of pending) {
        const copies = withCopies(queuedOf(one, clock().getTime()))
        for (const queued of copies) queue.add(queued)
        if (copies[0]) unsettled.add(copies[0], copies.length)
      }
      if (pending.length > 0) onReady()
    },
    /** Takes deliveries that may be sent now, the rest in a later turn; they are in flight from then on. */
    take(): QueuedDelivery[] {
      const taken = queue.take(PER_TURN)
      if (taken.length === PER_TURN) onReady()
      return taken.filter(queued => !isParked(queued))
    },
    /** How many receivers wait until a delivery in flight to another one ends. */
    crowded: (): number => queue.crowded(),
    /** Ends a delivery that was in flight, which makes room for others. */
    done: (queued: QueuedDelivery): void => queue.done(queued),
    /** Returns deliveries that were taken together, and not sent. */
    giveBack(taken: QueuedDelivery[]): void {
      for (const queued of taken.toReversed()) queue.giveBack(queued)
    },
    nextDue: delays.nextDue,
    dueOf: delays.dueOf,
    /** Resumes the deliveries that are due by the sandbox's clock. @returns their ids */
    sendDue: (): number[] => delays.resumeDue(clock().getTime()),
    clear(): void {
      queue = createDeliveryQueue(inFlightLimits(limits))
      unsettled.clear()
      delays.clear()
    }
  }
}

/** How many deliveries are taken in one turn of the event loop: opening a connection takes a tenth of a millisecond. */
const PER_TURN = 64

/** A delivery as it is queued. @param now the time of the sandbox's clock, from which a fault delays it */
function queuedOf({ id, callId, url, isConcurrent, fault }: PendingDelivery, now: number): QueuedDelivery {
  const { effect } = fault ?? {}
  const lane = isConcurrent ? `${callId} ${id}` : callId
  const isClocked = effect?.kind === 'delay' && effect.clock === 'sandbox'
  const dueAt = isClocked ? Math.min(now + effect.ms, LAST_TIME) : undefined
  return { id, lane, origin: originOf(url), faultId: fault?.id, effect, dueAt }
}
