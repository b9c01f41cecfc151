import { networkInterfaces } from 'node:os'
import { parseCidr } from '../domain/callbacks/ip-address.js'
import type { OwnListener } from '../domain/callbacks/policy.js'

/** An address and port that the emulator listens on, or the host and port of its public URL. */
export interface ListeningAddress {
  /** An address, `0.0.0.0` or `::` for every one of the machine, or a name. */
  address: string
  port: number
}

/** What the policy compares with: an address that stands for all of the machine's becomes them. */
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
