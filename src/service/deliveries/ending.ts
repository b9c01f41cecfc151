/** Signals the end of an attempt. An AbortSignal is one, too. */
export interface EndSignal {
  readonly aborted: boolean
  /** Why it has to end; undefined or an error when it is interrupted. */
  readonly reason: unknown
  addEventListener(kind: 'abort', listener: EndListener): void
  removeEventListener(kind: 'abort', listener: EndListener): void
}

/** An attempt that can be ended. */
export interface EndListener {
  /** Called once, when the attempt has to end. Must not throw: the attempts after it would go on. */
  handleEvent(): void
}

/**
 * Ends one attempt, as an AbortController does. An AbortSignal would stay in memory until the next full collection, and
 * with it the webhook and its response: see docs/decisions/0031.
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

  /** Ends the attempt; the first reason counts. */
  abort(reason?: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.listener?.handleEvent()
  }
}
