import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { SERVE_OPTIONS, type Table } from '../../../config.js'
import { urlAt } from '../../../domain/callbacks/host.js'
import { renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { readOptions } from '../../options.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { explainListenError } from '../../serve/address.js'
import {
  type ReceivedRequest,
  readReceivedRequest,
  renderReceivedRequest,
  renderReceivedRequestJson
} from './received-request.js'

const OPTIONS = {
  port: { ...SERVE_OPTIONS.port, default: 4773 },
  host: SERVE_OPTIONS.host,
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 200, maximum: 599 }),
    default: 200,
    meaning: 'Status of every response.'
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
  summary: 'Receive webhooks and print them',
  notes: [
    'Register the printed url in a phone call event, and place a call. Any path below it is accepted. In a container, ' +
      'or for an emulator in one, listen on every address: --host 0.0.0.0.'
  ],
  examples: ['uapi-emulator catch', 'uapi-emulator catch --port 0 --json', 'uapi-emulator catch --status 500'],
  exits: { 0: 'stopped', 1: 'failure', 2: 'invalid options, or the port is taken' },
  options: OPTIONS,

  async run(flags, context) {
    const { port, host, status, json } = readOptions(OPTIONS, flags, {}) // UAPI_EMULATOR_PORT is that of serve
    const server = createCatchServer(status, request =>
      context.out(json ? renderReceivedRequestJson(request) : `\n${renderReceivedRequest(request)}`)
    )
    try {
      await once(server.listen({ port, host }), 'listening')
    } catch (error) {
      throw explainListenError(error, { host, port })
    }
    const { port: bound } = server.address() as AddressInfo // a server that listens on a port has one
    const url = urlAt({ host }, bound, false)
    await runUntilStopped(context, async signal => {
      context.out(json ? renderJson({ ready: true, url }) : renderBanner(url, status))
      if (!signal.aborted) await once(signal, 'abort')
      server.close()
      server.closeAllConnections()
    })
    return EXIT.ok
  }
}

/** A server that reports each request and answers it with a status. */
function createCatchServer(status: number, report: (request: ReceivedRequest) => void): Server {
  return createServer(async (message, response) => {
    const request = await readReceivedRequest(message).catch(() => undefined) // the sender has disconnected
    if (request === undefined) return
    report(request)
    response.writeHead(status, { 'content-type': 'text/plain' }).end('OK')
  })
}

const renderBanner = (url: string, status: number): string => `Register this url: ${url}/

Every request to it is printed here and answered with ${status}. Stop it with Ctrl+C.
`
