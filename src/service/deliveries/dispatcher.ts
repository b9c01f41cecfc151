import { setTimeout as sleep } from 'node:timers/promises'
import { copyOf, createDeliveryQueue, type DeliveryQueue, type Queued } from '../../domain/calls/delivery-queue.js'
import { originOf } from '../../domain/calls/webhook.js'
import type { WebhookRequest } from '../../schema/delivery.js'
import type { Store } from '../../store/store.js'
import type { Owed } from '../faults.js'
import type { Clock } from '../time/clock.js'
import type { Changes } from '../watch/changes.js'
import { attemptOf, INTERRUPTED, LOST, type Outcome, type Send, stateOf, UNEXPECTED } from './outcome.js'

/** Sends what is owed, and records what came of it. */
export interface Dispatcher {
  /** Begins to send: first what an earlier run of the emulator left. */
  start(): void
  /** Takes up what has just been committed as owed. */
  take(owed: Owed[]): void
  /** Whether anything is owed or in flight. */
  isBusy(): boolean
  /** Stands for everything that is owed so far. */
  ticket(): number
  /** Whether everything that a ticket stands for has been answered. */
  isAnswered(ticket: number): boolean
  /** Forgets what is owed and ends what is in flight: nothing of it is sent or recorded any more. */
  clear(): void
  /** Sends nothing more, gives what is in flight a second, and then calls it interrupted. */
  stop(): Promise<void>
}

/** What a dispatcher needs. */
export interface DispatcherOptions {
  store: Store
  clock: Clock
  send: Send
  changes: Changes
  /** Is told of which delivery the state was changed. */
  noted: (deliveryId: number) => void
  /** How many deliveries are remembered. */
  logSize: number
  /** Is told of what nobody expected. */
  report: (error: unknown) => void
}

/** How long what is in flight may take when the emulator stops, in milliseconds. @source call-events.md §3 */
const LAST_SECOND = 1_000

/** How long is waited when the database takes nothing, in milliseconds. */
const RETRY = 1_000

interface Flight {
  queue: DeliveryQueue
  queued: Queued
  request: WebhookRequest
  /** When it began, by the sandbox's clock. */
  at: string
}

interface Landed extends Flight {
  outcome: Outcome
}

/**
 * What was in flight when an earlier run ended is interrupted, what was owed stays owed. A delivery is marked before its
 * first byte goes out, and its outcome is recorded in one transaction: after a kill at any moment the log says what may
 * have happened, and nothing is sent twice.
 */
