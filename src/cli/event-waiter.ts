import type { Client } from '../client/client.js'
import type { StreamEvent, StreamType } from '../schema/stream.js'

/** A subscription to the event stream of an emulator, for code that waits for relevant events. */
export interface EventWaiter {
  /** Resolves when the stream is open: later events are received. @throws ClientError when no emulator answers */
  opened: Promise<void>
  /**
   * Waits for a relevant event since the last wait, for at most `ms` milliseconds, or until the signal is aborted.
   * @throws ClientError when the connection is lost
   */
  wait(ms?: number): Promise<void>
  close(): void
}

/** @param isRelevant is called with each event; true ends the current, or the next, wait */
export function createEventWaiter(
  client: Client,
  types: StreamType[],
  signal: AbortSignal,
  isRelevant: (event: StreamEvent) => boolean
): EventWaiter {
  const closing = new AbortController()
  let isDue = false
  let failure: unknown
  let resume = () => {}
  const wake = () => {
    isDue = true
    resume()
  }

  const opened = new Promise<void>((resolve, reject) => {
    const read = async () => {
      const either = AbortSignal.any([signal, closing.signal])
      for await (const event of client.stream({ types, signal: either, onOpen: resolve })) if (isRelevant(event)) wake()
      resolve() // aborted before it was open
    }
    read()
      .catch(error => {
        failure = error
        reject(error)
      })
      .finally(wake)
  })
  opened.catch(() => {}) // wait() throws the failure

  return {
    opened,
    async wait(ms) {
      await new Promise<void>(resolve => {
        resume = resolve
        if (isDue || failure !== undefined || signal.aborted) return resolve()
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
        resume = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      isDue = false
      if (failure !== undefined) throw failure
    },
    close: () => closing.abort()
  }
}
