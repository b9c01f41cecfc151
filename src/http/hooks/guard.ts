import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type HostName, isHostAllowed, parseHost } from '../../domain/callbacks/host.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { Sandboxes } from '../../service/sandboxes.js'
import { LIMITS } from '../server/options.js'
import { sandboxNameOf } from '../server/target.js'

/** Looks at a request when it comes. @throws what refuses it */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => void

/** Lets guards look at every request, in their order. One hook for all: each hook costs as much as a guard. */
export function inTurn(...guards: Guard[]): onRequestHookHandler {
  return function guard(request, reply, done) {
    for (const look of guards) look(request, reply)
    done()
  }
}

/** Names the request in its answer. @source contract §6 */
export function nameRequest(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('X-Emulator-Request-Id', request.id)
}

/**
 * Refuses what cannot be read one way only, before any surface sees it.
 * @throws UapiError `uri_too_long`, `headers_too_large`, `request_invalid`.
 */
export function checkForm(request: FastifyRequest): void {
  const { originalUrl, url, raw } = request
  if (originalUrl.length > LIMITS.target) throw new UapiError('uri_too_long', 'target_too_long')
  if (raw.rawHeaders.length > LIMITS.headers * 2) throw new UapiError('headers_too_large', 'headers_too_large')
  if (countHosts(raw.rawHeaders) > 1) throw new UapiError('request_invalid', 'host_repeated')
  if (!isDecodable(url)) throw new UapiError('request_invalid', 'encoding_malformed')
}

/**
 * Refuses a Host that a page on the web could have chosen.
 * @throws UapiError `request_invalid`, `access_denied`.
 * @source control-api.md "Protection"
 */
export function hostGuard(allowed: ReadonlySet<HostName>): Guard {
  let lastAllowed: string | undefined // clients name the same Host every time
  return function checkHost({ headers }) {
    if (headers.host !== undefined && headers.host === lastAllowed) return
    if (!headers.host) throw new UapiError('request_invalid', 'host_missing')
    const host = parseHost(headers.host)
    if (host === undefined) throw new UapiError('request_invalid', 'host_malformed')
    if (!isHostAllowed(host, allowed)) throw new UapiError('access_denied', 'host_not_allowed', 403, ALLOW_HOST)
    lastAllowed = headers.host
  }
}

const ALLOW_HOST = 'The Host of the request is not allowed: start the emulator with --allowed-host or --public-url.'

/** Refuses what still comes in over open connections while the emulator shuts down. */
export function stopGuard(isStopping: () => boolean): Guard {
  return function checkStopping(request) {
    if (!isStopping()) return // before a property is asked for that costs something
    if (!request.routeOptions.config?.whileStopping) throw new UapiError('service_unavailable', 'stopping')
  }
}

/** Finds the sandbox that a request is for. @throws UapiError `sandbox_unknown` */
export function findSandbox(find: Sandboxes['find']): Guard {
  return function checkSandbox(request) {
    const found = find(sandboxNameOf(request.raw))
    if (found === undefined) throw new UapiError('sandbox_unknown', 'sandbox_unknown')
    request.sandbox = found
  }
}

function countHosts(rawHeaders: string[]): number {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts
}

/** Whether a target is percent-encoded UTF-8; raw bytes beyond ASCII are not. */
function isDecodable(target: string): boolean {
  if (/[^\x21-\x7E]/.test(target)) return false
  if (!target.includes('%')) return true
  try {
    decodeURIComponent(target)
    return true
  } catch {
    return false // URIError is how the platform says that it cannot decode
  }
}
