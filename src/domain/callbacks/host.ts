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
 * @param allowed the hosts of the public URL and of --allowed-host
 * @source control-api.md "Protection"
 */
export const isHostAllowed = (host: HostName, { names, globs }: AllowedHosts): boolean =>
  names.has(host) ||
  isIpLiteral(host) ||
  !host.includes('.') || // localhost, and names that resolve only in a local network
  /\.(?:localhost|internal|test)$/.test(host) ||
  globs.some(glob => matchesHost(glob, host))

/** Hosts by name, and globs of names in which `*` stands for any characters and `?` for one. */
export interface AllowedHosts {
  names: ReadonlySet<HostName>
  globs: readonly string[]
}

/** Parses hosts and globs, each with an optional port, which is ignored. Texts that are neither are left out. */
export function parseAllowedHosts(texts: readonly string[]): AllowedHosts {
  return {
    names: new Set(texts.flatMap(text => parseHost(text) ?? [])),
    globs: texts.flatMap(text => parseGlob(text) ?? [])
  }
}

/** Whether a text is a host, or a glob that a name can match. Globs of addresses are none: every address is allowed. */
export const isAllowableHost = (text: string): boolean => {
  const host = parseHost(text)
  return host === undefined ? parseGlob(text) !== undefined : isIpLiteral(host) || canMatchName(host)
}

function parseGlob(text: string): string | undefined {
  const name = parseHost(text.replaceAll(/[*?]/g, '-')) // a character that a name can have in their place
  if (name === undefined || !/[*?]/.test(text)) return undefined
  const glob = text.toLowerCase().slice(0, name.length)
  const isOfAddresses = /^(?=.*\d)[\d.*?]+$/.test(glob)
  return canMatchName(glob) && !isOfAddresses ? glob : undefined
}

/** Whether a name of at most 253 characters, with labels of 1 to 63, is or matches this. @source RFC 1035 §2.3.4 */
const canMatchName = (glob: string): boolean =>
  !/^\.|\.\.|\.$/.test(glob) &&
  glob.replaceAll('*', '').length <= 253 &&
  glob.split(/[.*]/).every(literal => literal.length <= 63)

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

/**
 * Whether a pattern matches a host: `*` any characters, `?` one. It backtracks to the latest `*` only, so that no pattern is slow.
 */
export function matchesHost(pattern: string, host: HostName): boolean {
  let at = 0
  let star = -1
  let resume = 0
  for (let seen = 0; seen < host.length; ) {
    if (pattern[at] === '*') {
      star = at++
      resume = seen
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === host[seen])) {
      at++
      seen++
    } else if (star >= 0) {
      at = star + 1
      seen = ++resume
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}
