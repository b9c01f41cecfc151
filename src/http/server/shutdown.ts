import { type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** How long a server goes on that is told to stop: those who use it do not know, in milliseconds. */
const DRAIN_MS = 50

/** How often it then looks once more at what has come: accepting a connection, reading it and answering are a turn each. */
const TURNS = 16

/** How long requests that are still coming in, or being answered, are waited for then, in milliseconds. */
const PATIENCE = 3_000

/**
 * Waits until what was sent before has been read and answered. On a busy machine the time alone may pass without a turn.
 * @param ms 0 does not wait at all
 */
export async function drain(ms = DRAIN_MS): Promise<void> {
  if (ms === 0) return
  await setTimeout(ms)
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
}

/** Connections that turn idle while we close would be waited for until they time out. */
export function closeAsTheyTurnIdle({ server }: FastifyInstance, closeUnused: () => void): void {
  closeUnused()
  if (!server.listening) return // it would never say that it closed
  const end = performance.now() + PATIENCE
  const sweep = setInterval(() => {
    closeUnused()
    if (performance.now() > end) server.closeAllConnections()
  }, 50)
  server.once('close', () => clearInterval(sweep))
}

/** The answer that is being made on a connection; undefined when none is owed. */
export function answerOn(socket: Socket): ServerResponse | undefined {
  const response: unknown = Reflect.get(socket, '_httpMessage') // Node's own name for it; there is no public one
  return response instanceof ServerResponse ? response : undefined
}

/**
 * Watches the connections of a server.
 * @returns what closes those on which no answer is owed: idle ones, and those that never said a word, which Node's own
 * closeIdleConnections leaves open
 */
export function watchConnections(server: Server): () => void {
  const open = new Map<string, Socket>()
  const watch = (socket: Socket) => {
    // Of a TLS connection the bare socket comes first and its encrypted one takes its place; both have these ends.
    const ends = `${socket.remoteAddress} ${socket.remotePort}`
    open.set(ends, socket)
    socket.once('close', () => {
      if (open.get(ends) === socket) open.delete(ends)
    })
  }
  server.on('connection', watch)
  server.on('secureConnection', watch)
  return () => {
    for (const socket of open.values()) if (answerOn(socket) === undefined) socket.destroy()
  }
}
