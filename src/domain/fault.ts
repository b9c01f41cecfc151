import type { FaultEffect, FaultOperation, FaultRequest, FaultScope } from '../schema/fault.js'
import type { Operation } from '../schema/journal.js'
import type { Problem } from './schema-check.js'

/** What a fault does to a request of the vendor's surface. */
export type RequestEffect =
  | { kind: 'answer'; status: number; code: string | undefined }
  | { kind: 'delay'; ms: number }
  | { kind: 'drop'; how: 'reset' | 'empty' }

/** What a fault does to a delivery. */
export type DeliveryEffect =
  | { kind: 'hold' }
  /** `times` is how many more. */
  | { kind: 'duplicate'; times: number }
  | { kind: 'lose' }
  | { kind: 'delay'; ms: number }

/** A request, or a delivery, as faults see it. What it does not say is undefined. */
export interface FaultSubject {
  operation?: Operation | FaultOperation | undefined
  /** Extended. */
  extension?: string | undefined
  type?: string | undefined
}

/** A fault and its counts. `times` is Infinity when it has no end. */
export interface CountedFault {
  on: FaultScope
  skip: number
  times: number
  /** How many came to it: those that it let pass, and its hits. */
  seen: number
  hits: number
}

/**
 * Finds the fault that a request, or a delivery, runs into, and counts: the first that matches and has let enough pass.
 * Those behind it do not see what it took.
 * @assumed 0020
 */
export function matchFault<Counted extends CountedFault>(
  faults: Iterable<Counted>,
  subject: FaultSubject
): Counted | undefined {
  for (const fault of faults) {
    if (fault.hits >= fault.times || !isFor(fault.on, subject)) continue
    fault.seen++
    if (fault.seen <= fault.skip) continue
    fault.hits++
    return fault
  }
  return undefined
}

/** What a fault does to requests. @returns undefined when that is nothing that can be done to one */
export function requestEffectOf({ status, code, delayMs, drop }: FaultEffect): RequestEffect | undefined {
  if (status !== undefined) return { kind: 'answer', status, code }
  if (delayMs !== undefined) return { kind: 'delay', ms: delayMs }
  return drop === undefined || drop === true ? undefined : { kind: 'drop', how: drop }
}

/** What a fault does to deliveries. @returns undefined when that is nothing that can be done to one */
export function deliveryEffectOf({ hold, duplicate, delayMs, drop }: FaultEffect): DeliveryEffect | undefined {
  if (hold) return { kind: 'hold' }
  if (duplicate !== undefined) return { kind: 'duplicate', times: duplicate }
  if (delayMs !== undefined) return { kind: 'delay', ms: delayMs }
  return drop === true ? { kind: 'lose' } : undefined
}

/** Why a fault could never do what it says. What only the directory knows is not asked here. */
export function problemsOfFault({ on, do: effect }: FaultRequest): Problem[] {
  const { operation } = on
  const { code, ...deeds } = effect
  const [deed, second] = Object.keys(deeds)
  const ofToken = operation !== 'token' ? [] : (['extension', 'type'] as const).filter(name => on[name] !== undefined)
  const problems = ofToken.map(name => ({
    path: `$.on.${name}`,
    message: `never holds: a request for a token has no ${name}`
  }))
  if (code !== undefined && effect.status === undefined)
    problems.push({ path: '$.do.code', message: 'stands beside status; add one' })
  if (second !== undefined) problems.push({ path: `$.do.${second}`, message: `cannot be done together with ${deed}` })
  if (deed !== undefined && second === undefined && !fits(operation, effect)) {
    const possible = operation === 'delivery' ? OF_DELIVERIES : OF_REQUESTS
    problems.push({
      path: `$.do.${deed}`,
      message: `does not fit on.operation "${operation}", which takes ${possible}`
    })
  }
  return problems
}

const fits = (operation: FaultOperation, effect: FaultEffect): boolean =>
  (operation === 'delivery' ? deliveryEffectOf(effect) : requestEffectOf(effect)) !== undefined

const OF_REQUESTS = '{"status","code"?}, {"delayMs"}, {"drop":"reset"} or {"drop":"empty"}'
const OF_DELIVERIES = '{"hold":true}, {"duplicate":n}, {"drop":true} or {"delayMs"}'

const isFor = (on: FaultScope, { operation, extension, type }: FaultSubject): boolean =>
  on.operation === operation &&
  (on.extension === undefined || on.extension === extension) &&
  (on.type === undefined || on.type === type)
