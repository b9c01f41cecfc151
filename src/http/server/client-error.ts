import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { UapiError } from '../../domain/errors/uapi.js'
import { canonicalName } from '../../domain/headers.js'
import type { Cors } from '../hooks/cors.js'
import type { RecordUnrouted } from '../hooks/journal.js'
import { SURFACES, type Surface, surfaceOf } from '../surfaces.js'
import { LIMITS } from './options.js'
import { pendingResponseOf } from './shutdown.js'
import { splitTarget } from './target.js'

/** Error of Node's `clientError` event: a connection with bytes that are not an HTTP request. */
export interface ConnectionError extends Error {
  code?: string | undefined
  rawPacket?: unknown
}

/** Inspects an error of a connection, and warns if its client used the wrong scheme. */
export type SchemeHint = (error: ConnectionError, socket: Socket) => void

/**
 * Answers on the socket where Fastify has no request: unreadable HTTP, headers that are too large, requests that take
 * too long. The error shape is that of the surface in the request line.
 * @param hint called first with every error
 * @param corsHeaders the headers for a page of an origin
 */
export function replyToClientError(
  newRequestId: () => string,
  record: RecordUnrouted,
  hint: SchemeHint,
  corsHeaders: Cors['headersFor'] = () => ({})
) {
  return (error: ConnectionError, socket: Socket): void => {
    hint(error, socket)
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    if (closeAfterEarlier(socket)) return
    const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : ''
    const request = pendingResponseOf(socket)?.req
    const line = request ? `${request.method} ${request.url}` : requestLineOf(packet)
    const target = /^\S+ (\S*)/.exec(line)?.[1] ?? ''
    const [id, refusal] = [newRequestId(), refusalOf(error, line, target)]
    const { path } = splitTarget(target)
    const origin = request?.headers.origin ?? /\r\norigin: *(\S+)/i.exec(packet)?.[1]
    const answer = printResponse(refusal, surfaceOf(path), id, corsHeaders(origin, path))
    record({ id, line, request, refusal, answer })
    socket.end(answer, () => socket.destroy())
  }
}

/**
 * Answers CONNECT, which Node does not pass to the request handler, and methods of other protocols, which Fastify cannot
 * route. @source contract §6: any other method
 */
export function replyToUnroutable(newRequestId: () => string, record: RecordUnrouted) {
  return (request: IncomingMessage, socket: Socket): void => {
    const [id, refusal] = [newRequestId(), new UapiError('request_not_implemented', 'method_unknown')]
    const { url = '' } = request
    const surface = url.startsWith('/') ? surfaceOf(splitTarget(url).path) : SURFACES.uapi
    const answer = printResponse(refusal, surface, id)
    record({ id, line: `${request.method} ${request.url}`, request, refusal, answer })
    socket.end(answer)
  }
}

/** The request line of a packet; empty when the packet begins with something else, such as a later part of a request. */
function requestLineOf(packet: string): string {
  const line = packet.split(/\r?\n/, 1)[0] ?? ''
  return /^[!-9;-~]+ (?:\/|https?:|\*)/.test(line) ? line : ''
}

function refusalOf({ code }: ConnectionError, line: string, target: string): UapiError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return target.length > LIMITS.target
      ? new UapiError('uri_too_long', 'target_too_long')
      : new UapiError('headers_too_large', 'headers_too_large')
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new UapiError('request_timeout', 'request_timeout')
  if (code === 'HPE_INVALID_METHOD' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]$/.test(line)) {
    return new UapiError('request_not_implemented', 'method_unknown')
  }
  return new UapiError('request_invalid', 'http_unreadable')
}

/** Closes a connection when its earlier requests have been answered. @returns false when there are none */
function closeAfterEarlier(socket: Socket): boolean {
  const close = () => {
    if (!closeAfterEarlier(socket)) socket.destroySoon()
  }
  const earlier = earlierResponseOf(socket)
  earlier?.once('finish', close) // a pipelined request behind it has its turn by then
  return earlier !== undefined
}

/**
 * The response to an earlier request on the connection that has to be finished first. A request that never became
 * complete gets no other answer than the one written here, unless its response has begun.
 */
function earlierResponseOf(socket: Socket): ServerResponse | undefined {
  const response = pendingResponseOf(socket)
  if (response === undefined) return undefined
  return response.headersSent || response.req.complete ? response : undefined
}

function printResponse(
  refusal: UapiError,
  surface: Surface,
  requestId: string,
  headers: Readonly<Record<string, string>> = {}
): string {
  const body = JSON.stringify(surface.printError(refusal))
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Emulator-Request-Id: ${requestId}`,
    `X-Emulator-Reason: ${refusal.reason}`,
    ...Object.entries(headers).map(([name, value]) => `${canonicalName(name)}: ${value}`),
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
    '',
    body
  ].join('\r\n')
}
