import type { WebhookRequest } from '../../schema/calls/delivery.js'
import type { ParameterChange, ReplayRequest } from '../../schema/calls/replay.js'
import { METHODS } from '../../schema/phone-call-event.js'
import { formOf } from '../delivery-match.js'
import { requestOf } from './webhook-request.js'

/** A webhook, and the url that its parameters were added to: the event's, or that of a replay. */
export interface SentWebhook {
  request: WebhookRequest
  /** With its own query; credentials and fragment are not part of the request. */
  url: string
}

/**
 * Changes a webhook: its url, its method and its parameters. Everything else stays the same, byte for byte; changed
 * parameters keep their place, new ones are added at the end. The url's own query is never changed.
 * @source control-api.md "Calls and deliveries"
 */
export function changeRequest(
  { request, url: before }: SentWebhook,
  { url = before, method = request.method, parameters = {} }: ReplayRequest
): SentWebhook {
  const form = changeForm(formOf({ ...request, eventUrl: before }), parameters)
  const isGet = method === METHODS.GET || method === 'GET'
  return { request: requestOf({ method: isGet ? 'GET' : 'POST', url, form, headers: request.headers }), url }
}

function changeForm(form: string, changes: Readonly<Record<string, ParameterChange>>): string {
  const fields = form === '' ? [] : form.split('&')
  for (const [name, change] of Object.entries(changes)) {
    const encoded = encodeText(name)
    const place = fields.findIndex(field => field === encoded || field.startsWith(`${encoded}=`))
    const field = change === null ? [] : [`${encoded}=${encodeValue(change)}`]
    fields.splice(place < 0 ? fields.length : place, place < 0 ? 0 : 1, ...field)
  }
  return fields.join('&')
}

const encodeValue = (value: NonNullable<ParameterChange>): string =>
  typeof value === 'string' ? encodeText(value) : value.bytes.replace(/../g, byte => `%${byte.toUpperCase()}`)

/** Form-encodes a text: a space becomes `+`, `*` stays. */
const encodeText = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
