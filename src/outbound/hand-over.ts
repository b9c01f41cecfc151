import { Agent, type ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/** Gives a request the connection that comes with its options, instead of looking for one itself. */
export class HandOver extends Agent {
  constructor() {
    super({ keepAlive: true }) // else node:http ends every connection behind its answer
  }

  /** What node:http calls when a request needs a connection. */
  addRequest(request: ClientRequest, { connection }: { connection: Socket }): void {
    request.onSocket(connection)
  }
}
