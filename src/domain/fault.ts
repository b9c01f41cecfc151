import type { MomentName } from '../schema/calls/call.js'
import type { ParameterChanges } from '../schema/calls/replay.js'
import type { FaultEffect, FaultScope } from '../schema/fault.js'
import type { FaultOperation, Operation } from '../schema/operations.js'

/** The effect of a fault on a request of the vendor's surface: a delay, and then the operation or something instead of it. */
export interface RequestEffect {
  delayMs: number | undefined
  instead: InsteadOfOperation | undefined
  /** Whether the answer of the operation is cut after half of its body. */
  cutsAnswer: boolean
}

/** The effect that replaces the operation of a request. */
export type InsteadOfOperation =
  | { kind: 'answer'; status: number; code: string | undefined; headers: Readonly<Record<string, string>> }
  | { kind: 'drop'; how: 'reset' | 'empty' | 'garbage' }

/** The effect of a fault on a delivery. */
export type DeliveryEffect =
  | { kind: 'hold' }
  /** `times` is the number of additional copies. */
  | { kind: 'duplicate'; times: number; isConcurrent: boolean }
  | { kind: 'drop' }
  | { kind: 'delay'; ms: number; clock: 'wall' | 'sandbox' }
  | { kind: 'change'; parameters: ParameterChanges }

/** A fault that hits a delivery, and its effect. */
export interface DeliveryFault {
  id: string
  effect: DeliveryEffect
}

/** The members of a request or delivery that faults match; undefined where it lacks one. */
export interface FaultSubject {
  operation?: Operation | FaultOperation | undefined
  /** The extended number. */
  extension?: string | undefined
  type?: string | undefined
  eventId?: string | undefined
  moment?: MomentName | undefined
  /** Whether a CallID is that of a leg of its call. */
  isOfCall?: (callId: string) => boolean
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
 * @param counted gets the faults that have counted it
 * @assumed 0020
 */
export function matchFault<Counted extends CountedFault>(
  faults: Iterable<Counted>,
  subject: FaultSubject,
  counted?: Set<Counted>
): Counted | undefined {
  for (const fault of faults) {
    if (fault.hits >= fault.times || !matchesScope(fault.on, subject)) continue
    fault.seen++
    counted?.add(fault)
    if (fault.seen <= fault.skip) continue
    fault.hits++
    return fault
  }
  return undefined
}

/** The effect of a fault on requests. @returns undefined when it can have none on a request */
export function requestEffectOf({ status, code, headers = {}, delayMs, drop }: FaultEffect): RequestEffect | undefined {
  const effect = (instead?: InsteadOfOperation) => ({ delayMs, instead, cutsAnswer: drop === 'truncate' })
  if (status !== undefined) return effect({ kind: 'answer', status, code, headers })
  if (delayMs !== undefined || drop === 'truncate') return effect()
  return drop === undefined || drop === true ? undefined : effect({ kind: 'drop', how: drop })
}

/** The part of a body that is sent when its answer is cut: its first half, in bytes. */
export function firstHalf(body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return bytes.subarray(0, Math.floor(bytes.length / 2))
}

/** What a connection gets in place of an answer: 64 bytes that are no text in UTF-8, and so no HTTP. */
export const GARBAGE: Uint8Array = Uint8Array.from({ length: 64 }, (_none, at) => 0x80 + at)

/** The effect of a fault on deliveries. @returns undefined when it can have none on a delivery */
export function deliveryEffectOf(effect: FaultEffect): DeliveryEffect | undefined {
  const { hold, duplicate, concurrent = false, delayMs, clock = 'wall', change, drop } = effect
  if (hold) return { kind: 'hold' }
  if (duplicate !== undefined) return { kind: 'duplicate', times: duplicate, isConcurrent: concurrent }
  if (delayMs !== undefined) return { kind: 'delay', ms: delayMs, clock }
  if (change !== undefined) return { kind: 'change', parameters: change.parameters }
  return drop === true ? { kind: 'drop' } : undefined
}

const matchesScope = (on: FaultScope, subject: FaultSubject): boolean =>
  (on.operation === subject.operation || (on.operation === '*' && isRequest(subject))) &&
  (on.extension === undefined || on.extension === subject.extension) &&
  (on.type === undefined || on.type === subject.type) &&
  (on.eventId === undefined || on.eventId === subject.eventId) &&
  (on.moment === undefined || on.moment === subject.moment) &&
  (on.callId === undefined || subject.isOfCall?.(on.callId) === true)

const isRequest = ({ operation }: FaultSubject): boolean => operation !== undefined && operation !== 'delivery'
