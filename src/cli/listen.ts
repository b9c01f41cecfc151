import type { Client } from '../client/client.js'
import type { StreamEvent, StreamType } from '../schema/stream.js'

/** Listens to what happens in an emulator while something else is done. */
export interface Ear {
  /** Is fulfilled when it hears. What happens from then on is heard. @throws ClientError when nobody answers */
  opened: Promise<void>
  /**
   * Waits until something was heard since the last time, for so many milliseconds at most, or until it is told to stop.
   * @throws ClientError when the emulator is gone
   */
  wait(ms?: number): Promise<void>
  close(): void
}

/** @param hear is given each event, and says whether it is worth an end of the waiting */
export function listen(
  client: Client,
  types: StreamType[],
  signal: AbortSignal,
  hear: (event: StreamEvent) => boolean
): Ear {
  const closing = new AbortController()
  let heard = false
  let failure: unknown
  let wake = () => {}
  const ring = () => {
    heard = true
    wake()
  }

  const opened = new Promise<void>((resolve, reject) => {
    const read = async () => {
      const both = AbortSignal.any([signal, closing.signal])
      for await (const event of client.stream({ types, signal: both, onOpen: resolve })) if (hear(event)) ring()
      resolve() // it was told to stop
    }
    read()
      .catch(error => {
        failure = error
        reject(error)
      })
      .finally(ring)
  })
  opened.catch(() => {}) // whoever waits is told

  return {
    opened,
    async wait(ms) {
      await new Promise<void>(resolve => {
        wake = resolve
        if (heard || failure !== undefined || signal.aborted) return resolve()
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      heard = false
      if (failure !== undefined) throw failure
    },
    close: () => closing.abort()
  }
}
