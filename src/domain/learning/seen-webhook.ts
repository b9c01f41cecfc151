import type { LinePlace } from '../../schema/recordings/learned.js'
import type { RecordedWebhook } from '../../schema/recordings/recording.js'
import { headerOf, pairsOf, splitTarget, textOf } from './seen-exchange.js'

/** The parameters of a webhook, in their order. @source call-events.md §2 (recorded) */
export const WEBHOOK_PARAMETERS = [
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

/** A parameter of a webhook. */
export type WebhookParameter = (typeof WEBHOOK_PARAMETERS)[number]

/** A webhook as learning reads it. */
export interface SeenWebhook {
  place: LinePlace
  /** When it came, and when it was answered, in milliseconds since 1970. */
  at: number
  end: number
  recorded: RecordedWebhook
  /** Its url as it is compared with those of phone call events: path and own query, without pseudonyms. */
  urlKey: string
  /** The scheme-less receiver that it was sent to. */
  host: string
  /** The text of its parameters as they were sent. */
  form: string
  parameters: [name: string, value: string][]
  /** The value of a parameter; undefined when it was not sent. */
  value(name: WebhookParameter): string | undefined
  /** Its leg: webhooks of one leg have the same, those of two legs of a call do not. */
  leg: string
}

/** Reads a webhook. */
export function seeWebhook(recorded: RecordedWebhook, file: string, line: number): SeenWebhook {
  const { request } = recorded
  const [path, query] = splitTarget(request.target)
  const isPost = request.method !== 'GET'
  const start = isPost ? -1 : query.search(/(?:^|&)CallID=/)
  const own = isPost ? query : start === -1 ? query : query.slice(0, start)
  const form = isPost ? (textOf(request.body) ?? '') : start === -1 ? '' : query.slice(start).replace(/^&/, '')
  const parameters = pairsOf(form)
  const values = new Map(parameters)
  const at = Date.parse(recorded.at)
  const value = (name: WebhookParameter) => values.get(name)
  return {
    place: { file, line, what: `webhook ${request.method} ${path}` },
    at,
    end: at + recorded.ms,
    recorded,
    urlKey: urlKeyOf(path, own),
    host: headerOf(request.headers, 'host') ?? '',
    form,
    parameters,
    value,
    leg: [value('CallID'), value('CallFlow')?.toLowerCase(), extensionOfLeg(value)].join(' ')
  }
}

/** The url of a phone call event, as those of webhooks are compared with it; undefined when it is none. */
export function urlKeyOfEvent(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url)) return undefined
  return urlKeyOf(...splitTarget(url))
}

/** The extended number of the leg that a webhook is about. */
export const extensionOfLeg = (value: SeenWebhook['value']): string =>
  (value('CallFlow')?.toLowerCase() === 'out' ? value('CallerExtension') : value('CalledExtension')) ?? ''

/** Pseudonyms are left out: two recordings name the same secret differently. */
const urlKeyOf = (path: string, query: string): string =>
  query === '' ? path || '/' : `${path || '/'}?${query.replace(/=[a-z]+-\d+(?=&|$)/g, '=')}`
