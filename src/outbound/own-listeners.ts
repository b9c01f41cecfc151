import { hostname, networkInterfaces } from 'node:os'
import { parseCidr } from '../domain/callbacks/ip-address.js'
import type { OwnListener } from '../domain/callbacks/policy.js'
import { isAddress } from './target.js'

/** An address and port that the emulator listens on, or the host and port of its public URL. */
export interface ListeningAddress {
  /** An address, a name, or `0.0.0.0` or `::` for every address of the machine. */
  address: string
  port: number
  /** Whether it speaks https. */
  tls?: boolean
  /** The path of the public URL, without a slash at its end; empty for an address. */
  basePath?: string
}

/** The listeners in the form that the policy compares; `0.0.0.0` and `::` become all addresses of the machine. */
export const expandListeners = (listening: readonly ListeningAddress[]): OwnListener[] =>
  listening.flatMap(({ address, port }) => {
    const addresses = address === '0.0.0.0' || address === '::' ? machineAddresses() : [address]
    return addresses.map(text => {
      const range = parseCidr(text)
      return range ? { range, port } : { host: text.toLowerCase().replace(/\.$/, ''), port }
    })
  })

/** The addresses of a host that are certain without a lookup: of a literal, `localhost`, and this machine's own name. */
export function addressesWithoutLookup(host: string): string[] {
  if (isAddress(host)) return [host]
  if (isLocalhost(host)) return LOCALHOST
  if (host !== hostname().toLowerCase()) return []
  return interfaces().flatMap(({ internal, address }) => (internal ? [] : [address]))
}

/** Whether a name is `localhost` or ends in it. @source RFC 6761 §6.3 */
export const isLocalhost = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost')

/** The addresses of such a name. */
export const LOCALHOST = ['127.0.0.1', '::1']

const interfaces = () => Object.values(networkInterfaces()).flatMap(all => all ?? [])

const machineAddresses = (): string[] => ['127.0.0.0/8', '::1', ...interfaces().map(({ address }) => address)]
