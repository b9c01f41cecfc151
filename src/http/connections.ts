import { type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

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
