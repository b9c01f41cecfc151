import { Agent, type ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/** How long a connection stays open between two requests, in milliseconds, and how many idle ones there are at most. */
export const POOL_LIMITS = { idleMs: 1_000, size: 128 }

/** Idle connections for reuse, by the key of their target. */
export interface ConnectionPool {
  /** Removes and returns the most recently used connection of a key; undefined when none was used within the last second. */
  take(key: string): Socket | undefined
  /** Adds a connection that is in use: it returns to the pool after each of its requests. */
  add(key: string, socket: Socket): void
  /** Closes the idle connections of a key. */
  discard(key: string): void
  /** Closes all idle connections; from now on, connections are closed after their request. */
  close(): void
}

/**
 * Idle connections are closed after a second, and when the receiver closes them or sends anything. Timers run late on a
 * busy event loop, so that the second is measured too: a connection that the receiver has begun to close loses a webhook.
 * @param now monotonic, in milliseconds
 * @source call-events.md §2 "The request"
 */
export function createConnectionPool(now: () => number = () => performance.now()): ConnectionPool {
  const targets = new Map<string, Connections>()
  let count = 0 // of idle connections
  let isClosed = false

  const remove = (connections: Connections, socket: Socket): void => {
    const at = connections.idle.findIndex(connection => connection.socket === socket)
    if (at < 0) return
    connections.idle.splice(at, 1)
    count--
  }
  const release = (connections: Connections, socket: Socket): void => {
    if (isClosed || count >= POOL_LIMITS.size || !socket.writable || !socket.readable) {
      socket.destroy()
      return
    }
    connections.idle.push({ socket, since: now() })
    count++
    socket.setTimeout(POOL_LIMITS.idleMs)
    socket.on('data', destroy)
  }
  const discard = (connections: Connections): void => {
    for (const { socket } of [...connections.idle]) {
      remove(connections, socket)
      socket.destroy()
    }
  }
  return {
    take(key) {
      const connections = targets.get(key)
      const { socket, since } = connections?.idle.at(-1) ?? {}
      if (connections === undefined || socket === undefined || since === undefined) return undefined
      if (now() - since > POOL_LIMITS.idleMs) {
        discard(connections) // the others have been idle for longer
        return undefined
      }
      remove(connections, socket)
      socket.off('data', destroy)
      socket.setTimeout(0)
      return socket
    },
    add(key, socket) {
      const connections = targets.get(key) ?? { open: 0, idle: [] }
      targets.set(key, connections)
      connections.open++
      socket.on('free', () => release(connections, socket)) // node:http emits it when a request is done with the connection
      socket.on('timeout', destroy)
      socket.on('close', () => {
        remove(connections, socket)
        if (--connections.open === 0) targets.delete(key)
      })
    },
    discard(key) {
      const connections = targets.get(key)
      if (connections) discard(connections)
    },
    close() {
      isClosed = true
      for (const connections of [...targets.values()]) discard(connections)
    }
  }
}

/** The connections to one target, while one is open: removing and adding an entry for each webhook would cost memory. */
interface Connections {
  open: number
  /** The most recently used one is the last. */
  idle: IdleConnection[]
}

interface IdleConnection {
  socket: Socket
  /** When its last response ended. */
  since: number
}

function destroy(this: Socket): void {
  this.destroy()
}

/** An agent that sends a request on the connection in its options, which is already open. */
export class PreconnectedAgent extends Agent {
  constructor() {
    super({ keepAlive: true }) // without it, node:http closes every connection after its response
  }

  /** Called by node:http when a request needs a connection. */
  addRequest(request: ClientRequest, { connection }: { connection: Socket }): void {
    request.onSocket(connection)
  }
}
