import { BODY_BOUNDS } from '../../schema/body-bounds.js'
import { buildLazySerializer } from './serializers.js'
import { rewriteUrl } from './target.js'

/** Limits of requests, stated once. Sizes in bytes, times in milliseconds. @assumed 0013 */
export const LIMITS = {
  /** Size of a request target. */
  target: 8192,
  /** Number of headers of a request, and their size together with the request line. */
  headers: 200,
  headerBytes: 16 * 1024,
  /** Size of a body on the vendor's surface. */
  uapiBody: BODY_BOUNDS.uapi.bytes,
  /** Size of a body on the OAuth endpoints. */
  oauthBody: BODY_BOUNDS.oauth.bytes,
  /** Time for a request to arrive, for its headers to arrive, and between two checks of both. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  timeoutCheckInterval: 1_000,
  /** Time that an idle connection stays open: longer than the minute after which load balancers and clients close theirs. */
  keepAliveTimeout: 72_000
} as const

/** Time limits for a client that sends a request, in milliseconds. Tests shorten them. */
export interface Timeouts {
  requestTimeout: number
  headersTimeout: number
  timeoutCheckInterval: number
}

/** Fastify options of the server and of the application that generates the OpenAPI documents. */
export const frameworkOptions = {
  routerOptions: {
    // The vendor's own cURLs end in a slash. @source page "Create › Code Examples"
    ignoreTrailingSlash: true,
    // As long as a target can get, so that the length of an id is checked by its schema and not by the router.
    maxParamLength: LIMITS.headerBytes
  },
  schemaController: { compilersFactory: { buildSerializer: buildLazySerializer } },
  exposeHeadRoutes: false, // HEAD is not one of the vendor's operations. @source contract §6 (501)
  return503OnClosing: false, // a guard answers in the error shape of the surface
  rewriteUrl
}
