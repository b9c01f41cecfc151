import { decodeUtf8 } from '../../domain/decoding.js'
import { canonicalName } from '../../domain/headers.js'
import { maskHeaders, maskParameters, maskRequestBody, maskResponseBody, maskTarget } from '../../domain/masking.js'
import type { Parameters } from '../../domain/oauth-request.js'
import { type RequestContent, readContent } from '../../domain/request-content.js'
import { contentDifferences } from '../../domain/request-match.js'
import { differences, matchesRequest } from '../../domain/verification.js'
import { MAX_KEPT_BODY } from '../../schema/calls/delivery.js'
import type { JournalEntry, RequestFilter, RequestMatch } from '../../schema/journal.js'
import type { Operation } from '../../schema/operations.js'

/**
 * A request and its answer. Only references are kept, to record it fast; it is printed when it is read. It contains
 * secrets in the clear, which `printRequest` masks.
 */
export interface RecordedRequest {
  id: string
  /** When it arrived, by the sandbox's clock, in milliseconds since 1970. */
  at: number
  /** How long the answer took, in microseconds. An integer, which V8 stores without an allocation. */
  us: number
  method: string
  /** The path as it was sent, with its query. */
  target: string
  operation: Operation | undefined
  user: string | undefined
  extension: string | undefined
  type: string | undefined
  eventId: string | undefined
  /** The id of the fault that hit it. */
  fault: string | undefined
  /** The status of its answer; 0 without one. */
  status: number
  /** Whether it has come, but has no answer yet: a fault delays it. */
  isOpen?: boolean
  ignored: readonly string[] | undefined
  unmatched: boolean
  /** Names and values in turn, a line each: one string takes less memory than many. */
  headers: string
  /** Its bytes, the parameters parsed from them, or a text to print instead. */
  body: Uint8Array | Parameters | string | undefined
  answerHeaders: Readonly<Record<string, unknown>>
  answer: Uint8Array | string | undefined
  /** Cached by `factsOf`. */
  facts?: Facts
}

/** The members of a request that a match is compared with. */
export type Facts = { readonly [Name in keyof RequestFilter]: RequestFilter[Name] | string | undefined }

/** Cuts bodies to the length that is kept, so that the rest can be freed. */
export function trim(recorded: RecordedRequest): void {
  const { body, answer } = recorded
  if (body instanceof Uint8Array && body.length > KEPT) recorded.body = body.slice(0, KEPT)
  // A string has at most three bytes per code unit: short ones need no counting.
  if (answer !== undefined && answer.length * 3 > KEPT) recorded.answer = trimAnswer(answer)
}

/** The facts of a request, computed once. */
export function factsOf(recorded: RecordedRequest): Facts {
  recorded.facts ??= {
    method: recorded.method,
    operation: recorded.operation,
    status: recorded.isOpen ? undefined : recorded.status,
    user: recorded.user,
    extension: recorded.extension,
    type: recorded.type,
    eventId: recorded.eventId,
    path: maskTarget(recorded.target.replace(/\?.*$/s, '')),
    unmatched: recorded.unmatched
  }
  return recorded.facts
}

/** Whether every member of a match holds for a request. */
export function matchesRecorded(recorded: RecordedRequest, match: RequestMatch): boolean {
  const { query, headers, body, ...filter } = match
  if (differences(factsOf(recorded), filter, matchesRequest).length > 0) return false
  if (!hasContent(match)) return true
  return contentDifferences(contentOf(recorded), match).next().done === true
}

/** The differences between a request and a match, in words. */
export function requestDifferences(recorded: RecordedRequest, match: RequestMatch): string[] {
  const { query, headers, body, ...filter } = match
  const differing = differences(factsOf(recorded), filter, matchesRequest)
  return hasContent(match) ? [...differing, ...contentDifferences(contentOf(recorded), match)] : differing
}

/** Whether a match compares the content of requests, which has to be parsed. */
export const hasContent = ({ query, headers, body }: RequestMatch): boolean =>
  query !== undefined || headers !== undefined || body !== undefined

/** The query, the headers and the body of a request as the journal shows them, its secrets masked. */
export function contentOf(recorded: RecordedRequest): RequestContent {
  const { body, target } = recorded
  const isForm = typeof body === 'object' && !(body instanceof Uint8Array) && !isJson(recorded)
  return readContent({
    target: maskTarget(target),
    headers: maskHeaders(headersOf(recorded)),
    body: printBody(recorded),
    form: isForm ? maskParameters(body, false) : undefined,
    isCut: cut(body).truncated ?? false
  })
}

/** A request as on the wire, with its secrets masked. */
export function printRequest(recorded: RecordedRequest): JournalEntry {
  const { id, at, us, method, target, status, ignored = [], unmatched, answer } = recorded
  const { operation, user, extension, type, eventId, fault } = recorded
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
    ...(fault !== undefined && { fault }),
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

/** One UTF-8 character more than is printed, so that a cut body can be recognized. */
const KEPT = MAX_KEPT_BODY + 4

function trimAnswer(answer: Uint8Array | string): Uint8Array | string {
  if (typeof answer !== 'string') return answer.slice(0, KEPT)
  const bytes = new Uint8Array(KEPT)
  const { read, written } = new TextEncoder().encodeInto(answer, bytes)
  return read === answer.length && written <= MAX_KEPT_BODY ? answer : bytes.subarray(0, written)
}

const cut = (body: RecordedRequest['body']): { truncated?: true } =>
  body instanceof Uint8Array && body.length > MAX_KEPT_BODY ? { truncated: true } : {}

const headersOf = ({ headers }: RecordedRequest): string[] => (headers === '' ? [] : headers.split('\n'))

function printBody(recorded: RecordedRequest): string {
  const { body = '' } = recorded
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return maskRequestBody(body.subarray(0, MAX_KEPT_BODY))
  return maskParameters(body, isJson(recorded))
}

const isJson = ({ headers }: RecordedRequest): boolean => /^content-type\n *application\/json\b/im.test(headers)

const textOf = (answer: RecordedRequest['answer'] = ''): string =>
  typeof answer === 'string' ? answer : (decodeUtf8(answer.subarray(0, MAX_KEPT_BODY), { isCut: true }) ?? '')

const answerHeadersOf = ({ answerHeaders }: RecordedRequest): string[] =>
  Object.entries(answerHeaders).flatMap(([name, value]) =>
    [value].flat().flatMap(one => (one === undefined ? [] : [canonicalName(name), String(one)]))
  )
