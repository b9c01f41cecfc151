import { networkInterfaces } from 'node:os'
import { parseCidr } from '../domain/callbacks/ip-address.js'
import type { OwnListener } from '../domain/callbacks/policy.js'

/** An address and port that the emulator listens on, or the host and port of its public URL. */
export interface ListeningAddress {
  /** An address, a name, or `0.0.0.0` or `::` for every address of the machine. */
  address: string
  port: number
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

const machineAddresses = (): string[] => [
  '127.0.0.0/8',
  '::1',
  ...Object.values(networkInterfaces()).flatMap(all => all?.map(({ address }) => address) ?? [])
]
