import { Agent, type ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/** How long a connection stays open between two requests, in milliseconds, and how many idle ones there are at most. */
export const POOL_LIMITS = { idleMs: 1_000, size: 128 }

/** Idle connections for reuse, by the key of their target. */
export interface ConnectionPool {
  /** Removes and returns the most recently used connection of a key. */
  take(key: string): Socket | undefined
  /** Adds a connection that is in use: it returns to the pool after each of its requests. */
  add(key: string, socket: Socket): void
  /** Closes the idle connections of a key. */
  discard(key: string): void
  /** Closes all idle connections; from now on, connections are closed after their request. */
  close(): void
}

/** Idle connections are closed after a second, and when the receiver closes them or sends anything. */
export function createConnectionPool(): ConnectionPool {
  const idle = new Map<string, Socket[]>()
  let count = 0
  let isClosed = false

  const remove = (key: string, socket: Socket): boolean => {
    const sockets = idle.get(key) ?? []
    const at = sockets.indexOf(socket)
    if (at < 0) return false
    sockets.splice(at, 1)
    if (sockets.length === 0) idle.delete(key)
    count--
    return true
  }
  const release = (key: string, socket: Socket): void => {
    if (isClosed || count >= POOL_LIMITS.size || !socket.writable || !socket.readable) {
      socket.destroy()
      return
    }
    const sockets = idle.get(key)
    if (sockets) sockets.push(socket)
    else idle.set(key, [socket])
    count++
    socket.setTimeout(POOL_LIMITS.idleMs)
    socket.on('data', destroy)
    socket.unref()
  }
  const discard = (key: string): void => {
    for (const socket of [...(idle.get(key) ?? [])]) {
      remove(key, socket)
      socket.destroy()
    }
  }
  return {
    take(key) {
      const socket = idle.get(key)?.at(-1)
      if (!socket) return undefined
      remove(key, socket)
      socket.off('data', destroy)
      socket.setTimeout(0)
      return socket.ref()
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
