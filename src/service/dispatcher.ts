import { setTimeout as sleep } from 'node:timers/promises'
import { createDeliveryQueue, type DeliveryQueue, type Queued } from '../domain/delivery-queue.js'
import { originOf } from '../domain/webhook.js'
import type { DeliveryState } from '../schema/call.js'
import { type Attempt, FAILURES, type WebhookRequest } from '../schema/delivery.js'
import type { Waiting } from '../store/deliveries.js'
import type { Store } from '../store/store.js'
import type { Changes } from './changes.js'
import type { Clock } from './clock.js'
import type { Outcome, Send } from './send.js'

/** Sends what is owed, and records what came of it. */
export interface Dispatcher {
  /** Begins to send: first what an earlier run of the emulator left. */
  start(): void
  /** Takes up what has just been committed as owed. */
  take(waiting: Waiting[]): void
  /** Whether anything is owed or in flight. */
  isBusy(): boolean
  /** Sends nothing more, gives what is in flight a second, and then calls it interrupted. */
  stop(): Promise<void>
}

/** What a dispatcher needs. */
export interface DispatcherOptions {
  store: Store
  clock: Clock
  send: Send
  changes: Changes
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
export function createDispatcher({ store, clock, send, changes, logSize, report }: DispatcherOptions): Dispatcher {
  const { deliveries } = store
  const queue = createDeliveryQueue()
  const flights = new Set<Promise<void>>()
  const landed: Landed[] = []
  const brake = new AbortController()
  let isSending = false
  let isClosed = false // the database may be, then
  let stopped: Promise<void> | undefined
  let isScheduled = false

  store.write(() => {
    for (const { id, sentAt } of deliveries.inState('sending')) {
      deliveries.settle(id, 'interrupted', { at: new Date(sentAt ?? 0).toISOString(), ms: null, ...interrupted })
    }
  })

  const takeTurn = () => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(work)
  }

  /** What has landed is recorded, and what may go out is marked, in one transaction. */
  const work = () => {
    isScheduled = false
    if (isClosed) return
    const recorded = landed.splice(0)
    for (const flight of recorded) flight.queue.done(flight.queued)
    const taken = isSending ? queue.take() : []
    if (recorded.length + taken.length === 0) return
    try {
      for (const flight of commit(recorded, taken)) begin(flight)
    } catch (error) {
      // The disk is full, most likely. What has landed is kept until it can be recorded.
      for (const queued of taken) queue.giveBack(queued)
      landed.push(...recorded.map(flight => ({ ...flight, queue: NO_QUEUE })))
      report(error)
      isScheduled = true
      setTimeout(work, RETRY)
    }
    changes.notify()
  }

  const commit = (recorded: Landed[], taken: Queued[]): Flight[] =>
    store.write(() => {
      for (const { queued, at, outcome } of recorded)
        deliveries.settle(queued.id, stateOf(outcome), attemptOf(at, outcome))
      deliveries.keep(logSize)
      const now = clock()
      return taken.flatMap(queued => {
        const request = deliveries.claim(queued.id, now.getTime())
        return request === undefined ? [] : [{ queue, queued, request, at: now.toISOString() }]
      })
    })

  const begin = (flight: Flight) => {
    const whole = send(flight.request, brake.signal)
      .catch((error): Outcome => {
        report(error)
        return {
          kind: 'failed',
          ms: 0,
          failure: { reason: 'unexpected', message: `It failed: ${FAILURES.unexpected}.` }
        }
      })
      .then(outcome => {
        flights.delete(whole)
        landed.push({ ...flight, outcome })
        takeTurn()
      })
    flights.add(whole)
  }

  const take = (waiting: Waiting[]) => {
    if (!isSending) return // `start` finds them in the store
    for (const { id, callId, url } of waiting) queue.add({ id, lane: callId, origin: originOf(url) })
    if (waiting.length > 0) takeTurn()
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
      if (isSending || brake.signal.aborted) return
      isSending = true
      take(deliveries.inState('pending'))
    },
    take,
    isBusy: () => queue.size() + landed.length > 0,
    stop() {
      stopped ??= finish()
      return stopped
    }
  }
}

/** What is recorded late has made its room already. */
const NO_QUEUE: DeliveryQueue = { ...createDeliveryQueue(), done: () => {} }

const interrupted = {
  failure: {
    reason: 'interrupted',
    message: `Whether it arrived is not known: ${FAILURES.interrupted}.`,
    hint: 'Ask the receiver, or send it again: POST /_emulator/deliveries/{id}/replay.'
  }
} as const

const STATES: Record<Outcome['kind'], DeliveryState> = {
  answered: 'delivered',
  failed: 'failed',
  blocked: 'blocked',
  interrupted: 'interrupted'
}

const stateOf = ({ kind }: Outcome): DeliveryState => STATES[kind]

function attemptOf(at: string, outcome: Outcome): Attempt {
  const { kind, ms, ...rest } = outcome
  return { at, ms: Math.round(ms), ...rest, ...(kind === 'interrupted' && interrupted) }
}
