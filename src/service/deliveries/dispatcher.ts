import { setTimeout as sleep } from 'node:timers/promises'
import {
  copyOf,
  createDeliveryQueue,
  type DeliveryQueue,
  type QueuedDelivery
} from '../../domain/calls/delivery-queue.js'
import { originOf } from '../../domain/calls/webhook.js'
import type { WebhookRequest } from '../../schema/delivery.js'
import type { Store } from '../../store/store.js'
import type { FaultService, OutgoingDelivery } from '../faults.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { attemptOf, DROPPED_BY_FAULT, INTERRUPTED, type Outcome, type Send, stateOf, UNEXPECTED } from './outcome.js'

/** Sends pending deliveries, and records their outcomes. */
export interface Dispatcher {
  /** Starts sending, beginning with the deliveries that an earlier run left pending. */
  start(): void
  /** Whether any delivery is pending or in flight. Deliveries that a fault holds do not count. */
  isBusy(): boolean
  /** A ticket for all deliveries that are pending or in flight now. */
  ticket(): number
  /** Whether all deliveries of a ticket are settled: their outcome is recorded. */
  isSettled(ticket: number): boolean
  /** Sends nothing more. Deliveries that are in flight after the grace period are aborted and recorded as interrupted. */
  stop(): Promise<void>
}

/** Dependencies and options of a dispatcher. */
export interface DispatcherOptions {
  store: Store
  clock: Clock
  send: Send
  faults: Pick<FaultService, 'applyToDeliveries'>
  eventSource: EventSource
  /** How many settled deliveries are kept. */
  deliveryLogSize: number
  /** How long to wait after a failed commit, in milliseconds. */
  retryDelayMs: number
  /** Called with unexpected errors. */
  report: (error: unknown) => void
}

/** Grace period for deliveries in flight when the emulator stops, in milliseconds. @source call-events.md §3 */
const GRACE_PERIOD = 1_000

interface InFlight {
  queue: DeliveryQueue
  queued: QueuedDelivery
  request: WebhookRequest
  /** When the attempt began, by the sandbox's clock. ISO 8601 */
  at: string
}

/** A delivery that was sent and whose outcome is not recorded yet. */
interface Sent extends InFlight {
  outcome: Outcome
  /** Whether it has left the queue already, before a commit that failed. */
  isDequeued: boolean
}

/**
 * Subscribes to `pending` and `released`, publishes `delivery`. A delivery is marked as sending before its first byte is
 * sent, and its outcome is recorded in one transaction: after a kill at any time the log is true, and nothing is sent
 * twice. Deliveries that were in flight when an earlier run ended become interrupted, pending ones stay pending.
 */
