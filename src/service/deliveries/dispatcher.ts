import { setTimeout as sleep } from 'node:timers/promises'
import { changeRequest } from '../../domain/calls/change-request.js'
import type { QueuedDelivery } from '../../domain/calls/delivery-queue.js'
import type { WebhookRequest } from '../../schema/calls/delivery.js'
import type { PendingDelivery } from '../../store/deliveries.js'
import type { Store } from '../../store/store.js'
import type { FaultService } from '../faults.js'
import type { WriteBarrier } from '../state/large/write-barrier.js'
import type { SettingsService } from '../state/settings.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import { type Begun, createFlights, type Landed } from './flights.js'
import { attemptOf, INTERRUPTED, type Send, stateOf } from './outcome.js'
import { createSchedule, type LimitsInFlight } from './schedule.js'

/** Sends pending deliveries, and records their outcomes. */
export interface Dispatcher {
  /** Starts sending, beginning with the deliveries that an earlier run left pending. */
  start(): void
  /** Whether any delivery is due or in flight, except those that a fault holds or delays by the sandbox's clock. */
  isBusy(): boolean
  /** A ticket for all deliveries that are pending or in flight now. */
  ticket(): number
  /** Whether each delivery of a ticket has a recorded outcome, or waits for the sandbox's clock. */
  isSettled(ticket: number): boolean
  /** When the next delivery is due that a fault delays by the sandbox's clock, in milliseconds since 1970. */
  nextDue(): number | undefined
  /** When a delivery is due that a fault delays by the sandbox's clock, as long as it is delayed. */
  dueOf(id: number): number | undefined
  /** Sends the delayed deliveries that are due by the sandbox's clock. @returns their ids */
  sendDue(): number[]
  /** The fault that hit a delivery without an outcome. */
  faultOf(id: number): string | undefined
  /** Sends nothing more. Deliveries that are in flight after the grace period are aborted and recorded as interrupted. */
  stop(): Promise<void>
}

/** Dependencies and options of a dispatcher. */
export interface DispatcherOptions {
  store: Store
  settings: Pick<SettingsService, 'current'>
  clock: Clock
  send: Send
  faults: Pick<FaultService, 'applyToDeliveries'>
  eventSource: EventSource
  /** Writes wait while it is active. */
  writeBarrier: Pick<WriteBarrier, 'isActive' | 'whenOver'>
  /** The limits of deliveries in flight. */
  limits: LimitsInFlight
  /** How many settled deliveries are kept. */
  deliveryLogSize: number
  /** How long to wait after a failed commit, in milliseconds. */
  retryDelayMs: number
  /** Called with unexpected errors. */
  report: (error: unknown) => void
}

/** Grace period for deliveries in flight when the emulator stops, in milliseconds. @source call-events.md §4 */
const GRACE_PERIOD = 1_000

/** A delivery that was sent and whose outcome is not recorded yet. */
interface Sent extends Landed {
  /** Whether it has left the queue already, before a commit that failed. */
  isDequeued: boolean
}

/**
 * Subscribes to `pending` and `released`, publishes `delivery`, `settled` and `delayed`. A delivery is marked as sending before its
 * first byte is sent, and its outcome is recorded in one transaction: after a kill at any time the log is correct, and
 * nothing is sent twice. Deliveries that were in flight when an earlier run ended become interrupted, pending ones stay
 * pending.
 */
