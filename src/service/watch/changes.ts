import { inTurn } from '../turns.js'
import type { EventSource, SandboxEvents } from './event-source.js'

/** How long to wait, in milliseconds of wall time, and a signal that ends the wait early. */
export interface WaitOptions {
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

/** The kinds of events that can change the result of a check; `stateReplaced` always can. */
export type Subjects = readonly (keyof SandboxEvents)[]

/** When a check runs again. */
export interface CheckOptions {
  /** The events that it is about; by default all. */
  on?: Subjects
  /** Called before the check, once in each turn as long as it returns true: it reads a part of what has changed. */
  readChanges?: (() => boolean) | undefined
}

/** A wait that ended because the emulator stops. */
export class Stopped extends Error {}

/** Waiting for changes in a sandbox, without polling. */
export interface Changes {
  /**
   * Waits until a check returns a value. It runs at once, and again after every turn of the event loop in which an event
   * was published that it is about. The checks of many waiters are spread over turns.
   * @returns the value; undefined after the timeout or the signal
   * @throws Stopped, or the error given to `stop`; errors of the check
   */
  waitFor<Found>(check: () => Found | undefined, options?: WaitOptions & CheckOptions): Promise<Found | undefined>
  /** Runs a piece of work when its turn has come. @throws Stopped, or the error given to `stop` */
  inTurn<Result>(piece: () => Result): Promise<Result>
  /** Rejects all waiters, and all later ones. @param error Stopped by default */
  stop(error?: Error): void
}

/** Re-evaluates the waiters that an event is about, each once however many events there were. */
export function createChanges({ subscribeToAll }: Pick<EventSource, 'subscribeToAll'>): Changes {
  const waiters = new Set<Waiter>()
  let stopError: Error | undefined

  const evaluateSoon = (waiter: Waiter) => {
    if (waiter.isQueued) return
    waiter.isQueued = true
    void inTurn(() => {
      waiter.isQueued = false // before the check: an event during it queues the waiter again
      if (waiters.has(waiter)) waiter.evaluate()
    })
  }
  subscribeToAll(kind => {
    for (const waiter of waiters) if (waiter.on?.includes(kind) ?? true) evaluateSoon(waiter)
  })

  return {
    waitFor<Found>(check: () => Found | undefined, options: WaitOptions & CheckOptions = {}) {
      const { timeoutMs = Number.POSITIVE_INFINITY, signal, on, readChanges } = options
      return new Promise<Found | undefined>((resolve, reject) => {
        if (stopError) return reject(stopError)
        const first = check()
        if (first !== undefined || timeoutMs <= 0 || signal?.aborted) return resolve(first)
        const end = (settle: () => void) => {
          waiters.delete(waiter)
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          settle()
        }
        const giveUp = () => end(() => resolve(undefined))
        const waiter: Waiter = {
          on: on && [...on, 'stateReplaced'],
          isQueued: false,
          evaluate() {
            try {
              if (readChanges?.()) return evaluateSoon(waiter)
              const found = check()
              if (found !== undefined) end(() => resolve(found))
            } catch (error) {
              end(() => reject(error))
            }
          },
          stop: () => end(() => reject(stopError))
        }
        const timer = Number.isFinite(timeoutMs) ? setTimeout(giveUp, timeoutMs).unref() : undefined
        signal?.addEventListener('abort', giveUp)
        waiters.add(waiter)
      })
    },
    inTurn: piece =>
      inTurn(() => {
        if (stopError) throw stopError
        return piece()
      }),
    stop(error = new Stopped()) {
      stopError ??= error
      for (const { stop } of [...waiters]) stop()
    }
  }
}

interface Waiter {
  /** Undefined for events of any kind. */
  on: Subjects | undefined
  /** Whether its check will run in a later turn. */
  isQueued: boolean
  evaluate(): void
  stop(): void
}
