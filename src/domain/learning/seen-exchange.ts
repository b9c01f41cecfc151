import type { LinePlace } from '../../schema/recordings/learned.js'
import type { RecordedBody, RecordedExchange, RecordedHeaders } from '../../schema/recordings/recording.js'
import { decodeForm, decodePercent } from '../decoding.js'
import { type Query, TOKEN_PARAMETER } from '../listing.js'

/** The operations that recordings show, and what is no operation of an emulated service. */
export type SeenOperation =
  | 'create'
  | 'list'
  | 'update'
  | 'delete'
  | 'phoneCalls.create'
  | 'phoneCalls.list'
  | 'phoneCalls.update'
  | 'phoneCalls.delete'
  | 'token'
  | 'authorize'

/** The segments of a path, decoded. Create of PhoneCalls has none but userId. */
export interface SeenAddress {
  userId: string
  extension?: string | undefined
  eventType?: string | undefined
  /** The id of a phone call event, or of a PhoneCall. */
  id?: string | undefined
}

/** The credentials of a request, by their pseudonyms. */
export type SeenCredential =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'session'; vn: string; xsrfToken: string | undefined }

/** An exchange as learning reads it. */
export interface SeenExchange {
  place: LinePlace
  /** When it began, in milliseconds since 1970. */
  at: number
  /** When its answer was complete, in milliseconds since 1970. */
  end: number
  recorded: RecordedExchange
  /** The path without its alias, query and last slash. */
  path: string
  /** Undefined where the path, or the method of the path, is not emulated. */
  operation: SeenOperation | undefined
  address: SeenAddress
  query: Query
  credential: SeenCredential
  /** The JSON or form that was sent, as an object; undefined when there is none. */
  sent: unknown
  /** Undefined when there was no answer. */
  status: number | undefined
  /** The JSON of the answer; undefined when it is not JSON. */
  answer: unknown
}

/** Reads an exchange. */
export function seeExchange(recorded: RecordedExchange, file: string, line: number): SeenExchange {
  const { request, response } = recorded
  const [path, queryText] = splitTarget(request.target)
  const { operation, address } = routeOf(request.method, path)
  const query = queryOf(queryText)
  const at = Date.parse(recorded.at)
  return {
    place: { file, line, what: `${request.method} ${path}` },
    at,
    end: at + recorded.ms,
    recorded,
    path,
    operation,
    address,
    query,
    credential: credentialOf(request.headers, query),
    sent: sentOf(request.body, request.headers),
    status: response?.status,
    answer: jsonOf(response?.body)
  }
}

/** Whether an answer is a success. */
export const isSuccess = ({ status }: Pick<SeenExchange, 'status'>): boolean =>
  status !== undefined && status >= 200 && status < 300

/** The code of an error in the envelope of the vendor; undefined where there is none. */
export function errorCodeOf({ answer }: Pick<SeenExchange, 'answer'>): string | undefined {
  const error: unknown = Reflect.get(Object(answer), 'error')
  const code: unknown = Reflect.get(Object(error), 'code')
  return typeof code === 'string' ? code : undefined
}

/** The values of a header, by its name in lower case. */
export const headerOf = (headers: RecordedHeaders, name: string): string | undefined =>
  headers.find(([sent = '']) => sent.toLowerCase() === name)?.[1]

/** The text of a body; undefined when there is none, or it was not kept. */
export const textOf = (body: RecordedBody | undefined): string | undefined =>
  body !== undefined && 'text' in body ? body.text : undefined

/** The pairs of a form or query, decoded. */
export const pairsOf = (form: string): [name: string, value: string][] =>
  form
    .split('&')
    .filter(pair => pair !== '')
    .map(pair => {
      const end = pair.indexOf('=')
      return end === -1 ? [decodeForm(pair), ''] : [decodeForm(pair.slice(0, end)), decodeForm(pair.slice(end + 1))]
    })

