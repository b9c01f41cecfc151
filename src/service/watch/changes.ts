import type { EventSource } from './event-source.js'

/** How long to wait, in milliseconds of wall time, and a signal that ends the wait early. */
export interface WaitOptions {
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

/** A wait that ended because the emulator stops. */
export class Stopped extends Error {}

/** Waiting for changes in a sandbox, without polling. */
export interface Changes {
  /**
   * Waits until a check returns a value. It runs at once, and again after every turn of the event loop in which an event
   * was published, so that no change can be missed.
   * @returns the value; undefined after the timeout or the signal
   * @throws Stopped, or the error given to `stop`; errors of the check
   */
  waitFor<Found>(check: () => Found | undefined, options?: WaitOptions): Promise<Found | undefined>
  /** Rejects all waiters, and all later ones. @param error Stopped by default */
  stop(error?: Error): void
}

/** Re-evaluates waiters after events of any kind, debounced to once a turn of the event loop. */
export function createChanges({ subscribeToAll }: Pick<EventSource, 'subscribeToAll'>): Changes {
  const waiters = new Set<{ evaluate(): void; stop(): void }>()
  let stopError: Error | undefined
  let isScheduled = false

  subscribeToAll(() => {
    if (isScheduled || waiters.size === 0) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      for (const { evaluate } of [...waiters]) evaluate()
    })
  })

  return {
    waitFor<Found>(check: () => Found | undefined, options: WaitOptions = {}) {
      const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options
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
        const waiter = {
          evaluate() {
            try {
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
    stop(error = new Stopped()) {
      stopError ??= error
      for (const { stop } of [...waiters]) stop()
    }
  }
}
