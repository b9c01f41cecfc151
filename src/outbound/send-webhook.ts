import type { CallbackPolicy, CallbackRewrite } from '../domain/callbacks/policy.js'
import { DEFAULT_CALLBACKS } from '../domain/callbacks/settings.js'
import type { Failure } from '../schema/delivery.js'
import type { Send } from '../service/deliveries/outcome.js'
import { createConnect, createResolver, type Resolve, systemResolve } from './connect.js'
import { createKeptConnections, PreconnectedAgent } from './kept-connections.js'
import type { ListeningAddress } from './own-listeners.js'
import { Flight, type Means } from './webhook-attempt.js'

/** How webhooks are sent. Times are wall time, in milliseconds. */
export interface SendWebhookOptions {
  /** Which addresses they may go to. */
  policy: CallbackPolicy
  /** Hosts that are looked for elsewhere; what is sent stays as it is. */
  rewrites?: CallbackRewrite[]
  /** Where the emulator itself listens, and the host and port of its public URL. */
  ownListeners?: () => ListeningAddress[]
  /** Whether certificates are not verified. */
  insecure?: boolean
  /** For the name, the connection and TLS together. */
  connectMs?: number
  /** For everything. */
  totalMs?: number
  resolve?: Resolve
  /** Hears of what should not have happened. */
  report?: (failure: Failure) => void
}

/** Sends webhooks. The headers of a request have to frame its body: nothing is added to them. */
export interface SendWebhook {
  send: Send
  /** Ends the connections that are kept for the next request, and keeps none any more. */
  close(): void
}

/** The only outgoing HTTP: no redirect is followed, no proxy asked, and the policy decides about every connection. */
export function createSendWebhook({
  policy,
  rewrites = [],
  ownListeners = () => [],
  insecure = false,
  connectMs = DEFAULT_CALLBACKS.callbackConnectMs,
  totalMs = DEFAULT_CALLBACKS.callbackTotalMs,
  resolve = systemResolve,
  report = () => {}
}: SendWebhookOptions): SendWebhook {
  const kept = createKeptConnections()
  const connect = createConnect({ policy, resolve: createResolver(resolve), ownListeners, insecure, connectMs })
  const means: Means = { rewrites, connect, kept, agent: new PreconnectedAgent(), totalMs, report }
  return {
    send: (request, signal) => new Promise(done => new Flight(request, signal, means, done).start()),
    close: () => kept.close()
  }
}
