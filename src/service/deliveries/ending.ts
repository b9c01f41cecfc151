/** Tells an attempt that it has to end: what it needs of an AbortSignal, which is one. */
export interface EndSignal {
  readonly aborted: boolean
  /** Why it has to end; undefined or an error when it is interrupted. */
  readonly reason: unknown
  addEventListener(kind: 'abort', listener: EndListener): void
  removeEventListener(kind: 'abort', listener: EndListener): void
}

/** An attempt that can be told to end. */
export interface EndListener {
  handleEvent(): void
}

/**
 * Ends one attempt, as an AbortController does. A signal of Node is kept by the garbage collector, with the webhook and
 * its connection, until it collects everything.
 * @assumed 0031
 */
export class Ending implements EndSignal {
  aborted = false
  reason: unknown
  private listener: EndListener | undefined

  /** The attempt is the only listener. */
  addEventListener(_kind: 'abort', listener: EndListener): void {
    this.listener = listener
  }

  removeEventListener(): void {
    this.listener = undefined
  }

  /** Tells the attempt to end; the first reason counts. */
  abort(reason?: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.listener?.handleEvent()
  }
}
