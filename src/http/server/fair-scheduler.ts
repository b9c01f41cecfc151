import type { Socket } from 'node:net'
import type { onRequestHookHandler } from 'fastify'

/** How long requests start as they arrive within a turn, in milliseconds; later ones are queued. */
const SLICE_MS = 10

/** Requests of a turn that start without reading the time. */
const UNTIMED = 8

/** How long queued requests start within a turn, in milliseconds. */
const QUEUED_MS = 2

/** Pairs of queued requests that a turn starts at most. */
const PAIRS = 32

/** A hook that delays requests, and the end of the delay. */
export interface FairScheduler {
  hook: onRequestHookHandler
  /** Resolves when the requests that are queued now have started. */
  drained(): Promise<void>
}

/**
 * Keeps a burst of requests from delaying webhooks and timers. Requests that exceed the time slice are queued. Queued
 * ones start in pairs, one that reads (GET or HEAD) and one that may change something, each in order of arrival: so reads do not
 * wait for queued writes. Each turn of the event loop starts one pair, and more of them as long as its time lasts; each
 * pair has an immediate of its own, so that most requests have their bodies read and their answers written before the
 * next pair starts. Requests of one connection start in the order in which they came.
 */
export function createFairScheduler(now: () => number = () => performance.now()): FairScheduler {
  const queues = { reads: createQueue(), writes: createQueue() }
  // Not a Map of queued requests: its old tables refer to the new ones, and keep the requests in memory (decision 0031).
  const connections = new WeakMap<Socket, Connection>()
  let started = 0 // on arrival, in this turn
  let sliceEnd = 0
  let pairs = 0 // of queued requests, started in this turn
  let pairsEnd = 0
  let willEnd = false

  const beginSlice = () => {
    sliceEnd = now() + SLICE_MS
    if (!willEnd) setImmediate(endTurn)
    willEnd = true
  }
  const isIdle = () => queues.reads.isEmpty() && queues.writes.isEmpty()
  const endTurn = () => {
    willEnd = false
    started = 0
    pairs = 0
    if (isIdle()) return
    const waiting = Math.max(queues.reads.size(), queues.writes.size())
    for (let pair = Math.min(waiting, PAIRS); pair > 0; pair--) setImmediate(startPair)
    beginSlice()
  }
  const startPair = () => {
    if (pairs === 0) pairsEnd = now() + QUEUED_MS
    else if (now() >= pairsEnd) return
    pairs += 1
    queues.reads.start()
    queues.writes.start()
  }
  const connectionOf = (socket: Socket): Connection => {
    const known = connections.get(socket)
    if (known) return known
    const connection = { queue: queues.reads, queued: 0 }
    connections.set(socket, connection)
    return connection
  }
  const enqueue = (socket: Socket, isRead: boolean, done: () => void) => {
    const connection = connectionOf(socket)
    if (connection.queued === 0) connection.queue = isRead ? queues.reads : queues.writes
    connection.queued += 1
    connection.queue.add(() => {
      connection.queued -= 1
      done()
    })
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

/** A connection, with the queue of its requests that are queued. */
interface Connection {
  queue: Queue
  queued: number
}

/** Starts, one after the other, in a ring: nothing of a request that has started is kept, however long the queue lasts. */
function createQueue() {
  let ring: ((() => void) | undefined)[] = Array(32).fill(undefined)
  let next = 0
  let size = 0

  const add = (start: () => void) => {
    if (size === ring.length) {
      ring = [...ring.slice(next), ...ring.slice(0, next), ...Array(size).fill(undefined)]
      next = 0
    }
    ring[(next + size) % ring.length] = start
    size += 1
  }
  return {
    isEmpty: () => size === 0,
    size: () => size,
    add,
    /** Starts the first one, if there is one. */
    start() {
      const start = ring[next]
      if (start === undefined) return
      ring[next] = undefined
      next = (next + 1) % ring.length
      size -= 1
      start()
    },
    drained: () => new Promise<void>(done => (size === 0 ? done() : add(done)))
  }
}
