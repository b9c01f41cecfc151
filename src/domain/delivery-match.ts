import type { DeliveryState, MomentName } from '../schema/calls/call.js'
import type { DeliveryMatch } from '../schema/calls/delivery.js'
import type { Matcher } from '../schema/calls/matcher.js'
import { printMatcher, printText } from '../schema/calls/print-matcher.js'
import type { EventType } from '../schema/event-type.js'
import { type Problem, printPath } from './schema-check.js'

/** The members of a delivery that a match compares. */
export interface ComparableDelivery {
  id: number
  callId: string
  eventId: string
  extension: string
  type: EventType
  moment: MomentName
  state: DeliveryState
  /** Its place in the order of sending; null when it has not been sent. */
  sent: number | null
  /** The url of its event, without the parameters of the webhook. */
  eventUrl: string
  method: 'GET' | 'POST'
  url: string
  body: string
}

/** The parameters of webhooks, in their order. @source call-events.md §2 (recorded) */
export const PARAMETER_NAMES = [
  'CallID',
  'CallerIDNum',
  'CallerIDName',
  'CalledDID',
  'CalledExtension',
  'CallStatus',
  'CallFlow',
  'CallerExtension',
  'CalledNumber',
  'CallAPIID'
] as const

/** Whether every member of a match holds for a delivery. */
export const matchesDelivery = (delivery: ComparableDelivery, match: DeliveryMatch): boolean =>
  differing(delivery, match).next().done === true

/** The differences between a delivery and a match, in words: `parameter CalledNumber is 210, expected absent`. */
export const deliveryDifferences = (delivery: ComparableDelivery, match: DeliveryMatch): string[] => [
  ...differing(delivery, match)
]

/** Yields the differences one by one, so that a comparison can stop at the first. */
function* differing(delivery: ComparableDelivery, match: DeliveryMatch): Generator<string, void> {
  const { url, callStatus, callFlow, parameters, ...plain } = match
  for (const [name, expected] of Object.entries(plain)) {
    const actual: unknown = Reflect.get(delivery, name)
    if (actual !== expected) yield `${name} ${actual}, expected ${expected}`
  }
  if (url !== undefined) yield* compare('url', delivery.url, url)
  const matchers = matchersOf(match)
  if (matchers.length === 0) return
  const form = formOf(delivery)
  for (const { label, name, matcher } of matchers) yield* compare(label, readParameter(form, name), matcher)
}

function* compare(label: string, actual: string | undefined, matcher: Matcher): Generator<string, void> {
  if (!matchesText(actual, matcher)) yield `${label} is ${printText(actual)}, expected ${printMatcher(matcher)}`
}

/** Compares a text, undefined when it is not there, with a matcher. @source control-api.md "Watching and verifying" */
export function matchesText(actual: string | undefined, matcher: Matcher): boolean {
  if (typeof matcher === 'string') return actual === matcher
  if ('contains' in matcher) return actual?.includes(matcher.contains) ?? false
  if ('startsWith' in matcher) return actual?.startsWith(matcher.startsWith) ?? false
  return actual === undefined
}

/** The matchers of parameters in a match, `callStatus` and `callFlow` among them, each with its name in messages. */
export const matchersOf = ({
  callStatus,
  callFlow,
  parameters = {}
}: DeliveryMatch): { label: string; name: string; matcher: Matcher }[] => [
  ...(callStatus === undefined ? [] : [{ label: 'callStatus', name: 'CallStatus', matcher: callStatus }]),
  ...(callFlow === undefined ? [] : [{ label: 'callFlow', name: 'CallFlow', matcher: callFlow }]),
  ...Object.entries(parameters).map(([name, matcher]) => ({ label: `parameter ${name}`, name, matcher }))
]

/**
 * The parameters that a webhook adds, form-encoded: the body of a POST; of a GET the query behind that of its event's
 * url. A parameter in the event's own query is part of the url, so that it counts neither as present nor as sent twice.
 * The query of a GET that does not begin with that of its event, as a changed replay may have it, is read as a whole.
 * @assumed 0016
 */
export function formOf({
  method,
  url,
  body,
  eventUrl
}: Pick<ComparableDelivery, 'method' | 'url' | 'body' | 'eventUrl'>): string {
  if (method === 'POST') return body
  const query = queryOf(url)
  const own = queryOf(eventUrl)
  if (own === '' || !query.startsWith(own)) return query
  const rest = query.slice(own.length)
  if (rest === '' || own.endsWith('&')) return rest
  return rest.startsWith('&') ? rest.slice(1) : query
}

const queryOf = (url: string): string => /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? ''

/**
 * A parameter of a form as receivers decode it: `+` is a space, malformed bytes are U+FFFD. Of a repeated name the last
 * counts, as in PHP. Undefined when it is not there.
 */
export function readParameter(form: string, name: string): string | undefined {
  const pairs = form.split('&')
  for (let index = pairs.length - 1; index >= 0; index--) {
    const pair = pairs[index] ?? ''
    const end = pair.indexOf('=')
    const key = end === -1 ? pair : pair.slice(0, end)
    if (pair !== '' && decode(key) === name) return end === -1 ? '' : decode(pair.slice(end + 1))
  }
  return undefined
}

const decode = (text: string): string => (/[%+]/.test(text) ? (new URLSearchParams(`=${text}`).get('') ?? '') : text)

/**
 * The problems of names that differ from a parameter only in letter case and are expected to be absent: such a match
 * would hold for every webhook.
 * @param keys the path of the match in its document
 */
export const problemsOfMatch = ({ parameters = {} }: DeliveryMatch, keys: string[]): Problem[] =>
  Object.entries(parameters).flatMap(([name, matcher]) => {
    const meant = similarParameter(name)
    if (typeof matcher === 'string' || !('absent' in matcher) || meant === undefined) return []
    const message = `is absent in every webhook: the parameter is ${meant}, in this letter case`
    return [{ path: printPath([...keys, 'parameters', name]), message }]
  })

/** The parameter whose name differs from another name only in letter case. */
export const similarParameter = (name: string): string | undefined =>
  PARAMETER_NAMES.find(known => known !== name && known.toLowerCase() === name.toLowerCase())
