import type { CallbackMode } from './callback-policy.js'

/** The settings of webhooks, as operators write them. Times are wall time, in milliseconds. */
export interface CallbackSettings {
  /** Where webhooks may go; `private`, the default, is private networks and loopback. */
  callbacks?: CallbackMode
  /** Addresses (a CIDR) or hosts (`app.test`, `*.test`) that webhooks may go to beside those. */
  allowCallback?: string[]
  /** Addresses or hosts that webhooks may not go to, whatever else is said. */
  denyCallback?: string[]
  /** Hosts that webhooks are sent to instead of others: `localhost=host.docker.internal`. */
  rewriteCallback?: string[]
  /** Whether the certificate of a receiver may be one that is not trusted. */
  insecureCallbacks?: boolean
  callbackConnectMs?: number
  callbackTotalMs?: number
}
