import { parseCallbackRewrite, parseCallbackRule } from '../domain/callbacks/policy.js'
import { type CallbackSettings, DEFAULT_CALLBACKS } from '../domain/callbacks/settings.js'
import type { ListeningAddress } from './own-listeners.js'
import { createSendWebhook, type SendWebhook } from './send-webhook.js'

/** What the emulator knows of itself, for what must never be requested. */
export interface Surroundings {
  /** Where it listens, at this moment. */
  listening: () => ListeningAddress[]
  publicUrl: string | undefined
  report: (error: unknown) => void
}

/** Sends webhooks as the operator set it. @throws Error when a setting has not been checked and cannot be read */
export function createConfiguredSender(
  {
    callbacks = DEFAULT_CALLBACKS.callbacks,
    allowCallback = [],
    denyCallback = [],
    rewriteCallback = [],
    insecureCallbacks = false,
    callbackConnectMs = DEFAULT_CALLBACKS.callbackConnectMs,
    callbackTotalMs = DEFAULT_CALLBACKS.callbackTotalMs
  }: CallbackSettings,
  { listening, publicUrl, report }: Surroundings
): SendWebhook {
  const publicListener = publicUrl === undefined ? [] : [addressOf(new URL(publicUrl))]
  return createSendWebhook({
    policy: {
      mode: callbacks,
      allow: allowCallback.map(text => readable(parseCallbackRule(text), text)),
      deny: denyCallback.map(text => readable(parseCallbackRule(text), text))
    },
    rewrites: rewriteCallback.map(text => readable(parseCallbackRewrite(text), text)),
    ownListeners: () => [...listening(), ...publicListener],
    insecure: insecureCallbacks,
    connectMs: callbackConnectMs,
    totalMs: callbackTotalMs,
    report
  })
}

const addressOf = ({ protocol, hostname, port }: URL): ListeningAddress => ({
  address: hostname.replace(/^\[(.*)\]$/, '$1'),
  port: Number(port) || (protocol === 'https:' ? 443 : 80)
})

function readable<T>(read: T | undefined, text: string): T {
  if (read === undefined) throw new Error(`Expected an address, a CIDR or a host, got "${text}".`)
  return read
}
