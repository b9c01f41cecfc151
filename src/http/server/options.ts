import type { IncomingMessage } from 'node:http'
import { takeSandboxPath } from './target.js'

/** The limits of what is read from a connection. @assumed 0013 */
export const LIMITS = {
  /** The bytes of a request target. */
  target: 8192,
  /** How many headers a request may have, and the bytes of all of them with the request line. */
  headers: 200,
  headerBytes: 16 * 1024,
  /** The bytes of a body on the vendor's surface. */
  uapiBody: 64 * 1024,
  /** The bytes of a body on the OAuth endpoints. */
  oauthBody: 8 * 1024,
  /** The bytes of a body of the control API in which a fixture may stand. */
  fixtureBody: 32 * 1024 * 1024,
  /** How long a request may take to arrive, in milliseconds; its headers alone, and how often this is looked at. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  timeoutCheckInterval: 1_000
} as const

/** How long a client may take to send a request, in milliseconds. Tests make these short. */
export interface Timeouts {
  requestTimeout: number
  headersTimeout: number
  timeoutCheckInterval: number
}

/** What Fastify is told, whoever builds it. */
export const frameworkOptions = {
  routerOptions: {
    // The vendor's own cURLs end in a slash. @source page "Create › Code Examples"
    ignoreTrailingSlash: true,
    // Above what fits into a header, so that the schema judges an id's length and not the router.
    maxParamLength: 20_000
  },
  exposeHeadRoutes: false, // HEAD is not one of the vendor's operations. @source contract §6 (501)
  return503OnClosing: false, // answered by a hook of ours, in the surface's shape
  rewriteUrl
}

/** What the service is also called. @source contract §2 (clients) */
const ALIAS = /^\/unifiedapi(?=[/?]|$)/

/** The target of a request as the routes have it. */
function rewriteUrl(request: IncomingMessage): string {
  return takeSandboxPath(request, originForm(request)).replace(ALIAS, '/uapi')
}

/**
 * Understands `POST https://host/path HTTP/1.1`, as clients behind a proxy send it. The host of such a target stands
 * above the Host header.
 * @source contract §2.2 (clients); RFC 9112 §3.2.2
 */
function originForm(request: IncomingMessage): string {
  const target = request.url ?? '/'
  if (target.startsWith('/')) return target
  const [, authority, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? []
  if (authority === undefined || rest === undefined) return target
  request.headers.host = authority
  return rest.startsWith('/') ? rest : `/${rest}`
}
