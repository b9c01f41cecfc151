/** Holds up the writes of a sandbox while a change of its whole state is prepared from a copy. Reads go on. */
export interface Hold {
  /** Whether writes have to wait: for a hold, or for those that waited for it. */
  isActive(): boolean
  /** Calls back when no hold is active; at once when none is. Callbacks run in the order in which they came, a few in each turn. */
  whenOver(run: () => void): void
  /** Begins a hold. @returns a function that ends it */
  begin(): () => void
  /** Ends every hold, and lets none begin. */
  stop(): void
}

/** Creates the hold of a sandbox. */
export function createHold(): Hold {
  let waiting: (() => void)[] = []
  let next = 0 // index of the first that waits
  let isHeld = false
  let isStopped = false
  let isScheduled = false

  const isActive = () => isHeld || next < waiting.length
  const runNext = () => {
    const run = waiting[next++]
    if (next >= waiting.length) [waiting, next] = [[], 0]
    run?.()
  }
  const schedule = () => {
    if (isScheduled || isHeld || !isActive()) return
    isScheduled = true
    setImmediate(runSome)
  }
  const runSome = () => {
    isScheduled = false
    const until = performance.now() + SLICE_MS
    try {
      while (!isHeld && isActive() && performance.now() < until) runNext()
    } finally {
      schedule() // also after one that has failed
    }
  }

  return {
    isActive,
    whenOver(run) {
      if (isActive()) waiting.push(run)
      else run()
    },
    begin() {
      isHeld = !isStopped
      return () => {
        isHeld = false
        schedule()
      }
    },
    stop() {
      isStopped = true
      isHeld = false
      while (isActive()) runNext()
    }
  }
}

/** How long writes that have waited run in one turn of the event loop, in milliseconds. */
const SLICE_MS = 4
