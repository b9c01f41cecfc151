import type { FaultEffect, FaultRequest, FaultScope } from '../schema/fault.js'
import type { FaultOperation, Operation } from '../schema/operations.js'
import type { Problem } from './schema-check.js'

/** The effect of a fault on a request of the vendor's surface. */
export type RequestEffect =
  | { kind: 'answer'; status: number; code: string | undefined }
  | { kind: 'delay'; ms: number }
  | { kind: 'drop'; how: 'reset' | 'empty' }

/** The effect of a fault on a delivery. */
export type DeliveryEffect =
  | { kind: 'hold' }
  /** `times` is the number of additional copies. */
  | { kind: 'duplicate'; times: number }
  | { kind: 'drop' }
  | { kind: 'delay'; ms: number }

/** The members of a request or delivery that faults match; undefined where it lacks one. */
export interface FaultSubject {
  operation?: Operation | FaultOperation | undefined
  /** The extended number. */
  extension?: string | undefined
  type?: string | undefined
}

/** A fault and its counts. `times` is Infinity when it is unlimited. */
export interface CountedFault {
  on: FaultScope
  skip: number
  times: number
  /** The number of matches: those that it skipped, and its hits. */
  seen: number
  hits: number
}

/**
 * Finds the fault that applies to a request or delivery, and counts: the first that matches and has skipped enough.
 * Faults after it do not count the match.
 * @assumed 0020
 */
export function matchFault<Counted extends CountedFault>(
  faults: Iterable<Counted>,
  subject: FaultSubject
): Counted | undefined {
  for (const fault of faults) {
    if (fault.hits >= fault.times || !matchesScope(fault.on, subject)) continue
    fault.seen++
    if (fault.seen <= fault.skip) continue
    fault.hits++
    return fault
  }
  return undefined
}

/** The effect of a fault on requests. @returns undefined when it can have none on a request */
export function requestEffectOf({ status, code, delayMs, drop }: FaultEffect): RequestEffect | undefined {
  if (status !== undefined) return { kind: 'answer', status, code }
  if (delayMs !== undefined) return { kind: 'delay', ms: delayMs }
  return drop === undefined || drop === true ? undefined : { kind: 'drop', how: drop }
}

/** The effect of a fault on deliveries. @returns undefined when it can have none on a delivery */
export function deliveryEffectOf({ hold, duplicate, delayMs, drop }: FaultEffect): DeliveryEffect | undefined {
  if (hold) return { kind: 'hold' }
  if (duplicate !== undefined) return { kind: 'duplicate', times: duplicate }
  if (delayMs !== undefined) return { kind: 'delay', ms: delayMs }
  return drop === true ? { kind: 'drop' } : undefined
}

/** The problems of a fault that could never apply. The existence of its extension is not checked here. */
export function problemsOfFault({ on, do: effect }: FaultRequest): Problem[] {
  const { operation } = on
  const { code, ...effects } = effect
  const [effectName, second] = Object.keys(effects)
  const ofToken = operation !== 'token' ? [] : (['extension', 'type'] as const).filter(name => on[name] !== undefined)
  const problems = ofToken.map(name => ({
    path: `$.on.${name}`,
    message: `never matches: a token request has no ${name}`
  }))
  if (code !== undefined && effect.status === undefined)
    problems.push({ path: '$.do.code', message: 'requires status; add it' })
  if (second !== undefined) problems.push({ path: `$.do.${second}`, message: `cannot be combined with ${effectName}` })
  if (effectName !== undefined && second === undefined && !fits(operation, effect)) {
    const possible = operation === 'delivery' ? OF_DELIVERIES : OF_REQUESTS
    problems.push({
      path: `$.do.${effectName}`,
      message: `does not fit on.operation "${operation}", which takes ${possible}`
    })
  }
  return problems
}

const fits = (operation: FaultOperation, effect: FaultEffect): boolean =>
  (operation === 'delivery' ? deliveryEffectOf(effect) : requestEffectOf(effect)) !== undefined

const OF_REQUESTS = '{"status","code"?}, {"delayMs"}, {"drop":"reset"} or {"drop":"empty"}'
const OF_DELIVERIES = '{"hold":true}, {"duplicate":n}, {"drop":true} or {"delayMs"}'

const matchesScope = (on: FaultScope, { operation, extension, type }: FaultSubject): boolean =>
  on.operation === operation &&
  (on.extension === undefined || on.extension === extension) &&
  (on.type === undefined || on.type === type)