export function createDispatcher({
  store,
  clock,
  send,
  changes,
  noted,
  logSize,
  report
}: DispatcherOptions): Dispatcher {
  const { deliveries } = store
  let queue = createDeliveryQueue()
  const flights = new Set<Promise<void>>()
  const landed: Landed[] = []
  /** The deliveries that are owed or in flight, each with the number of its turn. */
  const open = new Map<number, number>()
  let tickets = 0
  let brake = new AbortController()
  let isSending = false
  let isClosed = false // the database may be, then
  let stopped: Promise<void> | undefined
  let isScheduled = false

  store.write(() => {
    for (const { id, sentAt } of deliveries.inState('sending')) {
      deliveries.settle(id, 'interrupted', { at: new Date(sentAt ?? 0).toISOString(), ms: null, ...INTERRUPTED })
    }
  })

  const takeTurn = () => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => setImmediate(work)) // what lands in the turn between is recorded with it, at the price of one
  }

  /** What has landed is recorded, and what may go out is marked, in one transaction. */
  const work = () => {
    isScheduled = false
    if (isClosed) return
    const recorded = landed.splice(0)
    for (const { queue, queued } of recorded) {
      const copy = nextCopy(queued)
      if (copy === undefined) queue.done(queued)
      else queue.giveBack(copy)
    }
    const taken = isSending ? queue.take().filter(isNotDelayed) : []
    if (recorded.length + taken.length === 0) return
    const begun = tryCommit(recorded, taken)
    if (begun !== undefined) {
      for (const { queued } of recorded) if (nextCopy(queued) === undefined) open.delete(queued.id)
      for (const { queued } of [...recorded, ...begun]) noted(queued.id)
      for (const queued of taken) if (!begun.some(flight => flight.queued === queued)) forget(queued)
      for (const flight of begun) begin(flight)
    }
    changes.notify()
  }

  /** @returns undefined when the disk is full, most likely: what has landed is kept until it can be recorded */
  const tryCommit = (recorded: Landed[], taken: Queued[]): Flight[] | undefined => {
    try {
      return commit(recorded, taken)
    } catch (error) {
      for (const queued of taken) queue.giveBack(queued)
      landed.push(...recorded.map(flight => ({ ...flight, queue: NO_QUEUE })))
      report(error)
      isScheduled = true
      setTimeout(work, RETRY)
      return undefined
    }
  }

  /** What is not owed any more makes room. */
  const forget = (queued: Queued) => {
    queue.done(queued)
    open.delete(queued.id)
    takeTurn()
  }

  /** What a fault has sent once more; not when the emulator stops. */
  const nextCopy = (queued: Queued): Queued | undefined => (isSending ? copyOf(queued) : undefined)

  /** What a fault delays gives its place to others; only its lane waits for it. */
  const isNotDelayed = (queued: Queued): boolean => {
    if (queued.fault?.kind !== 'delay') return true
    const goOn = queue.park({ ...queued, fault: undefined })
    const wake = () => {
      goOn()
      takeTurn()
    }
    setTimeout(wake, queued.fault.ms).unref()
    takeTurn()
    return false
  }

  const commit = (recorded: Landed[], taken: Queued[]): Flight[] =>
    store.write(() => {
      for (const { queued, at, outcome } of recorded) {
        deliveries.settle(queued.id, stateOf(outcome), attemptOf(at, outcome, queued.isCopy))
        if (nextCopy(queued)) deliveries.requeue(queued.id)
      }
      deliveries.trim(logSize)
      const now = clock()
      return taken.flatMap(queued => {
        const request = deliveries.claim(queued.id, now.getTime())
        return request === undefined ? [] : [{ queue, queued, request, at: now.toISOString() }]
      })
    })

  const begin = (flight: Flight) => {
    const sent = flight.queued.fault?.kind === 'lose' ? Promise.resolve(LOST) : send(flight.request, brake.signal)
    const whole = sent
      .catch(error => {
        report(error)
        return UNEXPECTED
      })
      .then(outcome => {
        flights.delete(whole)
        if (flight.queue !== queue) return // it was forgotten meanwhile
        landed.push({ ...flight, outcome })
        takeTurn()
      })
    flights.add(whole)
  }

  const take = (owed: Owed[]) => {
    if (!isSending) return // `start` finds them in the store
    for (const { id, callId, url, fault } of owed) {
      queue.add({ id, lane: callId, origin: originOf(url), fault })
      open.set(id, ++tickets)
    }
    if (owed.length > 0) takeTurn()
  }

  const finish = async () => {
    isSending = false
    if (flights.size > 0) await Promise.race([Promise.all(flights), sleep(LAST_SECOND, undefined, { ref: false })])
    brake.abort()
    await Promise.all(flights)
    work()
    isClosed = true
  }

  return {
    start() {
      if (isSending || stopped !== undefined) return
      isSending = true
      take(deliveries.inState('pending'))
    },
    take,
    isBusy: () => open.size > 0,
    ticket: () => tickets,
    isAnswered(ticket) {
      for (const oldest of open.values()) return oldest > ticket // what is open stands in the order of its tickets
      return true
    },
    clear() {
      queue = createDeliveryQueue()
      open.clear()
      landed.length = 0
      brake.abort()
      brake = new AbortController()
    },
    stop() {
      stopped ??= finish()
      return stopped
    }
  }
}

/** What is recorded late has made its room already. */
const NO_QUEUE: DeliveryQueue = { ...createDeliveryQueue(), done: () => {}, giveBack: () => {} }
