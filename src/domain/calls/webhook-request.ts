import type { WebhookRequest } from '../../schema/calls/delivery.js'

/** The address of a webhook: its url as it is requested, and the headers that depend on it. */
export interface WebhookAddress {
  /** The url without its fragment, user and password. */
  target: string
  host: string
  authorization: { Authorization?: string }
}

/**
 * The request that carries a form to a url: in the query, behind that of the url, or in the body.
 * @param headers the headers of an earlier request, or those of every webhook; Host and the framing headers are replaced
 * @source call-events.md §2 "The request"
 */
export function requestOf({
  method,
  url,
  form,
  headers
}: {
  method: WebhookRequest['method']
  url: string
  form: string
  headers: WebhookRequest['headers']
}): WebhookRequest {
  const { target, host, authorization } = addressOf(url)
  const { 'User-Agent': agent = '', Accept = '', Connection = '' } = headers
  const head = { Host: host, 'User-Agent': agent, Accept, ...authorization }
  if (method === 'GET') {
    const separator = form === '' || /[?&]$/.test(target) ? '' : target.includes('?') ? '&' : '?'
    return { method, url: `${target}${separator}${form}`, headers: { ...head, Connection }, body: '' }
  }
  // The form is ASCII, so its length in bytes is that in characters.
  const framing = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(form.length) }
  return { method, url: target, headers: { ...head, ...framing, Connection }, body: form }
}

/** The address of a url. */
export function addressOf(url: string): WebhookAddress {
  const { host, username, password } = new URL(url)
  const [, scheme = '', rest = ''] = /^(https?:\/\/)(?:[^/?#]*@)?([^#]*)/i.exec(url) ?? []
  const target = scheme + rest
  if (username === '' && password === '') return { target, host, authorization: {} }
  return { target, host, authorization: { Authorization: `Basic ${btoa(decodeBytes(`${username}:${password}`))}` } }
}

/** The bytes of a percent-encoded text, one a character, as btoa takes them. */
const decodeBytes = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
