import type { Fault, FaultEffect, FaultList, FaultRequest, FaultScope, Released } from '../schema/fault.js'
import type { Loose } from './loose.js'
import { pathOf } from './path.js'
import type { Method } from './transport.js'

/** What goes wrong because a test wants it to: counted, never random. @source control-api.md "Watching and verifying" */
export interface FaultsClient {
  faults: {
    /**
     * Lets something go wrong, so many `times`, or without end.
     * @example await client.faults.add({ on: { operation: 'create' }, times: 1, do: { status: 503 } })
     * @example const late = await client.faults.add({ on: { operation: 'delivery', type: '3' }, do: { hold: true } })
     */
    add(request: NewFault): Promise<Fault>
    /** The faults, oldest first, with what they did. */
    list(): Promise<FaultList>
    /** Removes one. What it keeps back is sent, and what it delays goes on. */
    remove(id: string): Promise<void>
    /** Removes all of them, in the same way. */
    clear(): Promise<void>
    /** Sends the deliveries that it keeps back, in their order. */
    release(id: string): Promise<Released>
  }
}

/** What is asked of a new fault. */
export type NewFault = Loose<Omit<FaultRequest, 'on' | 'do'>> & { on: Loose<FaultScope>; do: Loose<FaultEffect> }

/** @param ask sends a request, and gives what is answered */
export function createFaultsClient(ask: <T>(method: Method, path: string, body?: object) => Promise<T>): FaultsClient {
  return {
    faults: {
      add: request => ask('POST', '/faults', request),
      list: () => ask('GET', '/faults'),
      remove: async id => ask('DELETE', pathOf('faults', id)),
      clear: () => ask('DELETE', '/faults'),
      release: async id => ask('POST', pathOf('faults', id, 'release'), {})
    }
  }
}
