import http, { type RequestListener, type Server } from 'node:http'
import https from 'node:https'
import { CanonicalResponse } from './canonical-response.js'
import { replyToConnect } from './client-error.js'
import type { RecordUnread } from './record-unread.js'
import { LIMITS, type Timeouts } from './server-options.js'

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
