import { decodeUtf8 } from '../../domain/decoding.js'
import { canonicalName } from '../../domain/headers.js'
import { maskHeaders, maskParameters, maskRequestBody, maskResponseBody, maskTarget } from '../../domain/masking.js'
import type { Parameters } from '../../domain/oauth-request.js'
import { MAX_KEPT_BODY } from '../../schema/delivery.js'
import type { JournalEntry, Operation, RequestMatch } from '../../schema/journal.js'

/**
 * A request and its answer as they passed by: what is kept are references, and what is shown is only made of them when
 * somebody looks. Secrets still stand in it.
 */
export interface RecordedRequest {
  id: string
  /** When it came, by the sandbox's clock, in milliseconds since 1970. */
  at: number
  /** How long the answer took, in whole microseconds: such numbers need no memory of their own. */
  us: number
  method: string
  /** The path as it was sent, with its query. */
  target: string
  operation: Operation | undefined
  user: string | undefined
  extension: string | undefined
  type: string | undefined
  eventId: string | undefined
  status: number
  ignored: readonly string[] | undefined
  unmatched: boolean
  /** Names and values in turn, a line each: one text is less to keep than many. */
  headers: string
  /** Its bytes, the parameters that they were read to, or what is shown instead. */
  body: Uint8Array | Parameters | string | undefined
  answerHeaders: Readonly<Record<string, unknown>>
  answer: Uint8Array | string | undefined
  /** What it is compared by, once somebody has compared it. */
  facts?: Facts
}

/** What a request is compared by. */
export type Facts = { readonly [Name in keyof RequestMatch]: RequestMatch[Name] | string | undefined }

/** Lets go of what is more than is kept of a body. */
export function trim(recorded: RecordedRequest): void {
  const { body, answer } = recorded
  if (body instanceof Uint8Array && body.length > KEPT) recorded.body = body.slice(0, KEPT)
  // A text has at most three bytes for each of its units, so that most need no counting.
  if (answer !== undefined && answer.length * 3 > KEPT) recorded.answer = trimAnswer(answer)
}

/** What a request is compared by. It is made once. */
export function factsOf(recorded: RecordedRequest): Facts {
  recorded.facts ??= {
    method: recorded.method,
    operation: recorded.operation,
    status: recorded.status,
    user: recorded.user,
    extension: recorded.extension,
    type: recorded.type,
    eventId: recorded.eventId,
    path: maskTarget(recorded.target.replace(/\?.*$/s, '')),
    unmatched: recorded.unmatched
  }
  return recorded.facts
}

/** A request as it is shown: without its secrets. */
export function printRequest(recorded: RecordedRequest): JournalEntry {
  const { id, at, us, method, target, status, ignored = [], unmatched, answer } = recorded
  const { operation, user, extension, type, eventId } = recorded
  const reason = recorded.answerHeaders['x-emulator-reason']
  return {
    id,
    at: new Date(at).toISOString(),
    ms: us / 1000,
    method,
    path: maskTarget(target),
    ...(operation !== undefined && { operation }),
    ...(user !== undefined && { user }),
    ...(extension !== undefined && { extension }),
    ...(type !== undefined && { type }),
    ...(eventId !== undefined && { eventId }),
    status,
    ...(typeof reason === 'string' && { reason }),
    ignoredFields: [...ignored],
    ...(unmatched && { unmatched }),
    request: { headers: maskHeaders(headersOf(recorded)), body: printBody(recorded), ...cut(recorded.body) },
    response: {
      headers: maskHeaders(answerHeadersOf(recorded)),
      body: maskResponseBody(textOf(answer)),
      ...cut(answer)
    }
  }
}

/** A character more than is shown tells that there was more. */
const KEPT = MAX_KEPT_BODY + 4

function trimAnswer(answer: Uint8Array | string): Uint8Array | string {
  if (typeof answer !== 'string') return answer.slice(0, KEPT)
  const bytes = new Uint8Array(KEPT)
  const { read, written } = new TextEncoder().encodeInto(answer, bytes)
  return read === answer.length && written <= MAX_KEPT_BODY ? answer : bytes.subarray(0, written)
}

const cut = (body: RecordedRequest['body']) =>
  body instanceof Uint8Array && body.length > MAX_KEPT_BODY ? ({ truncated: true } as const) : {}

const headersOf = ({ headers }: RecordedRequest): string[] => (headers === '' ? [] : headers.split('\n'))

function printBody(recorded: RecordedRequest): string {
  const { body = '' } = recorded
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return maskRequestBody(body.subarray(0, MAX_KEPT_BODY))
  return maskParameters(body, /^content-type\n *application\/json\b/im.test(recorded.headers))
}

const textOf = (answer: RecordedRequest['answer'] = ''): string =>
  typeof answer === 'string' ? answer : (decodeUtf8(answer.subarray(0, MAX_KEPT_BODY), { isCut: true }) ?? '')

const answerHeadersOf = ({ answerHeaders }: RecordedRequest): string[] =>
  Object.entries(answerHeaders).flatMap(([name, value]) =>
    [value].flat().flatMap(one => (one === undefined ? [] : [canonicalName(name), String(one)]))
  )
