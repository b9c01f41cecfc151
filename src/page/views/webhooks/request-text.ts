import type { WebhookRequest } from '../../../schema/calls/delivery.js'
import { printCommand, quoteWord } from '../../emulator/curl.js'

/** A webhook as one text of HTTP, byte for byte as it is sent. */
export function httpText({ method, url, headers, body }: WebhookRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`${method} ${targetOf(url)} HTTP/1.1`, ...lines, '', body].join('\r\n')
}

/** A webhook as a command of curl for a shell, with the same method, url, headers and body. */
export function curlOf({ method, url, headers, body }: WebhookRequest): string {
  const sent = Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name))
  return printCommand([
    // Without these options curl reads [] and {} as patterns, and removes dot segments.
    `curl${/[[\]{}]/.test(url) ? ' --globoff' : ''}${/\/\./.test(url) ? ' --path-as-is' : ''} ${quoteWord(url)}`,
    ...sent.map(([name, value]) => `-H ${quoteWord(`${name}: ${value}`)}`),
    ...(method === 'POST' ? [`--data-raw ${quoteWord(body)}`] : [])
  ])
}

/** Headers that curl writes itself. */
const OWN_HEADERS = /^(?:host|content-length|connection)$/i

/** Path and query as they are sent. */
function targetOf(url: string): string {
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  return target.startsWith('/') ? target : `/${target}`
}