export function createDispatcher({
  store,
  settings,
  clock,
  send,
  faults,
  eventSource,
  writeBarrier,
  limits,
  deliveryLogSize,
  retryDelayMs,
  report
}: DispatcherOptions): Dispatcher {
  const { deliveries } = store
  const sent: Sent[] = []
  let isSending = false
  let isClosed = false // then the database may be closed, too
  let stopped: Promise<void> | undefined
  let isScheduled = false
  let retry: NodeJS.Timeout | undefined // of a commit that failed

  store.write(() => {
    for (const { id, sentAt } of deliveries.inState('sending')) {
      deliveries.settle(id, 'interrupted', { at: new Date(sentAt ?? 0).toISOString(), ms: null, ...INTERRUPTED })
    }
  })

  const workSoon = () => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => setImmediate(work)) // outcomes of the turn between share the transaction
  }
  const schedule = createSchedule({ settings, clock, eventSource, limits, onReady: workSoon })
  const { unsettled } = schedule
  const onLanded = (one: Landed) => {
    sent.push({ ...one, isDequeued: false })
    workSoon()
  }
  const flights = createFlights({ send, report, onLanded, onRoom: workSoon })

  /** Records outcomes and marks the next deliveries as sending, in one transaction; then sends those. */
  const work = () => {
    if (writeBarrier.isActive()) return writeBarrier.whenOver(work) // it stays scheduled
    isScheduled = false
    if (isClosed || retry !== undefined) return
    const settled = sent.splice(0)
    for (const { queued, isDequeued } of settled) if (!isDequeued) schedule.done(queued)
    const ready = isSending ? schedule.take() : []
    flights.makeRoom(schedule.crowded())
    if (settled.length + ready.length === 0) return
    const claimed = tryCommit(settled, ready)
    if (claimed === undefined) return
    for (const { queued } of settled) unsettled.end(queued.id, !isSending)
    for (const { queued } of claimed) unsettled.begin(queued.id)
    if (claimed.length < ready.length) {
      const isClaimed = new Set(claimed.map(({ queued }) => queued))
      for (const queued of ready) if (!isClaimed.has(queued)) discard(queued)
    }
    for (const { queued } of [...settled, ...claimed]) eventSource.publish('delivery', queued.id)
    for (const { queued, request, outcome } of settled)
      eventSource.publish('settled', { id: queued.id, request, outcome })
    for (const one of claimed) flights.begin(one)
  }

  /** @returns undefined when the commit failed, most likely because the disk is full: all of it is tried again later */
  const tryCommit = (settled: Sent[], ready: QueuedDelivery[]): Begun[] | undefined => {
    try {
      return commit(settled, ready)
    } catch (error) {
      schedule.giveBack(ready)
      sent.push(...settled.map(one => ({ ...one, isDequeued: true })))
      report(error)
      retry = setTimeout(workAgain, retryDelayMs).unref()
      return undefined
    }
  }
  const workAgain = () => {
    clearTimeout(retry)
    retry = undefined
    work()
  }

  const commit = (settled: Sent[], ready: QueuedDelivery[]): Begun[] =>
    store.write(() => {
      const left = new Map<number, number>() // copies in flight after this transaction
      for (const { queued, at, outcome } of settled) {
        const { id } = queued
        const inFlight = (left.get(id) ?? unsettled.inFlight(id)) - 1
        left.set(id, inFlight)
        const isOver = inFlight <= 0 && !(isSending && unsettled.isWaiting(id))
        const state = isOver ? stateOf(outcome) : inFlight > 0 ? 'sending' : 'pending'
        deliveries.settle(id, state, attemptOf(at, outcome, queued))
      }
      deliveries.trim(deliveryLogSize)
      const now = clock()
      const at = now.toISOString()
      return ready.flatMap(queued => {
        const request = claim(queued, now)
        if (request === undefined) return []
        return [{ queued, request, at }]
      })
    })

  /** Marks a delivery as sending, and changes its request if a fault does. @returns undefined when it is not pending any more */
  const claim = ({ id, isCopy = false, effect }: QueuedDelivery, now: Date): WebhookRequest | undefined => {
    const claimed = deliveries.claim(id, now.getTime(), isCopy)
    if (claimed === undefined || effect?.kind !== 'change') return claimed?.request
    const changed = changeRequest(claimed, { parameters: effect.parameters })
    deliveries.rewrite(id, changed.request)
    return changed.request
  }

  /** Drops a delivery that is no longer pending. */
  const discard = (queued: QueuedDelivery) => {
    schedule.done(queued)
    unsettled.discard(queued.id)
    eventSource.publish('delivery', queued.id)
    workSoon()
  }

  const enqueue = (pending: PendingDelivery[]) => {
    if (isSending) schedule.add(pending) // otherwise `start` reads them from the store
  }

  eventSource.subscribe('pending', pending => enqueue(faults.applyToDeliveries(schedule.inOrder(pending))))
  eventSource.subscribe('released', enqueue)
  eventSource.subscribe('stateReplaced', () => {
    schedule.clear()
    sent.length = 0
    flights.replace()
  })

  const finish = async () => {
    isSending = false
    await Promise.race([flights.ended(), sleep(GRACE_PERIOD, undefined, { ref: false })])
    flights.abort()
    await flights.ended()
    workAgain()
    isClosed = true
  }

  return {
    start() {
      if (isSending || stopped !== undefined) return
      isSending = true
      enqueue(schedule.inOrder(deliveries.inState('pending')))
    },
    isBusy: () => !unsettled.isSettled(unsettled.ticket()),
    ticket: unsettled.ticket,
    isSettled: unsettled.isSettled,
    nextDue: schedule.nextDue,
    dueOf: schedule.dueOf,
    sendDue: schedule.sendDue,
    faultOf: unsettled.faultOf,
    stop() {
      stopped ??= finish()
      return stopped
    }
  }
}
