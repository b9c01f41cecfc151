import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { SERVE_OPTIONS, type Table } from '../../../config.js'
import { urlAt } from '../../../domain/callbacks/host.js'
import { type Command, EXIT } from '../../command.js'
import { readOptions } from '../../options.js'
import { addressRefusal } from '../../serve/address.js'
import { runUntilStopped } from '../../watch.js'
import { type Arrival, readArrival, renderArrival, renderArrivalJson } from './listener.js'

const OPTIONS = {
  port: { ...SERVE_OPTIONS.port, default: 4773 },
  host: SERVE_OPTIONS.host,
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 200, maximum: 599 }),
    default: 200,
    meaning: 'The status that every request is answered with.'
  },
  json: {
    flag: 'json',
    type: Type.Boolean(),
    default: false,
    meaning: 'Print one line of JSON when ready, and one for each request.'
  }
} as const satisfies Table

export const catchRequests: Command = {
  name: 'catch',
  summary: 'Receive webhooks: print every request that comes, and answer it.',
  usage: `
Register the url that it prints in a phone call event, and place a call. Any path will do. In a container, or for one,
bind it to every address with --host 0.0.0.0.

Examples:
  uapi-emulator catch
  uapi-emulator catch --port 0 --json
  uapi-emulator catch --status 500

Exit codes: 0 stopped, 1 failure, 2 bad options, or the port is taken.`,
  options: OPTIONS,

  async run(flags, context) {
    const { port, host, status, json } = readOptions(OPTIONS, flags, {}) // the environment is the server's
    const server = createCatcher(status, arrival =>
      context.out(json ? renderArrivalJson(arrival) : `\n${renderArrival(arrival)}`)
    )
    try {
      await once(server.listen({ port, host }), 'listening')
    } catch (error) {
      throw addressRefusal(error, { host, port })
    }
    const { port: bound } = server.address() as AddressInfo // a server that listens on a port has one
    const url = urlAt({ host }, bound, false)
    await runUntilStopped(context, async signal => {
      context.out(json ? `${JSON.stringify({ ready: true, url })}\n` : renderInvitation(url, status))
      if (!signal.aborted) await once(signal, 'abort')
      server.close()
      server.closeAllConnections()
    })
    return EXIT.ok
  }
}

/** A server that tells of each request, and answers it. */
function createCatcher(status: number, tell: (arrival: Arrival) => void): Server {
  return createServer(async (request, response) => {
    const arrival = await readArrival(request).catch(() => undefined) // whoever sent it has gone
    if (arrival === undefined) return
    tell(arrival)
    response.writeHead(status, { 'content-type': 'text/plain' }).end('OK')
  })
}

const renderInvitation = (url: string, status: number): string => `Register this url: ${url}/

Every request to it is printed here and answered with ${status}. Stop it with Ctrl+C.
`
