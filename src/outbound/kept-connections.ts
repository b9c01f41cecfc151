import { Agent, type ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/** How long a connection is kept for the next request, in milliseconds, and how many are. */
export const KEPT = { ms: 1_000, most: 128 }

/** Connections between two requests, by the key of their target. */
export interface KeptConnections {
  /** The one that was used last, and is used no more by anybody else. */
  take(key: string): Socket | undefined
  /** Whenever a request is done with the connection from now on, it is kept. */
  adopt(key: string, socket: Socket): void
  /** Ends those of a key, which one that was gone makes doubtful. */
  drop(key: string): void
  /** Ends all, and keeps none from now on. */
  close(): void
}

/** Kept connections end by themselves: after a second, and when the other side ends them or says something. */
export function createKeptConnections(): KeptConnections {
  const kept = new Map<string, Socket[]>()
  let count = 0
  let closed = false

  const remove = (key: string, socket: Socket): boolean => {
    const sockets = kept.get(key) ?? []
    const at = sockets.indexOf(socket)
    if (at < 0) return false
    sockets.splice(at, 1)
    if (sockets.length === 0) kept.delete(key)
    count--
    return true
  }
  const keep = (key: string, socket: Socket): void => {
    if (closed || count >= KEPT.most || !socket.writable || !socket.readable) {
      socket.destroy()
      return
    }
    const sockets = kept.get(key)
    if (sockets) sockets.push(socket)
    else kept.set(key, [socket])
    count++
    socket.setTimeout(KEPT.ms)
    socket.on('data', end)
    socket.unref()
  }
  const drop = (key: string): void => {
    for (const socket of [...(kept.get(key) ?? [])]) {
      remove(key, socket)
      socket.destroy()
    }
  }
  return {
    take(key) {
      const socket = kept.get(key)?.at(-1)
      if (!socket) return undefined
      remove(key, socket)
      socket.off('data', end)
      socket.setTimeout(0)
      return socket.ref()
    },
    adopt(key, socket) {
      socket.on('free', () => keep(key, socket)) // which node:http emits when a request is done with it
      socket.on('timeout', end)
      socket.on('close', () => remove(key, socket))
    },
    drop,
    close() {
      closed = true
      for (const key of [...kept.keys()]) drop(key)
    }
  }
}

function end(this: Socket): void {
  this.destroy()
}

/** Gives a request the connection that comes with its options, instead of looking for one itself. */
export class PreconnectedAgent extends Agent {
  constructor() {
    super({ keepAlive: true }) // else node:http ends every connection behind its answer
  }

  /** What node:http calls when a request needs a connection. */
  addRequest(request: ClientRequest, { connection }: { connection: Socket }): void {
    request.onSocket(connection)
  }
}
