import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { rootCertificates } from 'node:tls'
import { parseAllowedHosts } from './domain/callbacks/host.js'
import { createCatcher } from './http/recording/catcher.js'
import { createProxy } from './http/recording/proxy.js'
import type { TlsPair } from './http/server/server.js'
import { createUpstream } from './outbound/upstream.js'
import { VERSION } from './package.js'
import { createRecorder } from './service/recording/recorder.js'

/** Options for `buildRecordingProxy`. */
export interface RecordingProxyOptions {
  /** Scheme, host and port of the PBX. */
  origin: URL
  /** Certificates to trust beside those of Node, PEM. */
  ca: string[] | undefined
  insecure: boolean
  timeoutMs: number
  allowedHosts: readonly string[]
  /** The token of the proxy; undefined for none. */
  token: string | undefined
  all: boolean
  readOnly: boolean
  rewriteLinks: boolean
  tls: TlsPair | undefined
  /** Writes a line of the recording. */
  append(line: string): void
  report(line: string): void
}

/** A proxy that is ready to listen. */
export interface RecordingProxy {
  server: Server
  /** Stops listening, lets the requests on their way end, and closes the connections to the PBX. */
  stop(): Promise<void>
}

/** Builds the recording proxy: the one builder for the command line and tests. It writes the first line at once. */
export function buildRecordingProxy(options: RecordingProxyOptions): RecordingProxy {
  const { origin, append, allowedHosts } = options
  const recorder = createRecorder(append, { version: VERSION, at: new Date(), upstream: origin.origin })
  const ca = options.ca && [...rootCertificates, ...options.ca]
  const { upstream, close } = createUpstream({ ...options, ca, words: { option: '--upstream', peer: 'the PBX' } })
  const { server, stop } = createProxy({
    ...options,
    upstream,
    recorder,
    allowedHosts: parseAllowedHosts(allowedHosts)
  })
  return { server, stop: () => stop().finally(close) }
}

/** Options for `buildWebhookCatcher`. */
export interface WebhookCatcherOptions {
  /** Writes a line of the recording; undefined to record nothing. */
  append: ((line: string) => void) | undefined
  /** The application that webhooks are passed on to; undefined to answer them here. */
  forward: URL | undefined
  /** Status of the answer to a webhook that is not passed on. */
  status: number
  report(line: string): void
}

/** Builds the receiver of webhooks that records and forwards. It writes the first line at once. */
export function buildWebhookCatcher({ append, forward, status, report }: WebhookCatcherOptions): {
  listener: RequestListener
  close(): void
} {
  const recorder = append && createRecorder(append, { version: VERSION, at: new Date() })
  const words = { option: '--forward', peer: 'the application' } as const
  const outgoing =
    forward && createUpstream({ origin: forward, ca: undefined, insecure: false, timeoutMs: FORWARD_MS, words })
  return {
    listener: createCatcher({
      recorder,
      forward: outgoing && { upstream: outgoing.upstream, url: forward },
      status,
      report
    }),
    close: () => outgoing?.close()
  }
}

/** How long an application may be silent, in milliseconds: the PBX waits for its answer. */
export const FORWARD_MS = 5_000

/** A new token of a proxy. */
export const newProxyToken = (): string => randomBytes(24).toString('base64url')
