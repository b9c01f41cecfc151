import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type AllowedHosts, isHostAllowed, parseHost } from '../../domain/callbacks/host.js'
import { UapiError } from '../../domain/errors/uapi.js'
import type { Sandboxes } from '../../service/sandboxes.js'
import { LIMITS } from '../server/options.js'
import { sandboxNameOf } from '../server/target.js'

/**
 * A synchronous check of a request on arrival, or a preparation of its answer.
 * @returns ANSWERED when it has answered the request, and nothing may follow
 * @throws the error that refuses it
 */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => GuardResult

// biome-ignore lint/suspicious/noConfusingVoidType: nearly all guards return nothing
type GuardResult = void | typeof ANSWERED

/** Returned by a guard that has answered a request. */
export const ANSWERED = Symbol('answered')

/** One hook that runs guards in order: a hook for each would cost more than the guards themselves. */
export function runGuards(...guards: Guard[]): onRequestHookHandler {
  return function guard(request, reply, done) {
    for (const check of guards) if (check(request, reply) === ANSWERED) return
    done()
  }
}

/** Sets the header with the id of the request. @source contract §6 */
export function setRequestId(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('X-Emulator-Request-Id', request.id)
}

/**
 * Refuses requests that are too long or ambiguous, before any surface handles them.
 * @throws UapiError `uri_too_long`, `headers_too_large`, `request_invalid`, `request_not_implemented`.
 */
export function rejectMalformed(request: FastifyRequest): void {
  const { originalUrl, url, raw } = request
  if (originalUrl.length > LIMITS.target) throw new UapiError('uri_too_long', 'target_too_long')
  if (raw.rawHeaders.length > LIMITS.headers * 2) throw new UapiError('headers_too_large', 'headers_too_large')
  rejectRepeated(raw.rawHeaders)
  rejectProtocol(request)
  if (!isDecodable(url)) throw new UapiError('request_invalid', 'encoding_malformed')
}

/**
 * Refuses a Host that a web page could have chosen (DNS rebinding).
 * @throws UapiError `request_invalid`, `access_denied`.
 * @source control-api.md "Protection"
 */
export function hostGuard(allowed: AllowedHosts): Guard {
  let lastAllowed: string | undefined // clients send the same Host with every request
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

/** Refuses requests on open connections while the emulator shuts down. @throws UapiError `service_unavailable` */
export function shutdownGuard(isStopping: () => boolean): Guard {
  return function checkShutdown(request) {
    if (!isStopping()) return // first, because routeOptions is created at every access
    if (!request.routeOptions.config?.whileStopping) throw new UapiError('service_unavailable', 'stopping')
  }
}

/**
 * Sets the sandbox of the request, which counts as a use of it.
 * @param sendPage answers a browser that shows the page of a sandbox that does not exist
 * @throws UapiError `sandbox_unknown`
 */
export function resolveSandbox(find: Sandboxes['find'], sendPage: (...of: Parameters<Guard>) => boolean): Guard {
  return function setSandbox(request, reply) {
    const found = find(sandboxNameOf(request.raw))
    if (found === undefined && sendPage(request, reply)) return ANSWERED
    if (found === undefined) throw new UapiError('sandbox_unknown', 'sandbox_unknown')
    request.sandbox = found
  }
}

/** Refuses a Host that was sent twice, and different values of Authorization, of which Node would keep the first. */
function rejectRepeated(rawHeaders: string[]): void {
  let host = 0
  let authorization: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') {
      if (++host > 1) throw new UapiError('request_invalid', 'host_repeated')
    } else if (name?.length === 13 && name.toLowerCase() === 'authorization') {
      const value = rawHeaders[at + 1]
      if (authorization !== undefined && value !== authorization)
        throw new UapiError('request_invalid', 'authorization_repeated')
      authorization = value
    }
  }
}

/**
 * Refuses what Node's parser accepts and HTTP/1.1 does not have: other versions, targets that are no path, and transfer
 * codings beside chunked. @source RFC 9112 §2.3, §3.2, §6.1
 */
function rejectProtocol({ method, url, raw }: FastifyRequest): void {
  if (raw.httpVersionMajor !== 1) throw new UapiError('request_invalid', 'http_version_unsupported')
  if (!url.startsWith('/') && method !== 'OPTIONS') throw new UapiError('request_invalid', 'target_malformed')
  const coding = raw.headers['transfer-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    throw new UapiError('request_not_implemented', 'transfer_encoding_unsupported', undefined, ONLY_CHUNKED)
  }
}

const ONLY_CHUNKED = 'Of the transfer codings only chunked is read: send the body without another one.'

/** Whether a target is percent-encoded UTF-8, without bytes beyond ASCII. */
function isDecodable(target: string): boolean {
  if (/[^\x21-\x7E]/.test(target)) return false
  if (!target.includes('%')) return true
  try {
    decodeURIComponent(target)
    return true
  } catch {
    return false // a URIError: the only error that decodeURIComponent throws
  }
}
