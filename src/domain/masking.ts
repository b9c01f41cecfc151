import type { HeaderValues } from '../schema/calls/delivery.js'
import { MASK } from '../schema/state.js'
import { decodeForm, decodeUtf8 } from './decoding.js'
import { headerValues } from './headers.js'
import type { Parameters } from './oauth-request.js'

/** Names whose values are secrets, in a query, a form or JSON; `code` is one only in requests. */
const SECRET =
  /(?:token|secret|password|passwd|assertion|authorization|cookie|api[-_]?key|bearer|session(?:_?id)?)(?:\[.*\])?$|^vn$/i
const CODE = /^code(?:\[.*\])?$/i
const isSecret = (name: string): boolean => SECRET.test(name) || CODE.test(name)

/** Whether a text can be shown unchanged: it has no name of a secret, escaped ones included. */
const isHarmless = (text: string): boolean =>
  !/token|secret|passw|assertion|code|vn|bearer|basic|authorization|cookie|api.?key|session|\\u|%|\/\/[^/]*@/i.test(
    text
  )

/** A request target with its secrets masked: `/path?accessRequestToken=***`. */
export const maskTarget = (target: string): string => maskPairs(target, /(^|[?&#;])([^=&?#;]+)=[^&#]*/g)

/** The same for every address in a text, which may be JSON or HTML. */
const maskAddresses = (text: string): string => maskPairs(text, /(^|[?&#;])([^=&?#;\s"'<>\\]+)=(?:[^&#\s"\\]|\\.)*/g)

const maskPairs = (text: string, pairs: RegExp): string =>
  text
    .replace(/(:\/\/)[^/?#\s"'@]*@/g, `$1${MASK}@`)
    .replace(pairs, (pair, before: string, name: string) =>
      isSecret(decodeForm(name).trim()) ? `${before}${name}=${MASK}` : pair
    )

/** The headers of a message with their secrets masked. @param raw names and values in turn, as they were sent */
export const maskHeaders = (raw: readonly string[]): HeaderValues =>
  headerValues(raw.map((text, at) => (at % 2 === 0 ? text : maskHeader(raw[at - 1] ?? '', text))))

function maskHeader(name: string, value: string): string {
  if (/^www-authenticate$/i.test(name)) return value // a challenge holds no secret
  if (/authorization$/i.test(name)) return value.replace(/^(?:(bearer|basic) +)?.*$/is, masked)
  if (/cookie$/i.test(name)) return value.replace(/([^;=]*)(=?)([^;]*)/g, maskCookie)
  if (/token$|secret|passw|api-?key$|xsrf|csrf/i.test(name)) return MASK
  return maskSchemes(maskTarget(value))
}

const masked = (_all: string, scheme?: string): string => (scheme === undefined ? MASK : `${scheme} ${MASK}`)

/** Keeps the name of a cookie; a part without a name is taken for a value. */
function maskCookie(all: string, name: string, equals: string): string {
  if (all === '') return ''
  return equals === '' ? MASK : `${name}=${MASK}`
}

/** Masks the credentials after an authentication scheme. */
const maskSchemes = (text: string): string =>
  text.replace(/\b(bearer|basic|digest)(?: |\+|%20)+[^\s"'&,;<>]+/gi, masked)

/**
 * The body of a request with its secrets masked. In a body that is not JSON, every value after the name of a secret is
 * masked; a body that is not text, or multipart, is masked as a whole.
 */
export function maskRequestBody(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes, { isCut: true })
  return text === undefined || text.includes('\0') ? MASK : maskBody(text, isSecret)
}

/** The same for the body of a response, in which `code` is an error code. */
export const maskResponseBody = (text: string): string => maskBody(text, name => SECRET.test(name))

function maskBody(text: string, isSecretName: (name: string) => boolean): string {
  if (isHarmless(text)) return text
  const value = parse(text)
  if (value === undefined) return maskText(text)
  const printed = JSON.stringify(value, (name, member) => (isSecretName(name.trim()) ? MASK : member))
  return maskAddresses(printed)
}

/** Masks a text of unknown format: the text after every name of a secret. */
function maskText(text: string): string {
  if (/content-disposition:/i.test(text)) return MASK
  const plain = text.replace(/\\u00([0-7][0-9a-f])/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
  const named = maskAddresses(plain).replace(NAMED, (_all, name: string, between: string) => `${name}${between}${MASK}`)
  return maskSchemes(named)
}

/** The name of a secret, the separator after it, and its value: quoted, or up to the end of the line. */
const NAMED =
  /((?:token|secret|passw(?:or)?d|assertion|authorization|cookie|\bcode|\bvn))(\\?["']?\s*[:=]\s*)(?:\\?"(?:[^"\\]|\\.)*"?|'[^']*'?|[^&\r\n]+)/gi

/**
 * The parameters of an OAuth request with their secrets masked, as a form or as JSON. A name with unusual characters may
 * be part of a body in another format, and is masked, too.
 */
export function maskParameters(parameters: Parameters, isJson: boolean): string {
  const pairs = Object.entries(parameters).flatMap(([name, sent]) => {
    const isName = /^[\w-]{1,32}$/.test(name)
    const show = (value: unknown) => {
      if (!isName || isSecret(name) || typeof value === 'object') return MASK
      return typeof value === 'string' ? maskTarget(value) : value
    }
    return [sent].flat().map((value): [string, unknown] => [isName ? name : MASK, show(value)])
  })
  if (isJson) return JSON.stringify(Object.fromEntries(pairs))
  return new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)])).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller masks it as text
  }
}
