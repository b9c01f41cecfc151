import type { QueuedDelivery } from '../../domain/calls/delivery-queue.js'
import type { DeliveryState } from '../../schema/calls/call.js'
import {
  type Attempt,
  FAILURES,
  type Failure,
  type WebhookRequest,
  type WebhookResponse
} from '../../schema/calls/delivery.js'
import type { EndSignal } from './ending.js'

/** The outcome of an attempt to send a webhook. `ms` is wall time, in milliseconds. */
export type Outcome =
  | { kind: 'answered'; ms: number; response: WebhookResponse }
  /** No 2xx was received in full; a response, even a partial one, may be included. */
  | { kind: 'failed'; ms: number; failure: Failure; response?: WebhookResponse; connectionReused?: true }
  /** Not sent. */
  | { kind: 'blocked'; ms: number; failure: Failure }
  /** Aborted by the signal. */
  | { kind: 'interrupted'; ms: number }

/** The reason of a signal that ends an attempt for the sake of other receivers; without it, the attempt is interrupted. */
export const MADE_ROOM = 'made room'

/** Sends a webhook once. Never rejects; resolves in bounded time. */
export type Send = (request: WebhookRequest, signal: EndSignal) => Promise<Outcome>

/** The outcome of a delivery that a fault drops. */
export const DROPPED_BY_FAULT: Outcome = {
  kind: 'failed',
  ms: 0,
  failure: { reason: 'fault_injected', message: `It was not sent: ${FAILURES.fault_injected}.` }
}

/** The outcome when the sender rejects, which is a defect. */
export const UNEXPECTED: Outcome = {
  kind: 'failed',
  ms: 0,
  failure: { reason: 'unexpected', message: `It failed: ${FAILURES.unexpected}.` }
}

/** The failure of an attempt whose end was not observed. */
export const INTERRUPTED = {
  failure: {
    reason: 'interrupted',
    message: `It may or may not have been received: ${FAILURES.interrupted}.`,
    hint: 'Ask the receiver, or send it again: POST /_emulator/deliveries/{id}/replay.'
  }
} as const

const STATES: Record<Outcome['kind'], DeliveryState> = {
  answered: 'delivered',
  failed: 'failed',
  blocked: 'blocked',
  interrupted: 'interrupted'
}

/** The state of a delivery after an attempt. */
export const stateOf = ({ kind }: Outcome): DeliveryState => STATES[kind]

/** An attempt as it is recorded. @param at when it began, ISO 8601 */
export function attemptOf(
  at: string,
  outcome: Outcome,
  { isCopy, faultId }: Pick<QueuedDelivery, 'isCopy' | 'faultId'> = {}
): Attempt {
  const { kind, ms, ...rest } = outcome
  return {
    at,
    ms,
    ...(isCopy && { duplicate: true }),
    ...(faultId !== undefined && { fault: faultId }),
    ...rest,
    ...(kind === 'interrupted' && INTERRUPTED)
  }
}
