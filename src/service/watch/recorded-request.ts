import { decodeUtf8 } from '../../domain/decoding.js'
import { canonicalName } from '../../domain/headers.js'
import { maskHeaders, maskRequestBody, maskResponseBody, maskTarget } from '../../domain/masking.js'
import {
  maskMultipart,
  maskParameterBody,
  maskParameters,
  type ParameterBody
} from '../../domain/masking-parameters.js'
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
  /** As it was sent, without the prefix of a sandbox. */
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
  /** Whether a fault cut its answer: `answer` is the part that was sent. */
  isCut?: boolean
  ignored: readonly string[] | undefined
  unmatched: boolean
  /** Names and values in turn, a line each: one string takes less memory than many. */
  headers: string
  /** Its bytes, with the parameters parsed from them, or a text to print instead. */
  body: Uint8Array | ParameterBody | string | undefined
  answerHeaders: Readonly<Record<string, unknown>>
  answer: Uint8Array | string | undefined
  /** Its place in the order in which the journals of all sandboxes recorded requests, and its size; set by the budget. */
  place: number
  bytes: number
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
    path: maskTarget(pathOf(recorded.target)),
    unmatched: recorded.unmatched
  }
  return recorded.facts
}

/** The path of a target: without origin and query. */
export const pathOf = (target: string): string =>
  target.startsWith('/') ? target.replace(/\?.*$/s, '') : absolutePath(target)

const absolutePath = (target: string): string => {
  const [, path] = /^https?:\/\/[^/?#]*([^?]*)/i.exec(target) ?? []
  return path === undefined ? target.replace(/\?.*$/s, '') : path || '/'
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
  const read = typeof body === 'object' && !(body instanceof Uint8Array) && body.format !== 'json' ? body : undefined
  return readContent({
    target: maskTarget(target),
    headers: maskHeaders(headersOf(recorded)),
    body: printBody(recorded),
    form: read && maskParameters(read.parameters),
    isCut: cut(body).truncated ?? false
  })
}

/** A request as on the wire, with its secrets masked. @param hint what comes closest to a refused one */
export function printRequest(recorded: RecordedRequest, hint?: string): JournalEntry {
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
    ...(hint !== undefined && { hint }),
    ignoredFields: [...ignored],
    ...(unmatched && { unmatched }),
    request: { headers: maskHeaders(headersOf(recorded)), body: printBody(recorded), ...cut(recorded.body) },
    response: {
      headers: maskHeaders(answerHeadersOf(recorded)),
      body: maskResponseBody(textOf(answer)),
      ...cut(answer),
      ...(recorded.isCut && { cut: true as const })
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
  const type = contentTypeOf(recorded)
  if (!(body instanceof Uint8Array)) return maskParameterBody(body, type)
  const kept = body.subarray(0, MAX_KEPT_BODY)
  return /^multipart\/form-data\b/i.test(type) ? maskMultipart(kept, type) : maskRequestBody(kept)
}

const contentTypeOf = ({ headers }: RecordedRequest): string => /^content-type\n *(.*)$/im.exec(headers)?.[1] ?? ''

const textOf = (answer: RecordedRequest['answer'] = ''): string =>
  typeof answer === 'string' ? answer : (decodeUtf8(answer.subarray(0, MAX_KEPT_BODY), { isCut: true }) ?? '')

const answerHeadersOf = ({ answerHeaders }: RecordedRequest): string[] =>
  Object.entries(answerHeaders).flatMap(([name, value]) =>
    [value].flat().flatMap(one => (one === undefined ? [] : [canonicalName(name), String(one)]))
  )