export function createDispatcher({
  store,
  clock,
  send,
  faults,
  eventSource,
  deliveryLogSize,
  retryDelayMs,
  report
}: DispatcherOptions): Dispatcher {
  const { deliveries } = store
  let queue = createDeliveryQueue()
  const inFlight = new Set<Promise<void>>()
  const sent: Sent[] = []
  /** Unsettled deliveries by id, each with its ticket, in ascending order of tickets. */
  const unsettled = new Map<number, number>()
  let lastTicket = 0
  let aborter = new AbortController()
  let isSending = false
  let isClosed = false // then the database may be closed, too
  let stopped: Promise<void> | undefined
  let isScheduled = false

  store.write(() => {
    for (const { id, sentAt } of deliveries.inState('sending')) {
      deliveries.settle(id, 'interrupted', { at: new Date(sentAt ?? 0).toISOString(), ms: null, ...INTERRUPTED })
    }
  })

  const schedule = () => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => setImmediate(work)) // outcomes of the turn between share the transaction
  }

  /** Records outcomes and marks the next deliveries as sending, in one transaction; then sends those. */
  const work = () => {
    isScheduled = false
    if (isClosed) return
    const settled = sent.splice(0)
    for (const one of settled) if (!one.isDequeued) dequeue(one)
    const ready = isSending ? takeReady() : []
    if (settled.length + ready.length === 0) return
    const claimed = tryCommit(settled, ready)
    if (claimed === undefined) return
    for (const { queued } of settled) if (nextCopy(queued) === undefined) unsettled.delete(queued.id)
    for (const queued of ready) if (!claimed.some(one => one.queued === queued)) discard(queued)
    for (const { queued } of [...settled, ...claimed]) eventSource.publish('delivery', queued.id)
    for (const one of claimed) transmit(one)
  }

  /** Frees the place in flight; a delivery that a fault duplicates goes back to the head of its lane. */
  const dequeue = ({ queue, queued }: Sent) => {
    const copy = nextCopy(queued)
    if (copy === undefined) queue.done(queued)
    else queue.giveBack(copy)
  }

  /** The next copy of a delivery that a fault duplicates; none when the emulator stops. */
  const nextCopy = (queued: QueuedDelivery): QueuedDelivery | undefined => (isSending ? copyOf(queued) : undefined)

  /** Takes the deliveries that may be sent now from the queue, and parks those that a fault delays. */
  const takeReady = (): QueuedDelivery[] => {
    const ready: QueuedDelivery[] = []
    for (const queued of queue.take()) {
      if (queued.fault?.kind === 'delay') park(queued, queued.fault.ms)
      else ready.push(queued)
    }
    return ready
  }

  /** Delays a delivery, and with it its lane; its place in flight is free for other lanes. */
  const park = (queued: QueuedDelivery, ms: number) => {
    const resume = queue.park({ ...queued, fault: undefined })
    const sendLater = () => {
      resume()
      schedule()
    }
    setTimeout(sendLater, ms).unref()
    schedule()
  }

  /** @returns undefined when the commit failed, most likely because the disk is full: all of it is tried again later */
  const tryCommit = (settled: Sent[], ready: QueuedDelivery[]): InFlight[] | undefined => {
    try {
      return commit(settled, ready)
    } catch (error) {
      for (const queued of ready) queue.giveBack(queued)
      sent.push(...settled.map(one => ({ ...one, isDequeued: true })))
      report(error)
      isScheduled = true
      setTimeout(work, retryDelayMs)
      return undefined
    }
  }

  const commit = (settled: Sent[], ready: QueuedDelivery[]): InFlight[] =>
    store.write(() => {
      for (const { queued, at, outcome } of settled) {
        deliveries.settle(queued.id, stateOf(outcome), attemptOf(at, outcome, queued.isCopy))
        if (nextCopy(queued)) deliveries.requeue(queued.id)
      }
      deliveries.trim(deliveryLogSize)
      const now = clock()
      return ready.flatMap(queued => {
        const request = deliveries.claim(queued.id, now.getTime())
        return request === undefined ? [] : [{ queue, queued, request, at: now.toISOString() }]
      })
    })

  /** Drops a delivery that is no longer pending. */
  const discard = (queued: QueuedDelivery) => {
    queue.done(queued)
    unsettled.delete(queued.id)
    eventSource.publish('delivery', queued.id)
    schedule()
  }

  const transmit = (one: InFlight) => {
    const outcome =
      one.queued.fault?.kind === 'drop' ? Promise.resolve(DROPPED_BY_FAULT) : send(one.request, aborter.signal)
    const whole = outcome
      .catch(error => {
        report(error)
        return UNEXPECTED
      })
      .then(outcome => {
        inFlight.delete(whole)
        if (one.queue !== queue) return // the state was replaced meanwhile
        sent.push({ ...one, outcome, isDequeued: false })
        schedule()
      })
    inFlight.add(whole)
  }

  const enqueue = (outgoing: OutgoingDelivery[]) => {
    if (!isSending) return // `start` reads them from the store
    for (const { id, callId, url, fault } of outgoing) {
      queue.add({ id, lane: callId, origin: originOf(url), fault })
      unsettled.set(id, ++lastTicket)
    }
    if (outgoing.length > 0) schedule()
  }

  eventSource.subscribe('pending', pending => enqueue(faults.applyToDeliveries(pending)))
  eventSource.subscribe('released', enqueue)
  eventSource.subscribe('stateReplaced', () => {
    queue = createDeliveryQueue()
    unsettled.clear()
    sent.length = 0
    aborter.abort()
    aborter = new AbortController()
  })

  const finish = async () => {
    isSending = false
    if (inFlight.size > 0) await Promise.race([Promise.all(inFlight), sleep(GRACE_PERIOD, undefined, { ref: false })])
    aborter.abort()
    await Promise.all(inFlight)
    work()
    isClosed = true
  }

  return {
    start() {
      if (isSending || stopped !== undefined) return
      isSending = true
      enqueue(deliveries.inState('pending'))
    },
    isBusy: () => unsettled.size > 0,
    ticket: () => lastTicket,
    isSettled(ticket) {
      for (const oldest of unsettled.values()) return oldest > ticket
      return true
    },
    stop() {
      stopped ??= finish()
      return stopped
    }
  }
}
