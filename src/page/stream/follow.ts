import { createBrowserTransport } from '../../client/browser-transport.js'
import { ClientError } from '../../client/errors.js'
import { createMethods } from '../../client/methods.js'
import type { StreamEvent } from '../../schema/stream.js'

/** What is known of the connection to the emulator. */
export type StreamStatus =
  | { state: 'connecting' }
  | { state: 'live' }
  /** The connection was lost, and is being opened again. */
  | { state: 'reconnecting'; message: string }
  /** The emulator refuses: the token, or a sandbox that does not exist. */
  | { state: 'refused'; status: number | undefined; code: string; message: string }

/** The emulator or sandbox whose stream is read. */
export interface StreamPlace {
  url: string
  token: string | undefined
}

/** Receives what a stream brings. */
export interface StreamReceiver {
  status(status: StreamStatus): void
  events(events: StreamEvent[]): void
}

/** How often the emulator sends events to a page at most, in milliseconds. */
const EVERY_MS = 100

/** The pause before a connection is opened again, in milliseconds; that after a refusal. */
const RETRY_MS = 1_000
const REFUSED_MS = 5_000

/**
 * Reads the stream of a sandbox until it is aborted, and opens it again whenever it was lost: after the last event, so
 * that none is missed.
 */
export async function followStream(
  { url, token }: StreamPlace,
  receiver: StreamReceiver,
  signal: AbortSignal
): Promise<void> {
  const client = createMethods(createBrowserTransport({ url, controlToken: () => token }))
  const collect = collectEvents(receiver)
  let lastEventId: string | undefined
  receiver.status({ state: 'connecting' })
  while (!signal.aborted) {
    let pause = RETRY_MS
    try {
      const onOpen = () => receiver.status({ state: 'live' })
      const onLost = () => receiver.status({ state: 'reconnecting', message: 'The connection was lost.' })
      for await (const event of client.stream({ lastEventId, everyMs: EVERY_MS, signal, onOpen, onLost })) {
        lastEventId = event.id
        collect(event)
      }
    } catch (error) {
      const status = statusOf(error)
      receiver.status(status)
      if (status.state === 'refused') {
        lastEventId = undefined
        pause = REFUSED_MS
      }
    }
    await wait(pause, signal)
  }
}

/** Hands over the events of one turn of the event loop together. */
function collectEvents({ events }: StreamReceiver): (event: StreamEvent) => void {
  let waiting: StreamEvent[] = []
  return event => {
    waiting.push(event)
    if (waiting.length > 1) return
    setTimeout(() => {
      const batch = waiting
      waiting = []
      events(batch)
    })
  }
}

function statusOf(error: unknown): StreamStatus {
  if (error instanceof ClientError && error.status !== undefined && error.status !== 503) {
    const { status, code, message } = error
    return { state: 'refused', status, code, message }
  }
  return { state: 'reconnecting', message: error instanceof Error ? error.message : String(error) }
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
