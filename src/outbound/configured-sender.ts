import { type CallbackSettings, readCallbackRewrite, readCallbackRule } from '../domain/callbacks/policy.js'
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
    callbacks = 'private',
    allowCallback = [],
    denyCallback = [],
    rewriteCallback = [],
    insecureCallbacks = false,
    callbackConnectMs = 3_000,
    callbackTotalMs = 10_000
  }: CallbackSettings,
  { listening, publicUrl, report }: Surroundings
): SendWebhook {
  const publicListener = publicUrl === undefined ? [] : [addressOf(new URL(publicUrl))]
  return createSendWebhook({
    policy: {
      mode: callbacks,
      allow: allowCallback.map(text => readable(readCallbackRule(text), text)),
      deny: denyCallback.map(text => readable(readCallbackRule(text), text))
    },
    rewrites: rewriteCallback.map(text => readable(readCallbackRewrite(text), text)),
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
