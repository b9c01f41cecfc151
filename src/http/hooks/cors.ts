import type { OutgoingHttpHeaders } from 'node:http'
import { type AllowedOrigins, allowOriginOf, allowsOrigins } from '../../domain/allowed-origins.js'
import { surfaceOf } from '../surfaces.js'
import { ANSWERED, type Guard } from './guard.js'

/** CORS for the pages of allowed origins. A request without Origin costs one lookup of a header. */
export interface Cors {
  /** Sets the headers of an answer, whatever it will be. It runs first, so that browsers show every refusal to the page. */
  setHeaders: Guard
  /** Answers a preflight, which has no credentials and no token, and is in no journal. */
  answerPreflight: Guard
  /** The headers of an answer that is written to the socket. @param path without origin and sandbox */
  headersFor: (origin: string | undefined, path: string) => Readonly<Record<string, string>>
}

/** @returns undefined when no origin is allowed: without CORS @source control-api.md "Protection" */
export function createCors(allowed: AllowedOrigins): Cors | undefined {
  if (!allowsOrigins(allowed)) return undefined

  const allowOrigin = (origin: string, path: string): string | undefined =>
    allowOriginOf(allowed, origin, VENDORS.has(surfaceOf(path).name))

  const headersFor: Cors['headersFor'] = (origin, path) => {
    if (origin === undefined) return {}
    const value = allowOrigin(origin, path)
    if (value === undefined) return { vary: 'Origin' }
    const headers = { vary: 'Origin', 'access-control-allow-origin': value, 'access-control-expose-headers': EXPOSED }
    return value === '*' ? headers : { ...headers, 'access-control-allow-credentials': 'true' }
  }

  return {
    headersFor,
    setHeaders({ headers: { origin }, url }, reply) {
      if (origin !== undefined) reply.headers(headersFor(origin, url))
    },
    answerPreflight({ method, headers, url }, reply) {
      const { origin, 'access-control-request-method': requested } = headers
      if (method !== 'OPTIONS' || origin === undefined || !requested || !allowOrigin(origin, url)) return
      const names = headers['access-control-request-headers']
      reply
        .removeHeader('access-control-expose-headers')
        .header('access-control-allow-methods', METHODS)
        .header('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Private-Network')
      if (names) reply.header('access-control-allow-headers', names)
      if (headers['access-control-request-private-network'] === 'true')
        reply.header('access-control-allow-private-network', 'true')
      reply.hijack() // the hooks of the surface, such as that of the journal, do not run
      reply.raw.writeHead(204, reply.getHeaders() as OutgoingHttpHeaders).end() // none of ours is undefined
      return ANSWERED
    }
  }
}

/** The surfaces of the vendor, which `*` opens. */
const VENDORS: ReadonlySet<string> = new Set(['uapi', 'oauth'])

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'

/** The headers that a page can read beside the usual ones. */
const EXPOSED = 'X-Emulator-Request-Id, X-Emulator-Reason, Retry-After'
