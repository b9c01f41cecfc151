import { lookup } from 'node:dns/promises'

/** Finds the addresses of a host. Rejects, or gives none, when it has none. */
export type Resolve = (host: string) => Promise<string[]>

/** The addresses that the system knows: its hosts file, then DNS. */
export const systemResolve: Resolve = async host => {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}

/**
 * Knows `localhost` and what ends in it without asking anybody, and asks only once for a host at a time.
 * @source RFC 6761 §6.3
 */
export function createResolver(resolve: Resolve): Resolve {
  const asked = new Map<string, Promise<string[]>>()
  return async host => {
    if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1']
    const known = asked.get(host)
    if (known) return known
    const asking = resolve(host).finally(() => asked.delete(host))
    asked.set(host, asking)
    return asking
  }
}
