import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** Where a request was sent: scheme, host and sandbox, without a slash at the end. */
export type BaseUrl = (request: FastifyRequest) => string

/**
 * Where links lead: what the operator says, else what the request names.
 * @param publicUrl what stands for it, when the operator says so; forwarded-* headers never do
 * @source contract §1 ({base})
 */
export const baseUrlOf = (publicUrl: string | undefined): BaseUrl => {
  const rootUrl = rootUrlOf(publicUrl)
  return request => `${rootUrl(request)}${sandboxPrefixOf(request.raw)}`
}

/** Where the emulator itself is, whichever sandbox a request is for. @param publicUrl as above */
export const rootUrlOf = (publicUrl: string | undefined): BaseUrl =>
  publicUrl === undefined ? request => `${request.protocol}://${request.headers.host}` : () => publicUrl

/** What stands before the path of a sandbox's own surfaces. @source control-api.md "Sandboxes" */
const PREFIX = /^\/sandboxes\/([^/?#]*)(?=[/?]|$)/

/** The requests that are for a sandbox, and its name as the path has it. All others are for the default one. */
const names = new WeakMap<IncomingMessage, string>()

/** Takes the prefix of a sandbox off a target, and remembers whose request it is. */
export function takeSandboxPath(request: IncomingMessage, target: string): string {
  if (!target.startsWith('/sandboxes/')) return target
  const [prefix, name] = PREFIX.exec(target) ?? []
  if (prefix === undefined || name === undefined) return target
  names.set(request, name)
  const rest = target.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** The name of the sandbox that a target is for, before anything was taken off it; undefined for the default one. */
export const sandboxNameIn = (target: string): string | undefined => PREFIX.exec(target)?.[1]

/** The name of the sandbox that a request is for; undefined for the default one. */
export const sandboxNameOf = (request: IncomingMessage): string | undefined => names.get(request)

/** What the addresses of a request's sandbox begin with after the host: `/sandboxes/worker-1`, or nothing. */
export function sandboxPrefixOf(request: IncomingMessage): string {
  const name = names.get(request)
  return name === undefined ? '' : `/sandboxes/${name}`
}
