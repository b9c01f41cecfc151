import type { CallbackMode } from './policy.js'

/** Options for webhooks, as an operator writes them. Times are wall time, in milliseconds. */
export interface CallbackOptions {
  /** Which addresses webhooks may be sent to, by policy. */
  callbacks?: CallbackMode
  /** Addresses (a CIDR) or hosts (`app.test`, `*.test`) that are allowed in addition. */
  allowCallback?: string[]
  /** Addresses or hosts that are denied under every policy, even if they are allowed. */
  denyCallback?: string[]
  /** Hosts that webhooks are sent to instead of others: `localhost=host.docker.internal`. */
  rewriteCallback?: string[]
  /** Whether untrusted certificates of receivers are accepted. */
  insecureCallbacks?: boolean
  /** The limit for the DNS lookup, the connection and the TLS handshake together. */
  callbackConnectMs?: number
  /** The limit for the whole attempt. */
  callbackTotalMs?: number
  /** How many webhooks may be in flight at a time, in each sandbox. */
  callbackConcurrency?: number
  /** How many of them may be in flight to one origin. */
  callbackConcurrencyPerOrigin?: number
}

/**
 * The defaults that are not off or empty: private networks and loopback, the time limits and the limits in flight.
 * @source call-events.md §4
 */
export const DEFAULT_CALLBACKS = {
  callbacks: 'private',
  callbackConnectMs: 3_000,
  callbackTotalMs: 10_000,
  callbackConcurrency: 64,
  callbackConcurrencyPerOrigin: 8
} as const
