import { maskUrl, printablePath } from '../../domain/masking.js'
import { MASK } from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import { stateOf } from '../deliveries/outcome.js'
import type { EventSource, SettledDelivery } from './event-source.js'
import type { NearMiss } from './near-miss.js'
import type { RecordedRequest } from './recorded-request.js'

/** A request for the operator's log: without its query, its headers and its body. */
export interface RequestLine {
  /** Undefined for the default sandbox. */
  sandbox: string | undefined
  method: string
  /** As it was sent, without origin, sandbox and query. */
  path: string
  /** 0 when a fault closed the connection without an answer. */
  status: number
  /** Wall time, in milliseconds. */
  ms: number
  reason: string | undefined
  /** Names of members and parameters that were ignored. */
  ignored: readonly string[] | undefined
  hint: string | undefined
}

/** An attempt to send a webhook, for the operator's log. */
export interface WebhookLine {
  sandbox: string | undefined
  /** Undefined when the delivery was dropped from its log meanwhile. */
  moment: string | undefined
  method: string
  /** Without query and credentials. */
  url: string
  /** `delivered`, `failed`, `blocked` or `interrupted`. */
  state: string
  /** Of the answer of the receiver. */
  status: number | undefined
  ms: number
  reason: string | undefined
  hint: string | undefined
}

/** Receives a line for each request and each webhook. @assumed 0012 */
export interface Activity {
  request(line: RequestLine): void
  webhook(line: WebhookLine): void
}

/** Reports the deliveries of a sandbox. @returns reports its requests */
export function reportActivity(
  activity: Activity,
  {
    sandbox,
    store: { credentials, deliveries },
    eventSource,
    nearMiss
  }: { sandbox: string | undefined; store: Store; eventSource: EventSource; nearMiss: NearMiss }
): (recorded: RecordedRequest) => void {
  const isCredential = (text: string): boolean =>
    credentials.findToken(text) !== undefined ||
    credentials.findSession(text) !== undefined ||
    credentials.isTokenRevoked(text) ||
    credentials.isSessionRevoked(text)

  /** The segments of a path that are credentials: a client may have put its token there. */
  const credentialsIn = (path: string): string[] =>
    path.split('/').filter(text => text.length >= MIN_CREDENTIAL && !WORDS.has(text) && isCredential(text))

  eventSource.subscribe('settled', ({ id, request, outcome }: SettledDelivery) => {
    const sent = deliveries.comparable(id)
    const response = 'response' in outcome ? outcome.response : undefined
    const failure = 'failure' in outcome ? outcome.failure : undefined
    activity.webhook({
      sandbox,
      moment: sent?.moment,
      method: request.method,
      url: maskUrl(request.url),
      state: stateOf(outcome),
      status: response?.status,
      ms: outcome.ms,
      reason: failure?.reason,
      hint: failure?.hint
    })
  })

  return recorded => {
    const { target, method, status, us, ignored, answerHeaders } = recorded
    const reason = answerHeaders['x-emulator-reason']
    const path = printablePath(target)
    const isRefused = status >= 400
    const hidden = isRefused ? credentialsIn(path) : []
    const hide = (text: string) => hidden.reduce((masked, credential) => masked.replaceAll(credential, MASK), text)
    const hint = isRefused ? nearMiss(recorded) : undefined
    activity.request({
      sandbox,
      method,
      path: hidden.length === 0 ? path : hide(path),
      status,
      ms: us / 1000,
      reason: typeof reason === 'string' ? reason : undefined,
      ignored: ignored && printableNames(ignored),
      hint: hint && hide(hint)
    })
  }
}

/** Names that have the form of one: others may be values of a body in another format. */
const printableNames = (names: readonly string[]): string[] =>
  names.map(name => (/^[A-Za-z]\w{0,30}$/.test(name) ? name : MASK)).slice(0, MAX_NAMES)

const MAX_NAMES = 10

/** The shortest text in a path that is looked up as a credential, and long words that are none. */
const MIN_CREDENTIAL = 8
const WORDS = new Set(['extensions', 'phoneCalls', 'phoneCallEvents', 'unifiedapi', 'token.php', 'authorize.php'])
