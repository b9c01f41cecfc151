import type { WebhookRequest } from '../../schema/calls/delivery.js'
import type { RecordedRequest } from '../../schema/recordings/recording.js'
import { decodeForm } from '../decoding.js'
import { PARAMETER_NAMES } from '../delivery-match.js'

/** A webhook as it was sent, read for a comparison. */
export interface SentWebhook {
  method: string
  /** Path and query of the url of its event. */
  address: string
  /** Empty without one. */
  contentType: string
  parameters: SentParameter[]
  /** The value of a parameter; empty when it was not sent. */
  value(name: string): string
}

/** A parameter with its value, and its bytes as they were sent. */
export interface SentParameter {
  name: string
  value: string
  written: string
}

/** Reads a recorded webhook. @returns undefined when its body was not kept */
export function readRecordedWebhook({ method, target, headers, body }: RecordedRequest): SentWebhook | undefined {
  if (body !== undefined && !('text' in body)) return undefined
  return readWebhook(method, target, headerOf(headers, 'content-type'), body?.text ?? '')
}

/** Reads a webhook of the emulator. */
export const readOwnWebhook = ({ method, url, headers, body }: WebhookRequest): SentWebhook =>
  readWebhook(method, url, headerOf(Object.entries(headers), 'content-type'), body)

const headerOf = (headers: readonly (readonly string[])[], wanted: string): string =>
  headers.find(([name = '']) => name.toLowerCase() === wanted)?.[1] ?? ''

function readWebhook(method: string, target: string, contentType: string, body: string): SentWebhook {
  const [path = '', query = ''] = addressOf(target).split(/\?(.*)/s)
  const sent = pairsOf(query)
  const first = body === '' ? sent.findIndex(({ name }) => NAMES.includes(name)) : -1
  const own = first === -1 ? sent : sent.slice(0, first)
  const parameters = [...(first === -1 ? [] : sent.slice(first)), ...pairsOf(body)]
  return {
    method,
    address: addressWith(path, own),
    contentType,
    parameters,
    value: name => parameters.find(parameter => parameter.name === name)?.value ?? ''
  }
}

const NAMES: readonly string[] = PARAMETER_NAMES

/** Path and query of the url of an event, in the form of `SentWebhook.address`. */
export function addressOfEvent(url: string): string {
  const [path = '', query = ''] = addressOf(url).split(/\?(.*)/s)
  return addressWith(path, pairsOf(query))
}

const addressOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')

const addressWith = (path: string, pairs: readonly SentParameter[]): string =>
  [path || '/', ...(pairs.length === 0 ? [] : ['?', pairs.map(({ written }) => written).join('&')])].join('')

const pairsOf = (form: string): SentParameter[] =>
  form
    .split('&')
    .filter(pair => pair !== '')
    .map(written => {
      const [name = '', value = ''] = written.split(/=(.*)/s)
      return { name: decodeForm(name), value: decodeForm(value), written }
    })
