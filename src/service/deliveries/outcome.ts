import type { DeliveryState } from '../../schema/call.js'
import {
  type Attempt,
  FAILURES,
  type Failure,
  type WebhookRequest,
  type WebhookResponse
} from '../../schema/delivery.js'

/** What became of a webhook. `ms` is wall time, in milliseconds. */
export type Outcome =
  | { kind: 'answered'; ms: number; response: WebhookResponse; resent?: boolean }
  /** Nothing came back, or something that is no success: then what came of it may stand beside. */
  | { kind: 'failed'; ms: number; failure: Failure; response?: WebhookResponse; resent?: boolean }
  /** It was not sent. */
  | { kind: 'blocked'; ms: number; failure: Failure }
  /** The signal cut it short. */
  | { kind: 'interrupted'; ms: number; resent?: boolean }

/** Sends a webhook, once. Never throws; ends in bounded time. */
export type Send = (request: WebhookRequest, signal: AbortSignal) => Promise<Outcome>

/** What comes of a delivery that a fault loses. */
export const LOST: Outcome = {
  kind: 'failed',
  ms: 0,
  failure: { reason: 'fault_injected', message: `It was not sent: ${FAILURES.fault_injected}.` }
}

/** What comes of a sender that throws, which it should not. */
export const UNEXPECTED: Outcome = {
  kind: 'failed',
  ms: 0,
  failure: { reason: 'unexpected', message: `It failed: ${FAILURES.unexpected}.` }
}

/** What an attempt says whose end nobody saw. */
export const INTERRUPTED = {
  failure: {
    reason: 'interrupted',
    message: `Whether it arrived, once or twice, is not known: ${FAILURES.interrupted}.`,
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

/** An attempt as it is recorded. @param at when it began, ISO 8601 @param isCopy whether a fault had it sent once more */
export function attemptOf(at: string, outcome: Outcome, isCopy = false): Attempt {
  const { kind, ms, ...rest } = outcome
  return {
    at,
    ms,
    ...(isCopy && { duplicate: true }),
    ...rest,
    ...(kind === 'interrupted' && INTERRUPTED)
  }
}
