/** Holds up the writes of a sandbox while a change of its whole state is prepared from a copy. Reads go on. */
export interface Hold {
  /** Whether writes have to wait. */
  isActive(): boolean
  /** Calls back when no hold is active; at once when none is. Callbacks run in the order in which they came. */
  whenOver(run: () => void): void
  /** Begins a hold. @returns a function that ends it */
  begin(): () => void
  /** Ends every hold, and lets none begin. */
  stop(): void
}

/** Creates the hold of a sandbox. */
export function createHold(): Hold {
  const waiting: (() => void)[] = []
  let isActive = false
  let isStopped = false

  const end = () => {
    isActive = false
    for (const run of waiting.splice(0)) run()
  }

  return {
    isActive: () => isActive,
    whenOver(run) {
      if (isActive) waiting.push(run)
      else run()
    },
    begin() {
      isActive = !isStopped
      return end
    },
    stop() {
      isStopped = true
      end()
    }
  }
}
