import { parseHost } from '../domain/callbacks/host.js'
import { parseIpAddress } from '../domain/callbacks/ip-address.js'
import { type CallbackRewrite, type HostAndPort, rewriteTarget } from '../domain/callbacks/policy.js'

/** The destination of a webhook: as its url names it, and where the connection goes. */
export interface Target {
  tls: boolean
  /** As the url names it; the certificate must be valid for it. */
  named: HostAndPort
  /** After the rewrites; the policy is applied to it. */
  connected: HostAndPort
  /** Path and query, exactly as written. */
  path: string
  /** Targets with the same key share connections. */
  key: string
}

/**
 * Parses the url of a webhook. Its host is parsed as browsers do, `0x7f.1` is 127.0.0.1; its path stays unchanged.
 * @returns undefined when it cannot be requested
 */
export function parseTarget(url: string, rewrites: readonly CallbackRewrite[]): Target | undefined {
  const [, origin, path = ''] = WEBHOOK_URL.exec(url) ?? []
  const parsed = origin === undefined ? undefined : parseOrigin(origin)
  if (!parsed) return undefined
  const { tls, named } = parsed
  const connected = rewrites.length === 0 ? named : rewriteTarget(rewrites, named)
  const key = `${connected.host} ${connected.port} ${tls ? named.host : ''}`
  return { tls, named, connected, path: path.startsWith('/') ? path : `/${path}`, key }
}

/** A host and port as `host:port`; an IPv6 address has brackets. */
export const printHost = ({ host, port }: HostAndPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Whether a host is an address rather than a name. */
export const isAddress = (host: string): boolean => parseIpAddress(host) !== undefined

/** Visible ASCII without a backslash, which URL would take for a slash; then path and query, without the fragment. */
const WEBHOOK_URL = /^(https?:\/\/[!-"$-.0->@-[\]-~]+)((?:[/?][!-"$-[\]-~]*)?)(?:#[!-[\]-~]*)?$/i

function parseOrigin(origin: string): Pick<Target, 'tls' | 'named'> | undefined {
  try {
    const { protocol, hostname, port } = new URL(origin)
    const tls = protocol === 'https:'
    const named = { host: hostOf(hostname), port: port === '' ? (tls ? 443 : 80) : Number(port) }
    return named.host === '' || named.port === 0 ? undefined : { tls, named }
  } catch {
    return undefined // URL throws a TypeError for a malformed one
  }
}

const hostOf = (hostname: string): string => parseHost(hostname) ?? hostname.replace(/\.$/, '')
