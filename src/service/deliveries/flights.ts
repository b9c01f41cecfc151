import type { QueuedDelivery } from '../../domain/calls/delivery-queue.js'
import type { WebhookRequest } from '../../schema/calls/delivery.js'
import { Ending } from './ending.js'
import { DROPPED_BY_FAULT, MADE_ROOM, type Outcome, type Send, UNEXPECTED } from './outcome.js'

/** An attempt that begins. */
export interface Begun {
  queued: QueuedDelivery
  request: WebhookRequest
  /** When it began, by the sandbox's clock. ISO 8601 */
  at: string
}

/** An attempt that has ended. */
export interface Landed extends Begun {
  outcome: Outcome
}

/** The attempts in flight. */
export interface Flights {
  /** Sends a webhook. */
  begin(one: Begun): void
  /**
   * Ends the attempts that have lasted longest, for receivers with nothing in flight; none that began within the last
   * second.
   * @param count how many at most
   */
  makeRoom(count: number): void
  /** Aborts all attempts, which are then interrupted. */
  abort(): void
  /** Aborts all attempts and discards their outcomes, because the state is replaced. */
  replace(): void
  /** Waits until none is in flight. */
  ended(): Promise<void>
}

/** How long an attempt lasts at least before it is ended for the sake of other receivers, in milliseconds. @assumed 0017 */
const LEAST_MS = 1_000

interface Flight extends Begun {
  ending: Ending
  /** How often the state had been replaced when it began. */
  state: number
  /** When it began, by the monotonic clock, in milliseconds. */
  since: number
}

/**
 * @param onLanded called with each attempt that has ended, unless the state was replaced meanwhile
 * @param onRoom called when attempts have lasted long enough to make room
 * @param now monotonic, in milliseconds
 */
export function createFlights({
  send,
  report,
  onLanded,
  onRoom,
  now = () => performance.now()
}: {
  send: Send
  report: (error: unknown) => void
  onLanded: (one: Landed) => void
  onRoom: () => void
  now?: () => number
}): Flights {
  const inFlight: Flight[] = [] // the oldest first; at most `callbackConcurrency` and 2,500 more
  const onEnded: (() => void)[] = []
  let state = 0 // how often the state was replaced
  let timer: NodeJS.Timeout | undefined

  const land = (flight: Flight, outcome: Outcome) => {
    inFlight.splice(inFlight.indexOf(flight), 1)
    if (inFlight.length === 0) for (const ended of onEnded.splice(0)) ended()
    if (flight.state !== state) return // the state was replaced meanwhile
    const { queued, request, at } = flight
    onLanded({ queued, request, at, outcome })
  }

  const abort = () => {
    for (const { ending } of inFlight) ending.abort()
  }

  return {
    begin({ queued, request, at }) {
      const flight = { queued, request, at, ending: new Ending(), state, since: now() }
      inFlight.push(flight)
      const isDropped = queued.effect?.kind === 'drop'
      const outcome = isDropped ? Promise.resolve(DROPPED_BY_FAULT) : send(request, flight.ending)
      outcome.then(
        outcome => land(flight, outcome),
        error => {
          report(error)
          land(flight, UNEXPECTED)
        }
      )
    },
    makeRoom(count) {
      let left = count
      for (const { ending, since } of inFlight) {
        if (left-- <= 0) return
        const early = since + LEAST_MS - now()
        if (early > 0) {
          clearTimeout(timer)
          timer = setTimeout(onRoom, early).unref()
          return
        }
        ending.abort(MADE_ROOM)
      }
    },
    abort,
    replace() {
      state += 1
      abort()
    },
    ended: async () => {
      if (inFlight.length > 0) await new Promise<void>(ended => void onEnded.push(ended))
    }
  }
}