/** Path and query of a target. The path is that of `/uapi`, without a slash at its end. */
export function splitTarget(target: string): [path: string, query: string] {
  const origin = target.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  const end = origin.search(/[?#]/)
  const path = end === -1 ? origin : origin.slice(0, end)
  const query = end === -1 ? '' : origin.slice(end + 1).replace(/#.*$/s, '')
  return [path.replace(/^\/unifiedapi(?=\/|$)/, '/uapi').replace(/(?<=.)\/$/, ''), query]
}

const EVENTS = /^\/uapi\/extensions\/([^/]*)\/([^/]*)\/phoneCallEvents(?:\/([^/]*))?(?:\/([^/]*))?$/
const SIMPLE = /^\/uapi\/phoneCalls\/([^/]*)\/simple$/
const CALLS = /^\/uapi\/phoneCalls\/([^/]*)\/([^/]*)(?:\/([^/]*))?$/

const EVENT_OPERATIONS: Partial<Record<string, SeenOperation>> = {
  POST: 'create',
  GET: 'list',
  PUT: 'update',
  DELETE: 'delete'
}
const CALL_OPERATIONS: Partial<Record<string, SeenOperation>> = {
  GET: 'phoneCalls.list',
  PUT: 'phoneCalls.update',
  DELETE: 'phoneCalls.delete'
}

function routeOf(method: string, path: string): Pick<SeenExchange, 'operation' | 'address'> {
  const segments = (match: RegExpExecArray) => match.slice(1).map(segment => segment && decodePercent(segment))
  const events = EVENTS.exec(path)
  if (events !== null) {
    const [userId = '', extension, eventType, id] = segments(events)
    const operation = method === 'POST' && id !== undefined ? undefined : EVENT_OPERATIONS[method]
    return { operation, address: { userId, extension, eventType, id } }
  }
  const simple = SIMPLE.exec(path)
  if (simple !== null) {
    const [userId = ''] = segments(simple)
    return { operation: method === 'POST' ? 'phoneCalls.create' : undefined, address: { userId } }
  }
  const calls = CALLS.exec(path)
  if (calls !== null) {
    const [userId = '', extension, id] = segments(calls)
    return { operation: CALL_OPERATIONS[method], address: { userId, extension, id } }
  }
  const isToken = path === '/oauth/token.php' && method === 'POST'
  const isConsent = path === '/oauth/authorize.php' && /^(?:GET|POST)$/.test(method)
  return { operation: isToken ? 'token' : isConsent ? 'authorize' : undefined, address: { userId: '' } }
}

function queryOf(text: string): Query {
  const query: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of pairsOf(text)) {
    const earlier = query[name]
    query[name] = earlier === undefined ? value : [earlier, value].flat()
  }
  return query
}

function credentialOf(headers: RecordedHeaders, query: Query): SeenCredential {
  const [, bearer] = /^bearer(?:$| +)(.*)$/i.exec(headerOf(headers, 'authorization') ?? '') ?? []
  if (bearer !== undefined) return { kind: 'token', token: bearer.trim() }
  const parameter = query[TOKEN_PARAMETER]
  if (parameter !== undefined)
    return {
      kind: 'token',
      token: [parameter]
        .flat()
        .join()
        .replace(/^bearer +/i, '')
    }
  const cookies = cookiesOf(headerOf(headers, 'cookie') ?? '')
  const vn = cookies.get('vn')
  if (vn === undefined) return { kind: 'none' }
  return { kind: 'session', vn, xsrfToken: headerOf(headers, 'x-xsrf-token') }
}

const cookiesOf = (header: string): Map<string, string> =>
  new Map(
    header.split(';').map((pair): [string, string] => {
      const end = pair.indexOf('=')
      return [pair.slice(0, end).trim(), decodePercent(pair.slice(end + 1).trim())]
    })
  )

function sentOf(body: RecordedBody | undefined, headers: RecordedHeaders): unknown {
  const text = textOf(body)
  if (text === undefined) return undefined
  const type = headerOf(headers, 'content-type') ?? ''
  if (/x-www-form-urlencoded/i.test(type)) return Object.fromEntries(pairsOf(text))
  if (/^multipart\/form-data/i.test(type)) return Object.fromEntries(partsOf(text))
  return parse(text)
}

/** The names and values of a multipart body. */
const partsOf = (text: string): [string, string][] =>
  [...text.matchAll(/\bname="([^"]+)"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n(.*?)\r?\n--/gs)].map(
    ([, name = '', value = '']) => [name, value]
  )

const jsonOf = (body: RecordedBody | undefined): unknown => {
  const text = textOf(body)
  return text === undefined || text === '' ? undefined : parse(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says so
  }
}
