import { STATUS_CODES } from 'node:http'
import { maskHeaders, maskRequestBody, maskResponseBody, maskTarget } from '../../domain/masking.js'
import type { Attempt, Delivery, HeaderValues } from '../../schema/calls/delivery.js'
import type { HarEntry } from '../../schema/har.js'
import type { JournalEntry } from '../../schema/journal.js'
import { joinTexts, type Parts } from '../parts.js'

/**
 * A document in HAR 1.2 in parts, each made when it is read, so that no export is in memory as a whole.
 * @param entries read one after the other; an error of theirs ends the document in its middle
 */
export function printHar(version: string, entries: Iterable<HarEntry>): Parts {
  const creator = JSON.stringify({ name: 'uapi-emulator', version })
  return joinTexts(`{"log":{"version":"1.2","creator":${creator},"entries":[`, printEach(entries), ']}}')
}

function* printEach(entries: Iterable<HarEntry>): Parts {
  for (const entry of entries) yield JSON.stringify(entry)
}

type Pair = { name: string; value: string }

/**
 * A request of the journal as an entry of a HAR.
 * @param base scheme, host and sandbox of the emulator, for a request without a usable Host
 */
export function entryOfRequest(entry: JournalEntry, base: string): HarEntry {
  const { id, at, ms, method, path, status, reason, fault } = entry
  const headers = pairsOf(entry.request.headers)
  const url = urlOf(path, headerOf(headers, 'host'), base)
  const error = errorOf(entry)
  return {
    ...exchange({ at, ms, method, url }, headers, bodyOf(entry.request)),
    response: responseOf(status, pairsOf(entry.response.headers), contentOf(entry.response)),
    _id: id,
    ...(fault !== undefined && { _fault: fault }),
    ...(reason !== undefined && { _reason: reason }),
    ...(error !== undefined && { _error: error })
  }
}

/** The attempts of a delivery as entries of a HAR, secrets masked; none for one that was never sent. */
export function entriesOfDelivery({ id, callId, request, attempts }: Delivery): HarEntry[] {
  const headers = pairsOf(maskHeaders(rawOf(request.headers)))
  const url = maskTarget(request.url)
  const sent = { text: maskRequestBody(new TextEncoder().encode(request.body)), size: sizeOf(request.body) }
  return attempts.map(attempt => {
    const { at, ms, response, failure, fault } = attempt
    const received = response === undefined ? [] : pairsOf(maskHeaders(rawOf(response.headers)))
    return {
      ...exchange({ at, ms: ms ?? 0, method: request.method, url }, headers, sent),
      response: responseOf(response?.status ?? 0, received, contentOfResponse(response)),
      _id: id,
      _callId: callId,
      ...(fault !== undefined && { _fault: fault }),
      ...(failure && { _reason: failure.reason, _error: maskResponseBody(failure.message) })
    }
  })
}

interface SentBody {
  text: string
  /** In bytes; -1 when it is not known. */
  size: number
}

function exchange(
  { at, ms, method, url }: { at: string; ms: number; method: string; url: string },
  headers: Pair[],
  { text, size }: SentBody
): Omit<HarEntry, 'response' | '_id'> {
  const mimeType = headerOf(headers, 'content-type') ?? ''
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(mimeType)
  return {
    startedDateTime: at,
    time: ms,
    request: {
      method,
      url,
      httpVersion: HTTP_VERSION,
      cookies: headers.filter(isNamed('cookie')).flatMap(({ value }) => value.split(';').map(cookieOf)),
      headers,
      queryString: parametersOf(/\?([^#]*)/.exec(url)?.[1] ?? ''),
      ...(text !== '' && { postData: { mimeType, text, params: isForm ? parametersOf(text) : [] } }),
      headersSize: -1,
      bodySize: size
    },
    cache: {},
    timings: { send: 0, wait: ms, receive: 0 }
  }
}

const responseOf = (status: number, headers: Pair[], content: Content): HarEntry['response'] => ({
  status,
  statusText: STATUS_CODES[status] ?? '',
  httpVersion: HTTP_VERSION,
  cookies: headers.filter(isNamed('set-cookie')).map(({ value }) => cookieOf(value.split(';')[0] ?? '')),
  headers,
  content: { ...content, mimeType: headerOf(headers, 'content-type') ?? 'x-unknown' },
  redirectURL: headerOf(headers, 'location') ?? '',
  headersSize: -1,
  bodySize: content.comment === undefined ? content.size : -1
})

type Content = Omit<HarEntry['response']['content'], 'mimeType'>

const contentOf = ({ body, truncated, cut }: JournalEntry['response']): Content => ({
  size: sizeOf(body),
  text: body,
  ...(truncated && { comment: TRUNCATED }),
  ...(cut && { comment: 'A fault cut the body: this is the half that was sent.' })
})

function contentOfResponse(response: Attempt['response']): Content {
  if (response === undefined) return { size: 0, text: '' }
  const { body, base64, truncated } = response
  const comment = truncated && { comment: TRUNCATED }
  if (base64 === undefined) return { size: sizeOf(body), text: maskResponseBody(body), ...comment }
  return { size: atob(base64).length, text: base64, encoding: 'base64', ...comment }
}

/** The error of a request that was not answered as a whole. */
function errorOf({ status, fault, response }: JournalEntry): string | undefined {
  if (status === 0) return `Fault ${fault} ended the connection without an answer.`
  return response.cut ? `Fault ${fault} ended the connection after half of the body.` : undefined
}

/** The address of a request: by its own origin if it was sent with one, else by its Host where that is one. */
function urlOf(path: string, host: string | undefined, base: string): string {
  const [, scheme = '', , prefix = ''] = /^(\w+:\/\/)([^/]+)(.*)$/s.exec(base) ?? []
  const [, sentOrigin, rest = path] = /^(https?:\/\/[^/?#]+)(.*)$/is.exec(path) ?? []
  const below = rest === '' || rest.startsWith('/') ? rest : `/${rest}`
  const candidates = [
    sentOrigin !== undefined && sentOrigin + prefix + below,
    host !== undefined && scheme + host + prefix + below,
    base + below
  ]
  return candidates.find(url => typeof url === 'string' && URL.canParse(url)) || `${base}/`
}

const bodyOf = ({ body, truncated }: JournalEntry['request']): SentBody => ({
  text: body,
  size: truncated ? -1 : sizeOf(body)
})

const cookieOf = (text: string): Pair => {
  const [, name = '', value = ''] = /^\s*([^=]*)=?(.*)$/s.exec(text) ?? []
  return { name, value }
}

const parametersOf = (query: string): Pair[] =>
  [...new URLSearchParams(query)].map(([name, value]) => ({ name, value }))

const pairsOf = (headers: HeaderValues): Pair[] =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().map(value => ({ name, value })))

const rawOf = (headers: HeaderValues): string[] => pairsOf(headers).flatMap(({ name, value }) => [name, value])

const isNamed =
  (wanted: string) =>
  ({ name }: Pair): boolean =>
    name.toLowerCase() === wanted

const headerOf = (headers: Pair[], name: string): string | undefined => headers.find(isNamed(name))?.value

const sizeOf = (text: string): number => new TextEncoder().encode(text).length

const TRUNCATED = 'The body was longer: its first 64 KiB are kept.'

/** The version of HTTP that the emulator speaks. */
const HTTP_VERSION = 'HTTP/1.1'
