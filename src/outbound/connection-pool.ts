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
  const idle = new Map<string, IdleConnection[]>()
  let count = 0
  let isClosed = false

  const remove = (key: string, socket: Socket): boolean => {
    const connections = idle.get(key) ?? []
    const at = connections.findIndex(connection => connection.socket === socket)
    if (at < 0) return false
    connections.splice(at, 1)
    if (connections.length === 0) idle.delete(key)
    count--
    return true
  }
  const release = (key: string, socket: Socket): void => {
    if (isClosed || count >= POOL_LIMITS.size || !socket.writable || !socket.readable) {
      socket.destroy()
      return
    }
    const connection = { socket, since: now() }
    const connections = idle.get(key)
    if (connections) connections.push(connection)
    else idle.set(key, [connection])
    count++
    socket.setTimeout(POOL_LIMITS.idleMs)
    socket.on('data', destroy)
  }
  const discard = (key: string): void => {
    for (const { socket } of [...(idle.get(key) ?? [])]) {
      remove(key, socket)
      socket.destroy()
    }
  }
  return {
    take(key) {
      const { socket, since } = idle.get(key)?.at(-1) ?? {}
      if (socket === undefined || since === undefined) return undefined
      if (now() - since > POOL_LIMITS.idleMs) {
        discard(key) // the others have been idle for longer
        return undefined
      }
      remove(key, socket)
      socket.off('data', destroy)
      socket.setTimeout(0)
      return socket
    },
    add(key, socket) {
      socket.on('free', () => release(key, socket)) // node:http emits it when a request is done with the connection
      socket.on('timeout', destroy)
      socket.on('close', () => remove(key, socket))
    },
    discard,
    close() {
      isClosed = true
      for (const key of [...idle.keys()]) discard(key)
    }
  }
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
