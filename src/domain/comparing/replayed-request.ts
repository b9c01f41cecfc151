import type { RecordedRequest } from '../../schema/recordings/recording.js'
import type { Identities } from './identities.js'

/** A request to be sent: header lines in their order, without Host and framing. */
export interface SentRequest {
  method: string
  target: string
  headers: (readonly [name: string, value: string])[]
  body: Uint8Array | undefined
}

/**
 * A recorded request with the ids and credentials of the emulator in the places of the recorded ones. Notes its
 * pseudonyms.
 * @returns undefined when its body was not kept
 */
export function replayedRequest(
  { method, target, headers, body }: RecordedRequest,
  identities: Identities
): SentRequest | undefined {
  const texts = [
    target,
    ...headers.map(([, value = '']) => value),
    body !== undefined && 'text' in body ? body.text : ''
  ]
  identities.note(texts.join('\n'))
  if (body !== undefined && 'omitted' in body) return undefined
  return {
    method,
    target: identities.translate(target, encodeURIComponent),
    headers: headers.flatMap(([name = '', value = '']) =>
      OF_CONNECTION.test(name) ? [] : [[name, translateHeader(name.toLowerCase(), value, identities)] as const]
    ),
    body: bodyOf(body, headers, identities)
  }
}

/** Headers that belong to the connection with the PBX. */
const OF_CONNECTION =
  /^(?:host|connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|content-length|expect)$/i

function translateHeader(name: string, value: string, identities: Identities): string {
  if (name === 'cookie') return identities.translate(value, encodeURIComponent)
  const [, scheme = '', credentials] = /^(basic +)(\S*:.*)$/i.exec(value) ?? []
  if (name !== 'authorization' || credentials === undefined) return identities.translate(value)
  return scheme + btoa(latin1(identities.translate(credentials)))
}

/** The bytes of a text in UTF-8, one a character, as btoa takes them. */
const latin1 = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

function bodyOf(
  body: RecordedRequest['body'],
  headers: RecordedRequest['headers'],
  identities: Identities
): Uint8Array | undefined {
  if (body === undefined || 'omitted' in body) return undefined
  if ('base64' in body) return Uint8Array.from(atob(body.base64), character => character.charCodeAt(0))
  const type = headers.find(([name = '']) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const encode = /form-urlencoded/i.test(type) ? encodeURIComponent : /json/i.test(type) ? inJson : undefined
  return new TextEncoder().encode(identities.translate(body.text, encode))
}

/** A text within the quotes of JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)
