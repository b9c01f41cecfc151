import { type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { onceClosed } from './localhost.js'

/**
 * How long a stopping server still accepts requests, in milliseconds: its clients cannot see that it stops. The default
 * of --drain-ms, too.
 */
const DRAIN_MS = 50

/** Turns of the event loop after that: accepting a connection, reading it and answering take one each. */
const DRAIN_TURNS = 16

/** How long open requests may take to finish before their connections are closed, in milliseconds. */
const CLOSE_TIMEOUT_MS = 3_000

/** Time between two searches for idle connections while the server closes, in milliseconds. */
const IDLE_CHECK_MS = 50

/**
 * Waits until requests that were sent before the stop have been read and answered. The turns count too, because on a
 * busy machine the time can pass within one turn.
 * @param ms 0 does not wait at all
 */
export async function drain(ms = DRAIN_MS): Promise<void> {
  if (ms === 0) return
  await setTimeout(ms)
  for (let turn = 0; turn < DRAIN_TURNS; turn++) await setImmediate()
}

/** Closes connections as they become idle, so that closing the server need not wait for their keep-alive timeout. */
export function closeConnections({ server }: FastifyInstance, closeIdle: () => void): void {
  closeIdle()
  if (!server.listening) return // it would never emit `close`
  const end = performance.now() + CLOSE_TIMEOUT_MS
  const sweep = setInterval(() => {
    closeIdle()
    if (performance.now() > end) server.closeAllConnections()
  }, IDLE_CHECK_MS)
  onceClosed(server, () => clearInterval(sweep))
}

/** The response that has not been finished on a connection; undefined when there is none. */
export function pendingResponseOf(socket: Socket): ServerResponse | undefined {
  const response: unknown = Reflect.get(socket, '_httpMessage') // an internal property of Node; no public one exists
  return response instanceof ServerResponse ? response : undefined
}

/**
 * Tracks the connections of a server.
 * @returns closes the connections without a pending response: idle ones, and those that never sent a request, which
 * Node's closeIdleConnections leaves open
 */
export function trackConnections(server: Server): () => void {
  const open = new Map<string, Socket>()
  const track = (socket: Socket) => {
    // For TLS the plain socket is emitted first and the encrypted one replaces it; both have the same remote address.
    const remote = `${socket.remoteAddress} ${socket.remotePort}`
    open.set(remote, socket)
    socket.once('close', () => {
      if (open.get(remote) === socket) open.delete(remote)
    })
  }
  server.on('connection', track)
  server.on('secureConnection', track)
  return () => {
    for (const socket of open.values()) if (pendingResponseOf(socket) === undefined) socket.destroy()
  }
}
