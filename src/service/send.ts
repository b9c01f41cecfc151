import type { Failure, WebhookRequest, WebhookResponse } from '../schema/delivery.js'

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
