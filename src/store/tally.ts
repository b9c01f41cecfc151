import { type CallState, DeliveryState } from '../schema/call.js'
import type { Database } from './database.js'

/** How many calls and deliveries are remembered, by their state. */
export interface Tally {
  calls: Record<CallState, number>
  deliveries: Record<DeliveryState, number>
}

/** Prepares the counting; a call of the result counts. */
export function createTally({ sql }: Database): () => Tally {
  const calls = sql.prepare<[], [CallState, number]>('SELECT state, count(*) FROM calls GROUP BY state').raw()
  const deliveries = sql
    .prepare<[], [DeliveryState, number]>('SELECT state, count(*) FROM delivery_states GROUP BY state')
    .raw()
  const none = Object.fromEntries(DeliveryState.enum.map(state => [state, 0])) as Tally['deliveries'] // every state
  return () => ({
    calls: { ringing: 0, answered: 0, ended: 0, ...Object.fromEntries(calls.all()) },
    deliveries: { ...none, ...Object.fromEntries(deliveries.all()) }
  })
}
