import { CALL_FLOWS, CALL_STATUSES } from '../../../schema/calls/call.js'
import { findEventType } from '../../../schema/event-type.js'
import { RecentMap } from '../evidence.js'
import type { RegisteredUrls } from '../registered-urls.js'
import { headerOf } from '../seen-exchange.js'
import { type SeenWebhook, WEBHOOK_PARAMETERS, type WebhookParameter } from '../seen-webhook.js'
import { quote, type Report } from './findings.js'

/** How many webhooks are remembered that got no success as answer. */
const MAX_FAILED = 5_000

/** The parameters that the setting `absentParameters` covers. */
const MAY_BE_ABSENT: ReadonlySet<string> = new Set(['CalledExtension', 'CalledNumber'])

/** The forms of values. @source call-events.md §2 */
const FORMS: [WebhookParameter, RegExp][] = [
  ['CallID', /^-?[0-9]{1,15}\.[0-9]{1,15}$/],
  ['CallAPIID', /^[a-z0-9]{20}$/],
  ['CalledExtension', /^(?:[0-9]+\*[0-9]+)?$/],
  ['CallerExtension', /^(?:[0-9]+\*[0-9]+)?$/],
  ['CalledDID', /^[0-9]*$/]
]

/** The CallStatus and CallFlow that the moment of each event type can have; Hangup has any status but CALLING. */
const OF_TYPE: Partial<Record<string, [status: string, flow: string]>> = {
  '0': ['CALLING', 'in'],
  '1': ['CALLING', 'out'],
  '3': ['ANSWER', 'in'],
  '4': ['ANSWER', 'out']
}

/** Creates a reader that reports what webhooks of the emulator have differently, whatever its settings. */
export function createWebhookCheck(report: Report): (seen: SeenWebhook, urls: RegisteredUrls) => void {
  const failed = new RecentMap<string, true>(MAX_FAILED)
  return (seen, urls) => {
    const { place, recorded, parameters, form } = seen
    if (parameters.length === 0) {
      report('webhook', 'A webhook has no CallID, and is read no further.', place)
      return
    }
    for (const text of [...differencesOfForm(seen), ...differencesOfValues(seen, urls)]) report('webhook', text, place)
    const key = `${seen.urlKey} ${form}`
    if (failed.has(key)) report('webhook', 'A webhook that was not answered with success is sent again.', place)
    const { status = 0 } = recorded.response ?? {}
    if (status < 200 || status > 299) failed.set(key, true)
  }
}

function differencesOfForm({ recorded: { request }, parameters, form }: SeenWebhook): string[] {
  const texts: string[] = []
  const names = parameters.map(([name]) => name)
  const known = names.filter(name => POSITIONS.has(name))
  for (const name of names)
    if (!POSITIONS.has(name))
      texts.push(`A webhook has the parameter ${quote(name)}, which the emulator does not send.`)
  for (const name of WEBHOOK_PARAMETERS)
    if (!MAY_BE_ABSENT.has(name) && !names.includes(name))
      texts.push(`A webhook has no ${name}, which the emulator sends.`)
  if (new Set(names).size < names.length) texts.push('A webhook has a parameter twice.')
  if (known.some((name, at) => at > 0 && position(known[at - 1]) > position(name)))
    texts.push(`The parameters of webhooks are in another order: ${known.join(', ')}.`)
  if (request.method !== 'GET' && request.method !== 'POST') texts.push(`A webhook has the method ${request.method}.`)
  const type = headerOf(request.headers, 'content-type')
  if (request.method === 'POST' && !/^application\/x-www-form-urlencoded/i.test(type ?? ''))
    texts.push(
      `A webhook with POST has the content type ${quote(type)}; in the emulator application/x-www-form-urlencoded.`
    )
  else if (new URLSearchParams(parameters).toString() !== form)
    texts.push('The parameters of webhooks are encoded in another way, such as %20 in place of +.')
  return texts
}

function differencesOfValues({ value, urlKey }: SeenWebhook, urls: RegisteredUrls): string[] {
  const texts: string[] = []
  const status = value('CallStatus')
  const flow = value('CallFlow')
  const isKnown = CALL_STATUSES.some(known => known === status)
  if (status !== undefined && !isKnown) texts.push(`CallStatus is ${quote(status)}, which the emulator does not send.`)
  if (flow !== undefined && !CALL_FLOWS.some(known => known === flow))
    texts.push(`CallFlow is ${quote(flow)}, which the emulator does not send.`)
  for (const [name, form] of FORMS) {
    const sent = value(name)
    if (sent !== undefined && !form.test(sent))
      texts.push(`${name} has another form than in the emulator, such as ${quote(sent.replace(/\d/g, '0'))}.`)
  }
  const type = urls.typeOf(urlKey)
  if (type === undefined || !isKnown) return texts
  const [expectedStatus, expectedFlow] = OF_TYPE[type] ?? []
  const isOther =
    expectedStatus === undefined
      ? status === 'CALLING'
      : status !== expectedStatus || flow?.toLowerCase() !== expectedFlow
  if (isOther) texts.push(`The webhook of ${findEventType(type)?.label} has CallStatus ${status} and CallFlow ${flow}.`)
  return texts
}

const POSITIONS: ReadonlyMap<string, number> = new Map(WEBHOOK_PARAMETERS.map((name, at) => [name, at]))

const position = (name: string | undefined): number => POSITIONS.get(name ?? '') ?? -1
