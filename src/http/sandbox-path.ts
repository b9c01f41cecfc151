import type { IncomingMessage } from 'node:http'

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
