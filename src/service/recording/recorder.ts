import { printLine } from '../../domain/recordings/line.js'
import { createPseudonyms, type Pseudonyms } from '../../domain/recordings/pseudonyms.js'
import { replaceBody, replaceHeaders, replaceTarget } from '../../domain/recordings/secret-messages.js'
import { replaceSecrets, type Search } from '../../domain/recordings/secret-texts.js'
import {
  RECORDING_VERSION,
  type RecordedBody,
  type RecordedFailure,
  type RecordedHeaders,
  type RecordedRequest,
  type RecordedResponse
} from '../../schema/recordings/recording.js'
import { type CapturedBody, valuesOf } from './captured-body.js'

/** A request as it passed. */
export interface PassedRequest {
  method: string
  target: string
  /** Names and values in turn. */
  headers: readonly string[]
  body: CapturedBody
}

/** An answer as it passed. */
export interface PassedResponse {
  status: number
  statusText: string
  headers: readonly string[]
  body: CapturedBody
}

/** An exchange that has ended. */
export interface PassedExchange {
  number: number
  at: Date
  ms: number
  request: PassedRequest
  response?: PassedResponse | undefined
  failure?: RecordedFailure | undefined
}

/** A webhook that was answered. */
export interface PassedWebhook extends Omit<PassedExchange, 'response'> {
  /** That of its answer; undefined when it got none. */
  status: number | undefined
}

/** Writes the lines of one recording, with pseudonyms in the place of secrets. */
export interface Recorder {
  exchange(exchange: PassedExchange): void
  webhook(webhook: PassedWebhook): void
}

/**
 * Starts a recording with its first line.
 * @param append writes a line with its end
 * @param start the version of the program, the time, and the upstream of exchanges
 */
export function createRecorder(
  append: (line: string) => void,
  { version, at, upstream }: { version: string; at: Date; upstream?: string | undefined }
): Recorder {
  const pseudonyms = createPseudonyms()
  append(
    printLine({
      recording: 'uapi-emulator',
      version: RECORDING_VERSION,
      at: at.toISOString(),
      emulator: version,
      ...(upstream !== undefined && { upstream })
    })
  )
  return {
    exchange({ number, at, ms, request, response, failure }) {
      const isOAuth = /^(?:https?:\/\/[^/]*)?\/oauth(?:\/|$)/i.test(request.target)
      const isCut = failure !== undefined
      const marked = {
        request: markRequest(request, pseudonyms, failure?.code === CLIENT_CLOSED),
        response: response && markResponse(response, { pseudonyms, hasCodes: isOAuth, depth: 0 }, isCut)
      }
      append(
        printLine({
          exchange: number,
          at: at.toISOString(),
          ms: round(ms),
          request: finishMessage(marked.request, pseudonyms),
          ...(marked.response && { response: finishMessage(marked.response, pseudonyms) }),
          ...(failure && { failure })
        })
      )
    },

    webhook({ number, at, ms, request, status, failure }) {
      const marked = markRequest(request, pseudonyms, failure?.code === CLIENT_CLOSED)
      append(
        printLine({
          webhook: number,
          at: at.toISOString(),
          ms: round(ms),
          request: finishMessage(marked, pseudonyms),
          ...(status !== undefined && { response: { status } }),
          ...(failure && { failure })
        })
      )
    }
  }
}

/** The failure when the client, and not the upstream, has ended an exchange. */
export const CLIENT_CLOSED = 'client_closed'

const round = (ms: number): number => Math.round(ms * 10) / 10

/** A body with marks: its text, or what stands for it. */
type MarkedBody = { text: string; isUtf8: boolean; isCut: boolean } | RecordedBody

/** A message with marked pseudonyms. */
type Marked<Message> = Omit<Message, 'body'> & { body: MarkedBody | undefined }

function markRequest(
  { method, target, headers, body }: PassedRequest,
  pseudonyms: Pseudonyms,
  isCut: boolean
): Marked<RecordedRequest> {
  const search: Search = { pseudonyms, hasCodes: true, depth: 0 }
  return {
    method,
    target: replaceTarget(target, search),
    headers: replaceHeaders(headers, search),
    body: markBody(body, headers, search, isCut)
  }
}

function markResponse(
  { status, statusText, headers, body }: PassedResponse,
  search: Search,
  isCut: boolean
): Marked<RecordedResponse> {
  return {
    status,
    statusText: replaceSecrets(statusText, search),
    headers: replaceHeaders(headers, search),
    body: markBody(body, headers, search, isCut)
  }
}

function markBody(
  body: CapturedBody,
  headers: readonly string[],
  search: Search,
  isCut: boolean
): MarkedBody | undefined {
  const decoded = body.decode(headers, isCut)
  if (decoded === undefined || 'omitted' in decoded) return decoded
  const contentType = valuesOf(headers, 'content-type').at(-1)
  const { text, isUtf8 } = decoded
  return { text: replaceBody(text, contentType, search), isUtf8, isCut: isCut || UNFINISHED.test(text) }
}

/** JSON that lacks its end. */
const UNFINISHED = /^\s*[{[].*[^\]}\s]\s*$/s

/** A message in which every known secret has its pseudonym, wherever it stands, and no pseudonym has marks. */
function finishMessage<Message extends { headers: RecordedHeaders; target?: string; statusText?: string }>(
  { body, ...message }: Message & { body: MarkedBody | undefined },
  pseudonyms: Pseudonyms
): Omit<Message, 'body'> & { body?: RecordedBody } {
  const finish = (text: string) => pseudonyms.finish(text)
  return {
    ...message,
    ...(message.target !== undefined && { target: finish(message.target) }),
    ...(message.statusText !== undefined && { statusText: finish(message.statusText) }),
    headers: message.headers.map(([name = '', value = '']) => [name, finish(value)]),
    ...(body && { body: finishBody(body, pseudonyms) })
  }
}

function finishBody(body: MarkedBody, pseudonyms: Pseudonyms): RecordedBody {
  if (!('isUtf8' in body)) return body
  const text = pseudonyms.finish(body.text, body.isCut)
  return body.isUtf8 ? { text } : { base64: Buffer.from(text, 'latin1').toString('base64') }
}
