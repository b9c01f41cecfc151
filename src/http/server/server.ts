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
import type { RecordUnread } from '../hooks/journal.js'
import { replyToConnect } from './client-error.js'
import { LIMITS, type Timeouts } from './options.js'

/** A key and its certificate, PEM. */
export interface TlsPair {
  key: string
  cert: string
}

/** What a server is made of. */
export interface ServerParts {
  /** For https; undefined for http. */
  tls: TlsPair | undefined
  timeouts: Timeouts
  newRequestId: () => string
  recordUnread: RecordUnread
}

/**
 * Opens Node's server the way that all of ours are: canonical header names, bounded requests, and an answer of ours
 * where Node has one without a body.
 */
export function openServer(
  handler: RequestListener,
  { tls, timeouts, newRequestId, recordUnread }: ServerParts
): Server {
  const options = {
    ServerResponse: CanonicalResponse,
    maxHeaderSize: LIMITS.headerBytes,
    requireHostHeader: false, // answered by our own check, in the surface's shape
    requestTimeout: timeouts.requestTimeout,
    headersTimeout: timeouts.headersTimeout,
    connectionsCheckingInterval: timeouts.timeoutCheckInterval,
    keepAliveTimeout: 72_000 // longer than the minute after which load balancers and clients let go
  }
  const server: Server = tls ? https.createServer({ ...options, ...tls }, handler) : http.createServer(options, handler)
  server.on('connect', replyToConnect(newRequestId, recordUnread))
  // An expectation that we do not know is no reason to refuse; RFC 9110 §10.1.1 leaves it open.
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response))
  return server
}

/**
 * A response whose header names are written as `Content-Type`, not as `content-type`, which is how Fastify keeps them.
 * @source contract §2.7: some PHP clients compare the names exactly
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

/** As a list of names and values in turn: Node writes that down as it is. */
function canonical(
  headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined
): OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined {
  if (headers === undefined || Array.isArray(headers)) return headers
  const written: OutgoingHttpHeader[] = []
  // Node refuses a value that is none.
  for (const name in headers) written.push(canonicalName(name), headers[name] as OutgoingHttpHeader)
  return written
}
