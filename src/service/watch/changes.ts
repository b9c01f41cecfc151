/** How long something is waited for, in milliseconds of wall time, and what ends the wait before. */
export interface WaitOptions {
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

/** A wait that ended because the emulator stops. */
export class Stopped extends Error {}

/** Tells those who wait that something has changed in a sandbox. */
export interface Changes {
  /**
   * Lets everybody who waits look again, once in this turn of the event loop, however often it is called. Not within a
   * transaction: what it did may be undone.
   */
  notify(): void
  /**
   * Waits until a look finds something. Nothing can slip through between two looks: they are taken at once and after
   * every turn that changed something.
   * @returns what it found; undefined when the time was over first, or the signal ended it
   * @throws Stopped
   */
  waitFor<Found>(look: () => Found | undefined, options?: WaitOptions): Promise<Found | undefined>
  /** Ends every wait, and every later one. @param why what they are told: Stopped, unless somebody says */
  stop(why?: Error): void
}

/** Makes one, for one sandbox. */
export function createChanges(): Changes {
  const waiting = new Set<{ look(): void; stop(): void }>()
  let stopped: Error | undefined
  let isNoted = false

  return {
    notify() {
      if (isNoted || waiting.size === 0) return
      isNoted = true
      setImmediate(() => {
        isNoted = false
        for (const { look } of [...waiting]) look()
      })
    },
    waitFor<Found>(look: () => Found | undefined, { timeoutMs = Number.POSITIVE_INFINITY, signal }: WaitOptions = {}) {
      return new Promise<Found | undefined>((found, failed) => {
        if (stopped) return failed(stopped)
        const first = look()
        if (first !== undefined || timeoutMs <= 0 || signal?.aborted) return found(first)
        const end = (finish: () => void) => {
          waiting.delete(waiter)
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          finish()
        }
        const giveUp = () => end(() => found(undefined))
        const waiter = {
          look() {
            try {
              const seen = look()
              if (seen !== undefined) end(() => found(seen))
            } catch (error) {
              end(() => failed(error))
            }
          },
          stop: () => end(() => failed(stopped))
        }
        const timer = Number.isFinite(timeoutMs) ? setTimeout(giveUp, timeoutMs) : undefined
        signal?.addEventListener('abort', giveUp)
        waiting.add(waiter)
      })
    },
    stop(why = new Stopped()) {
      stopped ??= why
      for (const { stop } of [...waiting]) stop()
    }
  }
}
