import http, {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  ServerResponse
} from 'node:http'
import https from 'node:https'
import { canonicalName } from '../../domain/headers.js'
import type { RecordUnrouted } from '../hooks/journal.js'
import { replyToUnroutable } from './client-error.js'
import { listenOnBothFamilies } from './localhost.js'
import { LIMITS, type Timeouts } from './options.js'

/** Private key and certificate, PEM. */
export interface TlsPair {
  key: string
  cert: string
}

/** Options for `createServer`. */
export interface ServerOptions {
  /** Undefined to serve http. */
  tls: TlsPair | undefined
  timeouts: Timeouts
  newRequestId: () => string
  recordUnrouted: RecordUnrouted
}

/**
 * Creates the HTTP or HTTPS server of Node: with canonical header names and limits, and with answers to the requests
 * that Node answers without a body or not at all.
 */
export function createServer(
  handler: RequestListener,
  { tls, timeouts, newRequestId, recordUnrouted }: ServerOptions
): Server {
  const options = {
    ServerResponse: CanonicalResponse,
    maxHeaderSize: LIMITS.headerBytes,
    requireHostHeader: false, // a guard answers in the error shape of the surface
    requestTimeout: timeouts.requestTimeout,
    headersTimeout: timeouts.headersTimeout,
    connectionsCheckingInterval: timeouts.timeoutCheckInterval,
    keepAliveTimeout: LIMITS.keepAliveTimeout
  }
  const refuse = replyToUnroutable(newRequestId, recordUnrouted)
  const listener = inTurn((request, response) =>
    METHODS.has(request.method ?? '') ? handler(request, response) : refuse(request, request.socket)
  )
  const server: Server = tls
    ? https.createServer({ ...options, ...tls }, listener)
    : http.createServer(options, listener)
  listenOnBothFamilies(server)
  server.on('connect', refuse)
  // An unknown expectation is ignored; RFC 9110 §10.1.1 permits that.
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response))
  return server
}

/** The methods that Fastify can route. Node's parser takes those of RTSP and ICE, too. */
const METHODS: ReadonlySet<string> = new Set(http.METHODS)

/**
 * Handles a pipelined request when those before it on its connection have been answered. Requests behind an answer that
 * closes the connection are never handled: Node gives their responses no socket, or the socket has ended.
 * @source RFC 9112 §9.3.2, §9.6
 */
export function inTurn(handler: RequestListener): RequestListener {
  return (request, response) => {
    if (response.socket !== null) return response.socket.writable ? handler(request, response) : undefined
    // Not at once: Node sends what was written so far when it has emitted `socket`.
    response.once('socket', () => queueMicrotask(() => handler(request, response)))
  }
}

/**
 * A response that writes header names as `Content-Type`. Fastify stores them as `content-type`.
 * @source contract §2.7: some PHP clients compare the names case-sensitively
 */
export class CanonicalResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(canonicalName(name), value)
  }

  override writeHead(
    status: number,
    message?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[]
  ): this {
    if (typeof message === 'string') return super.writeHead(status, message, canonical(headers))
    return super.writeHead(status, canonical(message))
  }
}

/** Headers as a flat list of names and values, which Node writes unchanged. */
function canonical(
  headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined
): OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined {
  if (headers === undefined || Array.isArray(headers)) return headers
  const written: OutgoingHttpHeader[] = []
  // The cast is safe: Node rejects an undefined value.
  for (const name in headers) written.push(canonicalName(name), headers[name] as OutgoingHttpHeader)
  return written
}
