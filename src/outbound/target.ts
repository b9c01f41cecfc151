import { parseHost } from '../domain/callbacks/host.js'
import { parseIpAddress } from '../domain/callbacks/ip-address.js'
import { type CallbackRewrite, type HostAndPort, rewriteTarget } from '../domain/callbacks/policy.js'

/** What a url asks for, and where the connection for it goes. */
export interface Target {
  tls: boolean
  /** As the url has it; what a certificate has to be for. */
  named: HostAndPort
  /** After the rewrites; what the policy judges. */
  connected: HostAndPort
  /** Path and query, exactly as written. */
  path: string
  /** Connections with the same key are the same to a request. */
  key: string
}

/**
 * Reads the url of a webhook. Its host is read as browsers do, `0x7f.1` is 127.0.0.1; its path is left as it is.
 * @returns undefined when it cannot be requested
 */
export function parseTarget(url: string, rewrites: readonly CallbackRewrite[]): Target | undefined {
  const [, origin, path = ''] = FORM.exec(url) ?? []
  const place = origin === undefined ? undefined : readOrigin(origin)
  if (!place) return undefined
  const { tls, named } = place
  const connected = rewrites.length === 0 ? named : rewriteTarget(rewrites, named)
  const key = `${connected.host} ${connected.port} ${tls ? named.host : ''}`
  return { tls, named, connected, path: path.startsWith('/') ? path : `/${path}`, key }
}

/** A host and port as people write them. */
export const printHost = ({ host, port }: HostAndPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Whether a host is an address rather than a name. */
export const isAddress = (host: string): boolean => parseIpAddress(host) !== undefined

/** Visible ASCII without a backslash, which URL would take for a slash; then path and query, without the fragment. */
const FORM = /^(https?:\/\/[!-"$-.0->@-[\]-~]+)((?:[/?][!-"$-[\]-~]*)?)(?:#[!-[\]-~]*)?$/i

function readOrigin(origin: string): Pick<Target, 'tls' | 'named'> | undefined {
  try {
    const { protocol, hostname, port } = new URL(origin)
    const tls = protocol === 'https:'
    const named = { host: hostOf(hostname), port: port === '' ? (tls ? 443 : 80) : Number(port) }
    return named.host === '' || named.port === 0 ? undefined : { tls, named }
  } catch {
    return undefined // that it throws is how URL says so
  }
}

const hostOf = (hostname: string): string => parseHost(hostname) ?? hostname.replace(/\.$/, '')
