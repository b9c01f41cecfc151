import type { onRequestHookHandler } from 'fastify'

/** How long requests start as they arrive within a turn, in milliseconds; later ones are queued. */
const SLICE_MS = 10

/** Requests of a turn that start without reading the time. */
const UNTIMED = 8

/** A hook that delays requests, and the end of the delay. */
export interface FairScheduler {
  hook: onRequestHookHandler
  /** Resolves when the requests that are queued now have started. */
  drained(): Promise<void>
}

/**
 * Keeps a burst of requests from delaying webhooks and timers. Requests that exceed the time slice are queued, and each
 * turn of the event loop starts one of them, in order of arrival. So a request has its body read and its answer written
 * before the next one starts.
 */
export function createFairScheduler(now: () => number = () => performance.now()): FairScheduler {
  let queue: (() => void)[] = []
  let next = 0 // index in the queue
  let started = 0 // in this turn
  let sliceEnd = 0

  const beginSlice = () => {
    sliceEnd = now() + SLICE_MS
    setImmediate(endTurn)
  }
  const endTurn = () => {
    started = 0
    if (queue.length === 0) return
    beginSlice()
    const start = queue[next++]
    if (next === queue.length) [queue, next] = [[], 0]
    start?.()
  }

  return {
    hook(_request, _reply, done) {
      const hasRoom = started < UNTIMED || now() < sliceEnd
      if (queue.length > 0 || !hasRoom) return void queue.push(done)
      if (started === 0) beginSlice()
      started += 1
      done()
    },
    drained: () => new Promise(done => (queue.length === 0 ? done() : queue.push(done)))
  }
}
