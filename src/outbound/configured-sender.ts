import { plainPath } from '../domain/callbacks/catch-address.js'
import { type CallbackOptions, DEFAULT_CALLBACKS } from '../domain/callbacks/options.js'
import { parseCallbackRewrite, parseCallbackRule } from '../domain/callbacks/policy.js'
import type { SendInProcess } from '../service/watch/caught.js'
import type { ListeningAddress } from './own-listeners.js'
import { createSendWebhook, type SendWebhook } from './send-webhook.js'

/** The emulator's own addresses, which webhooks must not be sent to, and its error log. */
export interface SenderEnvironment {
  /** The addresses that it listens on now. */
  listening: () => ListeningAddress[]
  publicUrl: string | undefined
  /** Receives the webhooks to catch addresses. */
  sendInProcess: SendInProcess
  /** Called with unexpected errors. */
  report: (error: unknown) => void
}

/** Creates a sender from the operator's options. @throws Error when a rule or rewrite is malformed */
export function createConfiguredSender(
  {
    callbacks = DEFAULT_CALLBACKS.callbacks,
    allowCallback = [],
    denyCallback = [],
    rewriteCallback = [],
    insecureCallbacks = false,
    callbackConnectMs = DEFAULT_CALLBACKS.callbackConnectMs,
    callbackTotalMs = DEFAULT_CALLBACKS.callbackTotalMs
  }: CallbackOptions,
  { listening, publicUrl, sendInProcess, report }: SenderEnvironment
): SendWebhook {
  const publicListener = publicUrl === undefined ? [] : [addressOf(new URL(publicUrl))]
  return createSendWebhook({
    policy: {
      mode: callbacks,
      allow: allowCallback.map(text => parsed(parseCallbackRule(text), text)),
      deny: denyCallback.map(text => parsed(parseCallbackRule(text), text))
    },
    rewrites: rewriteCallback.map(text => parsed(parseCallbackRewrite(text), text)),
    ownListeners: () => [...listening(), ...publicListener],
    sendInProcess,
    insecure: insecureCallbacks,
    connectMs: callbackConnectMs,
    totalMs: callbackTotalMs,
    report
  })
}

const addressOf = ({ protocol, hostname, port, pathname }: URL): ListeningAddress => ({
  address: hostname.replace(/^\[(.*)\]$/, '$1'),
  port: Number(port) || (protocol === 'https:' ? 443 : 80),
  tls: protocol === 'https:',
  basePath: plainPath(pathname)?.replace(/\/+$/, '') ?? ''
})

function parsed<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`Expected an address, a CIDR or a host, got "${text}".`)
  return value
}
