import { followStream, type StreamPlace, type StreamReceiver } from './follow.js'
import type { FromWorker, ToWorker } from './worker.js'

/** Ends a subscription. */
export type Unfollow = () => void

/** How often a tab shows the worker that it still exists, in milliseconds. */
const ALIVE_MS = 30_000

/**
 * Receives the stream of a sandbox: through the worker that all tabs share, or by a connection of its own where a
 * browser has no shared workers or does not allow them.
 */
export function follow(place: StreamPlace, receiver: StreamReceiver): Unfollow {
  const stop = new AbortController()
  const followHere = () => void followStream(place, receiver, stop.signal)
  const port = connectWorker(followHere)
  if (port === undefined) {
    followHere()
    return () => stop.abort()
  }
  const send = (message: ToWorker) => port.postMessage(message)
  const leave = () => send({ leave: true })
  const comeBack = ({ persisted }: PageTransitionEvent) => persisted && send({ follow: place }) // from the back/forward cache
  port.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if ('status' in data) receiver.status(data.status)
    else receiver.events(data.events)
  }
  send({ follow: place })
  const timer = setInterval(() => send({ alive: place }), ALIVE_MS)
  addEventListener('pagehide', leave)
  addEventListener('pageshow', comeBack)
  return () => {
    stop.abort()
    clearInterval(timer)
    removeEventListener('pagehide', leave)
    removeEventListener('pageshow', comeBack)
    leave()
    port.close()
  }
}

/** @param onError is called when the worker cannot be loaded */
function connectWorker(onError: () => void): MessagePort | undefined {
  try {
    const worker = new SharedWorker(new URL('main.js', import.meta.url), { type: 'module', name: 'uapi-emulator' })
    worker.addEventListener('error', onError, { once: true })
    return worker.port
  } catch {
    return undefined // there are none, or storage is not allowed for this page
  }
}
