import { DEFAULT_CALLBACKS } from '../domain/callbacks/options.js'
import type { CallbackPolicy, CallbackRewrite } from '../domain/callbacks/policy.js'
import type { Failure } from '../schema/calls/delivery.js'
import type { Send } from '../service/deliveries/outcome.js'
import type { SendInProcess } from '../service/watch/caught.js'
import { createCatchAddresses } from './catch-addresses.js'
import { createConnect, createResolver, type Resolve, systemResolve } from './connect.js'
import { createConnectionPool, PreconnectedAgent } from './connection-pool.js'
import { isInContainer } from './container.js'
import type { ListeningAddress } from './own-listeners.js'
import { type AttemptContext, WebhookAttempt } from './webhook-attempt.js'

/** Options for `createSendWebhook`. Times are wall time, in milliseconds. */
export interface SendWebhookOptions {
  /** Which addresses webhooks may be sent to. */
  policy: CallbackPolicy
  /** Hosts that connections go to instead of others; the request is unchanged. */
  rewrites?: CallbackRewrite[]
  /** The addresses that the emulator listens on, and the host and port of its public URL. */
  ownListeners?: () => ListeningAddress[]
  /** Receives the webhooks to catch addresses, which need no connection; without it there are none. */
  sendInProcess?: SendInProcess | undefined
  /** Whether untrusted certificates are accepted. */
  insecure?: boolean
  /** The limit for the DNS lookup, the connection and the TLS handshake together. */
  connectMs?: number
  /** The limit for the whole attempt. */
  totalMs?: number
  resolve?: Resolve
  /** Whether the emulator most likely runs in a container, for the hints; read from the system by default. */
  isContainer?: () => boolean
  /** Called with failures that are bugs of the emulator. */
  report?: (failure: Failure) => void
}

/** Sends webhooks. The headers of a request must frame its body: none are added. */
export interface SendWebhook {
  send: Send
  /** Closes the idle connections, and keeps none from now on. */
  close(): void
}

/** The only outgoing HTTP. It follows no redirect, uses no proxy, and checks every connection against the policy. */
export function createSendWebhook({
  policy,
  rewrites = [],
  ownListeners = () => [],
  sendInProcess,
  insecure = false,
  connectMs = DEFAULT_CALLBACKS.callbackConnectMs,
  totalMs = DEFAULT_CALLBACKS.callbackTotalMs,
  resolve = systemResolve,
  isContainer = isInContainer,
  report = () => {}
}: SendWebhookOptions): SendWebhook {
  const pool = createConnectionPool()
  const connect = createConnect({
    ...{ policy, ownListeners, insecure, connectMs, isContainer },
    resolve: createResolver(resolve)
  })
  const catchAddresses = createCatchAddresses(ownListeners, sendInProcess)
  const context: AttemptContext = {
    rewrites,
    catchAddresses,
    connect,
    pool,
    agent: new PreconnectedAgent(),
    totalMs,
    report
  }
  return {
    send: (request, signal) => new Promise(done => new WebhookAttempt(request, signal, context, done).start()),
    close: pool.close
  }
}
