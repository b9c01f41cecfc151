import type { DeliveryMatch } from '../schema/calls/delivery.js'
import type { Matcher } from '../schema/calls/matcher.js'
import { printMatcher, printText } from '../schema/calls/print-matcher.js'
import type { Settings } from '../schema/settings.js'
import { decodeForm } from './decoding.js'
import {
  type ComparableDelivery,
  formOf,
  matchersOf,
  matchesDelivery,
  matchesText,
  PARAMETER_NAMES,
  readParameter,
  similarParameter
} from './delivery-match.js'

/** How many of the sent values are listed. */
const MAX_LISTED = 5

/**
 * Explains, in sentences, why no delivery has the url or the parameters of a match, among those that have its other
 * members: by the values that were sent instead, and by the settings that select them.
 */
export function explainSent(
  deliveries: readonly ComparableDelivery[],
  match: DeliveryMatch,
  settings: Settings
): string[] {
  const { state: _, url, callStatus: _status, callFlow: _flow, parameters: _parameters, ...plain } = match
  const matchers = matchersOf(match)
  if (url === undefined && matchers.length === 0) return []
  const considered = deliveries.filter(delivery => matchesDelivery(delivery, plain))
  if (considered.length === 0) return []
  const forms = considered.map(formOf)
  return [
    ...(url === undefined ? [] : explainUrl(considered, url)),
    ...matchers.flatMap(({ name, matcher }) => {
      const values = new Set(forms.map(form => readParameter(form, name)))
      return [...values].some(value => matchesText(value, matcher))
        ? []
        : explainValues(name, matcher, values, settings)
    })
  ]
}

function explainUrl(deliveries: readonly ComparableDelivery[], matcher: Matcher): string[] {
  if (deliveries.some(({ url }) => matchesText(url, matcher))) return []
  const urls = [...new Set(deliveries.map(({ url }) => url))]
  const isOfGet =
    typeof matcher === 'string' && urls.some(url => url.startsWith(matcher) && /^[?&]/.test(url.slice(matcher.length)))
  if (isOfGet) return ['The url of a GET ends in its parameters: match its beginning with {"startsWith": …}.']
  return [`No delivery was sent to a url that matches; there were ${list(urls)}.`]
}

function explainValues(
  name: string,
  matcher: Matcher,
  values: ReadonlySet<string | undefined>,
  { callFlowCase, absentParameters, hangupStatus }: Settings
): string[] {
  const sent = [...values].filter(value => value !== undefined)
  if (sent.length === 0) {
    const meant = similarParameter(name)
    if (meant !== undefined) return [`No delivery has a parameter ${name}: its name is ${meant}.`]
    if (!isKnown(name)) return [`No delivery has a parameter ${name}; there are ${PARAMETER_NAMES.join(', ')}.`]
    return [
      `${name} was not sent: the setting absentParameters (now ${absentParameters}) selects whether a parameter that recorded webhooks lack is left out or sent empty.`
    ]
  }
  if (typeof matcher !== 'string') {
    const isEmpty = 'absent' in matcher && sent.every(value => value === '')
    return [
      isEmpty
        ? `${name} was sent empty: the setting absentParameters (now ${absentParameters}) selects whether it is left out or sent empty.`
        : `No delivery has the expected ${name}, ${printMatcher(matcher)}; there were ${list(sent)}.`
    ]
  }
  const inOtherCase = sent.find(value => value.toLowerCase() === matcher.toLowerCase())
  if (inOtherCase !== undefined) {
    const setting = name === 'CallFlow' ? `: the setting callFlowCase (now ${callFlowCase}) selects it` : ''
    return [`${name} was sent as ${inOtherCase}, which differs from ${matcher} only in letter case${setting}.`]
  }
  const withoutPlus = sent.find(value => `+${value}` === matcher || value === `+${matcher}`)
  if (withoutPlus !== undefined) {
    return [
      `${name} was sent as ${withoutPlus}: CallerIDNum has the + of an outside number, CallerIDName and CalledDID do not.`
    ]
  }
  if (sent.includes(decodeForm(matcher))) return [`${name} is compared after decoding: expect ${decodeForm(matcher)}.`]
  const isOfHangup = name === 'CallStatus' && [matcher, ...sent].some(value => HANGUP_STATUSES.includes(value))
  return [
    `No delivery was sent with ${name} ${printText(matcher)}; there were ${list(sent)}.`,
    ...(isOfHangup
      ? [`The setting hangupStatus (now ${hangupStatus}) selects the CallStatus of a Hangup that ends an answered leg.`]
      : [])
  ]
}

/** The values of CallStatus that only a Hangup has, by the setting hangupStatus. @source contract §4 */
const HANGUP_STATUSES: readonly string[] = ['UNKNOWN', 'HANGUP']

const isKnown = (name: string): boolean => PARAMETER_NAMES.some(known => known === name)

const list = (values: readonly string[]): string =>
  values.slice(0, MAX_LISTED).map(printText).join(', ') + (values.length > MAX_LISTED ? ', …' : '')
