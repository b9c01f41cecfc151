import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import { UapiError } from '../../domain/errors/uapi.js'
import { printablePath } from '../../domain/masking.js'
import { authorityOf } from '../../domain/recordings/known-services.js'
import type { Recorder } from '../../service/recording/recorder.js'
import type { Upstream } from '../../service/recording/upstream.js'
import { replyToClientError, replyToUnroutable } from '../server/client-error.js'
import { listenOnBothFamilies, onceClosed } from '../server/localhost.js'
import { LIMITS } from '../server/options.js'
import { inTurn, type TlsPair } from '../server/server.js'
import { trackConnections } from '../server/shutdown.js'
import { type Surface, surfaceOf } from '../surfaces.js'
import { judge, type Rules, TOKEN_HEADER } from './judge.js'
import { createLinkRewriter } from './links.js'
import { relay } from './relay.js'

/** Options for `createProxy`. */
export interface ProxyOptions extends Rules {
  upstream: Upstream
  /** Scheme, host and port of the upstream. */
  origin: URL
  recorder: Recorder
  /** Whether addresses of the upstream in answers become those of the proxy. */
  rewriteLinks: boolean
  /** Undefined to serve http. */
  tls: TlsPair | undefined
  /** A line about a request that was refused or failed. */
  report(line: string): void
}

/** The largest head of a request, in bytes: larger than servers accept, which answer it themselves. */
const MAX_HEAD = 64 * 1024

/** The server of a recording proxy. */
export interface Proxy {
  server: Server
  /** Stops listening, and resolves when the requests on their way have ended: after a few seconds they are cut. */
  stop(): Promise<void>
}

/** Creates the server of a recording proxy. It has no route of its own. */
export function createProxy(options: ProxyOptions): Proxy {
  const { upstream, origin, recorder, report, rewriteLinks, tls } = options
  let exchanges = 0
  let refused = 0

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.sendDate = false
    const surface = surfaceAt(request.url)
    let target: string
    try {
      target = judge(request, options)
    } catch (error) {
      if (!(error instanceof UapiError)) throw error
      report(
        `refused ${request.method} ${printablePath(request.url ?? '')}: ${error.reason}. ${error.remedy}`.trimEnd()
      )
      refuse(response, error, surface)
      return
    }
    const number = ++exchanges
    // Of an absolute target the Host is not used, and was not judged. @source RFC 9112 §3.2.2
    const own = `${tls ? 'https' : 'http'}://${authorityOf(request.url ?? '') ?? request.headers.host}`
    relay(request, response, {
      upstream,
      target,
      host: origin.host,
      headers: withoutToken(request.rawHeaders),
      rewriter: rewriteLinks ? createLinkRewriter(origin, own) : undefined,
      refuse: ({ reason, message }) => {
        const status = reason === 'upstream_timeout' ? 504 : 502
        refuse(response, new UapiError('service_unavailable', reason, status, message), surface)
      },
      ended: passed => {
        if (passed.failure) report(`exchange ${number}: ${passed.failure.code}. ${passed.failure.message}`)
        recorder.exchange({ number, ...passed })
      }
    })
  }
  const server = createServer(handle, tls)
  const newId = () => `refused-${++refused}`
  const recordUnrouted = ({ refusal }: { refusal: UapiError }) => report(`refused a request: ${refusal.reason}.`)
  server.on('connect', replyToUnroutable(newId, recordUnrouted))
  server.on(
    'clientError',
    replyToClientError(newId, recordUnrouted, () => {})
  )
  // Without a listener for upgrades Node takes a request for one as any other. @source RFC 9110 §7.8
  const closeIdle = trackConnections(server)
  return { server, stop: () => stop(server, closeIdle) }
}

function createServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  tls: TlsPair | undefined
): Server {
  const limits = {
    maxHeaderSize: MAX_HEAD,
    requireHostHeader: false, // the answer has the shape of its surface
    headersTimeout: LIMITS.headersTimeout,
    keepAliveTimeout: LIMITS.keepAliveTimeout,
    connectionsCheckingInterval: LIMITS.timeoutCheckInterval
  }
  const listener = inTurn(handle)
  const server: Server = tls ? https.createServer({ ...limits, ...tls }, listener) : http.createServer(limits, listener)
  server.maxHeadersCount = 0 // unlimited: the limit of bytes suffices, and node:http drops headers silently
  server.on('checkContinue', listener)
  server.on('checkExpectation', listener)
  listenOnBothFamilies(server)
  return server
}

/** How long requests on their way may take to end, in milliseconds, and the time between two looks for idle connections. */
const [CLOSE_MS, IDLE_CHECK_MS] = [3_000, 20]

async function stop(server: Server, closeIdle: () => void): Promise<void> {
  const closed = new Promise<void>(done => onceClosed(server, done))
  server.close()
  closeIdle()
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  const sweep = setInterval(closeIdle, IDLE_CHECK_MS)
  await closed
  clearTimeout(timer)
  clearInterval(sweep)
}

/** Answers a request in the shape of its surface. */
function refuse(response: ServerResponse, error: UapiError, surface: Surface): void {
  const body = JSON.stringify(surface.printError(error))
  response.writeHead(error.status, [
    ...['Content-Type', 'application/json; charset=utf-8'],
    ...['Content-Length', String(Buffer.byteLength(body))],
    ...['X-Emulator-Reason', error.reason],
    ...(hasUnreadBody(response.req) ? ['Connection', 'close'] : [])
  ])
  response.end(body)
}

const hasUnreadBody = ({ complete, headers }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)

/** The surface of a target. @source contract §2 (the alias) */
function surfaceAt(target = ''): Surface {
  const [, path = target] = /^https?:\/\/[^/?#]*(.*)$/i.exec(target) ?? []
  return surfaceOf(path.replace(/^\/unifiedapi(?=[/?]|$)/, '/uapi'))
}

const withoutToken = (raw: readonly string[]): string[] =>
  raw.filter((_text, at) => raw[at - (at % 2)]?.toLowerCase() !== TOKEN_HEADER)
