import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { SURFACES } from '../surfaces.js'

/** Address that a request was sent to: scheme, host and sandbox, without a trailing slash. */
export type BaseUrl = (request: FastifyRequest) => string

/**
 * The base of links in answers: the public URL, else scheme and Host of the request.
 * @param publicUrl set by the operator; Forwarded and X-Forwarded-* headers are never read
 * @source contract §1 ({base})
 */
export const baseUrlOf = (publicUrl: string | undefined): BaseUrl => {
  const rootUrl = rootUrlOf(publicUrl)
  return request => `${rootUrl(request)}${sandboxPrefixOf(request.raw)}`
}

/** The address of the emulator itself, without the sandbox of the request. @param publicUrl as above */
export const rootUrlOf = (publicUrl: string | undefined): BaseUrl =>
  publicUrl === undefined ? request => `${request.protocol}://${request.headers.host}` : () => publicUrl

/** Prefix of the paths of a sandbox. @source control-api.md "Sandboxes" */
const SANDBOX = /^\/sandboxes\/([^/?#]*)(?=[/?]|$)/

/** The second prefix of the vendor's services. @source contract §2 (clients) */
const ALIASED = /^\/unifiedapi(?=[/?]|$)/
const PREFIX = SURFACES.uapi.prefix

/** Sandbox names of requests, as written in their paths. Requests for the default sandbox have no entry. */
const sandboxNames = new WeakMap<IncomingMessage, string>()

/**
 * Rewrites a target to the path of a route: removes origin and sandbox, and replaces the alias. The sandbox is kept for
 * `sandboxNameOf`. The host of an absolute target replaces the Host header.
 * @source contract §2.2 (clients); RFC 9112 §3.2.2
 */
export function rewriteUrl(request: IncomingMessage): string {
  let path = request.url ?? '/'
  if (!path.startsWith('/')) {
    const absolute = splitOrigin(path)
    if (absolute) {
      request.headers.host = absolute.authority
      path = absolute.path
    }
  }
  if (path.startsWith('/sandboxes/')) {
    const addressed = splitSandbox(path)
    if (addressed) {
      sandboxNames.set(request, addressed.sandbox)
      path = addressed.path
    }
  }
  return path.replace(ALIASED, PREFIX)
}

/** The name of the sandbox that a request is for; undefined for the default one. */
export const sandboxNameOf = (request: IncomingMessage): string | undefined => sandboxNames.get(request)

/** Path prefix of a request's sandbox: `/sandboxes/worker-1`, or empty for the default one. */
export function sandboxPrefixOf(request: IncomingMessage): string {
  const name = sandboxNames.get(request)
  return name === undefined ? '' : `/sandboxes/${name}`
}

/** The target of a request as it was sent, without the prefix of its sandbox. */
export const sentTargetOf = ({ originalUrl, raw }: FastifyRequest): string =>
  sandboxNames.has(raw) ? withoutSandbox(originalUrl) : originalUrl

/** The same for the target of a request that was never rewritten. */
export function withoutSandbox(target: string): string {
  const [origin = ''] = /^https?:\/\/[^/?#]*/i.exec(target) ?? []
  const path = splitSandbox(target.slice(origin.length))?.path
  return path === undefined ? target : origin + path
}

/** Splits the target of a request that was never rewritten. @returns the path with its query, the alias kept */
export function splitTarget(target: string): { sandbox: string | undefined; path: string } {
  const path = splitOrigin(target)?.path ?? target
  return splitSandbox(path) ?? { sandbox: undefined, path }
}

function splitOrigin(target: string): { authority: string; path: string } | undefined {
  const [, authority, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target) ?? []
  return authority === undefined || rest === undefined ? undefined : { authority, path: absolutePath(rest) }
}

function splitSandbox(path: string): { sandbox: string; path: string } | undefined {
  const [prefix, sandbox] = SANDBOX.exec(path) ?? []
  if (prefix === undefined || sandbox === undefined) return undefined
  return { sandbox, path: absolutePath(path.slice(prefix.length)) }
}

const absolutePath = (rest: string): string => (rest.startsWith('/') ? rest : `/${rest}`)
