import type { WebhookRequest } from '../../../schema/calls/delivery.js'

/** A parameter of a query or form, decoded. */
export interface Parameter {
  name: string
  /** Bytes that are not UTF-8 are U+FFFD. */
  value: string
  /** The bytes of the value in hex; present only when they are not UTF-8. */
  bytes?: string
}

/**
 * What each parameter means, in the order in which they are sent.
 * @source call-events.md §2 "The parameters, in this order", §3 (behind an IVR or queue)
 */
export const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['CallID', 'The id of the leg. Keep it as text'],
  ['CallerIDNum', 'The caller: number or extension, or none'],
  ['CallerIDName', "The caller's name, else its number"],
  ['CalledDID', 'The public number called, without +'],
  ['CalledExtension', 'The called extension'],
  ['CallStatus', 'How the leg stands, or how it ended'],
  ['CallFlow', 'in: the extension is called; out: it calls'],
  ['CallerExtension', 'The calling extension, or the IVR or queue'],
  ['CalledNumber', 'The number as it was dialled'],
  ['CallAPIID', 'The id of the call, the same for all legs']
])

/** The parameters of a form or query in their order, decoded as receivers do: `+` is a space. */
export const decodeForm = (form: string): Parameter[] =>
  form
    .split('&')
    .filter(field => field !== '')
    .map(field => {
      const [name = '', ...rest] = field.split('=')
      const bytes = bytesOf(rest.join('='))
      return {
        name: LENIENT.decode(bytesOf(name)),
        value: LENIENT.decode(bytes),
        ...(!isUtf8(bytes) && { bytes: hexOf(bytes) })
      }
    })

/** A webhook in its parts: the url with its own query, and the form that was added to it or sent as the body. */
export interface WebhookParts {
  url: string
  /** The query of the url itself. */
  own: string
  form: string
}

/**
 * Separates the form of a GET from the query of the url: it begins with the first of the vendor's parameters, unless the
 * url of its event is known and is the beginning.
 * @param eventUrl undefined when the event is not there any more
 */
export function partsOf({ method, url, body }: WebhookRequest, eventUrl?: string): WebhookParts {
  const [path = '', ...rest] = url.split('?')
  const query = rest.join('?')
  if (method === 'POST') return { url, own: query, form: body }
  const event = eventUrl?.replace(/#.*$/s, '').split('?').slice(1).join('?') ?? ''
  const fields = query.split('&')
  const isKnown = event !== '' && `${query}&`.startsWith(`${event.replace(/&$/, '')}&`)
  const first = isKnown ? event.replace(/&$/, '').split('&').length : fields.findIndex(isVendors)
  const start = first < 0 ? (eventUrl === undefined ? fields.length : 0) : first
  const own = fields.slice(0, start).join('&')
  return { url: own === '' ? path : `${path}?${own}`, own, form: fields.slice(start).join('&') }
}

const isVendors = (field: string): boolean => MEANINGS.has(field.split('=', 1)[0] ?? '')

const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true })
const STRICT = new TextDecoder('utf-8', { fatal: true })

/** The bytes of an encoded text. */
function bytesOf(encoded: string): Uint8Array<ArrayBuffer> {
  const source = new TextEncoder().encode(encoded.replaceAll('+', ' '))
  const bytes: number[] = []
  for (let at = 0; at < source.length; at++) {
    const hex = source[at] === 0x25 ? String.fromCharCode(source[at + 1] ?? 0, source[at + 2] ?? 0) : ''
    const isEscape = /^[0-9A-Fa-f]{2}$/.test(hex)
    bytes.push(isEscape ? Number.parseInt(hex, 16) : (source[at] ?? 0))
    if (isEscape) at += 2
  }
  return Uint8Array.from(bytes)
}

const hexOf = (bytes: Uint8Array): string => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')

function isUtf8(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    STRICT.decode(bytes)
    return true
  } catch {
    return false
  }
}
