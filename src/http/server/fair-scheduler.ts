import type { Socket } from 'node:net'
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
 * turn of the event loop starts one that reads (GET) and one that may change something, each in order of arrival. So a
 * request has its body read and its answer written before the next one starts, and reads do not wait for queued writes.
 * Requests of one connection start in the order in which they came.
 */
export function createFairScheduler(now: () => number = () => performance.now()): FairScheduler {
  const queues = { reads: createQueue(), writes: createQueue() }
  /** The last queued request of each connection that has one. */
  const lastOf = new Map<Socket, { queue: Queue; start: () => void }>()
  let started = 0 // in this turn
  let sliceEnd = 0

  const beginSlice = () => {
    sliceEnd = now() + SLICE_MS
    setImmediate(endTurn)
  }
  const isIdle = () => queues.reads.isEmpty() && queues.writes.isEmpty()
  const endTurn = () => {
    started = 0
    if (isIdle()) return
    beginSlice()
    queues.reads.start()
    queues.writes.start()
  }
  const enqueue = (socket: Socket, isRead: boolean, done: () => void) => {
    const queue = lastOf.get(socket)?.queue ?? (isRead ? queues.reads : queues.writes)
    const start = () => {
      if (lastOf.get(socket)?.start === start) lastOf.delete(socket)
      done()
    }
    lastOf.set(socket, { queue, start })
    queue.add(start)
  }

  return {
    hook({ raw }, _reply, done) {
      const hasRoom = started < UNTIMED || now() < sliceEnd
      if (!isIdle() || !hasRoom) return enqueue(raw.socket, raw.method === 'GET' || raw.method === 'HEAD', done)
      if (started === 0) beginSlice()
      started += 1
      done()
    },
    drained: async () => {
      await Promise.all([queues.reads.drained(), queues.writes.drained()])
    }
  }
}

type Queue = ReturnType<typeof createQueue>

/** Starts, one after the other. */
function createQueue() {
  let starts: (() => void)[] = []
  let next = 0
  return {
    isEmpty: () => starts.length === 0,
    add: (start: () => void) => void starts.push(start),
    /** Starts the first one, if there is one. */
    start() {
      const start = starts[next++]
      if (next >= starts.length) [starts, next] = [[], 0]
      start?.()
    },
    drained: () => new Promise<void>(done => (starts.length === 0 ? done() : starts.push(done)))
  }
}
