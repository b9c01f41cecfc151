/** Makes the writes of a sandbox wait while a change of its whole state is prepared from a copy. Reads go on. */
export interface WriteBarrier {
  /** Whether writes have to wait: for a change, or for those that waited for it. */
  isActive(): boolean
  /**
   * Calls back when no write has to wait; at once when none has to now. Callbacks run in the order in which they came, a
   * few in each turn.
   */
  whenOver(run: () => void): void
  /** Makes writes wait from now on. @returns a function that lets them go on */
  begin(): () => void
  /** Lets every write go on, for good. */
  stop(): void
}

/** Creates the write barrier of a sandbox. */
export function createWriteBarrier(): WriteBarrier {
  let waiting: (() => void)[] = []
  let next = 0 // index of the first that waits
  let isClosed = false
  let isStopped = false
  let isScheduled = false

  const isActive = () => isClosed || next < waiting.length
  const runNext = () => {
    const run = waiting[next++]
    if (next >= waiting.length) [waiting, next] = [[], 0]
    run?.()
  }
  const schedule = () => {
    if (isScheduled || isClosed || !isActive()) return
    isScheduled = true
    setImmediate(runSome)
  }
  const runSome = () => {
    isScheduled = false
    const until = performance.now() + SLICE_MS
    try {
      while (!isClosed && isActive() && performance.now() < until) runNext()
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
      isClosed = !isStopped
      return () => {
        isClosed = false
        schedule()
      }
    },
    stop() {
      isStopped = true
      isClosed = false
      while (isActive()) runNext()
    }
  }
}

/** How long writes that have waited run in one turn of the event loop, in milliseconds. */
const SLICE_MS = 4
