/** A host name or address: without a port, in lower case, IPv6 without brackets. */
export type HostName = string

/**
 * Parses the host of a Host header, `name[:port]`.
 * @returns undefined when the text is malformed
 */
export function parseHost(header: string): HostName | undefined {
  const [, ipv6, name, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/.exec(header) ?? []
  if (port !== undefined && Number(port) > 65_535) return undefined
  return (ipv6 ?? name)?.toLowerCase().replace(/\.$/, '')
}

/**
 * Whether a request for a host may be served. A web page can make a browser send requests here under a name of its
 * choice (DNS rebinding), so only names that no web page can have are allowed, and those that the operator allows.
 * @param allowed the hosts of the public URL and of --allowed-host, as `parseHost` gives them
 * @source control-api.md "Protection"
 */
export const isHostAllowed = (host: HostName, allowed: ReadonlySet<HostName>): boolean =>
  allowed.has(host) ||
  isIpLiteral(host) ||
  !host.includes('.') || // localhost, and names that resolve only in a local network
  /\.(?:localhost|internal|test)$/.test(host)

/** Whether a host is an address rather than a name. */
export const isIpLiteral = (host: HostName): boolean => host.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)

/** Whether a host is the loopback interface of this machine. */
export const isLoopback = (host: HostName): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)

/** The URL of a server for clients on this machine: on loopback when it is bound to every address. */
export function urlAt({ host }: { host: string }, port: number, isTls: boolean): string {
  const name = host === '::' ? '::1' : host === '0.0.0.0' ? '127.0.0.1' : host
  return `${isTls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Whether a text is an http or https URL without credentials, query and fragment. */
export function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false
  return /^https?:$/.test(new URL(text).protocol) && !/^[^:]*:[\\/]*[^\\/]*@/.test(text) // also empty credentials
}

/** Whether a text is an origin: `http://localhost:3000`. */
export const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text
