import type { HeaderValues } from '../schema/calls/delivery.js'
import { MASK } from '../schema/state.js'
import { decodeForm, decodeUtf8 } from './decoding.js'
import { headerValues } from './headers.js'

/** Names whose values are secrets, in a query, a form or JSON; `code` is one only in requests. */
const SECRET =
  /(?:token|secret|password|passwd|assertion|authorization|cookie|api[-_]?key|bearer|session(?:_?id)?)(?:\[.*\])?$|^vn$/i
const CODE = /^code(?:\[.*\])?$/i

/** Whether the value of a name is a secret in a request. */
export const isSecret = (name: string): boolean => SECRET.test(name) || CODE.test(name)

/** Whether a text can be shown unchanged: it has no name of a secret, escaped ones included. */
const isHarmless = (text: string): boolean =>
  !/token|secret|passw|assertion|code|vn|bearer|basic|authorization|cookie|api.?key|session|\\u|%|\/\/[^/]*@/i.test(
    text
  )

/** A request target with its secrets masked: `/path?accessRequestToken=***`. */
export const maskTarget = (target: string): string => maskPairs(maskEscaped(target), /(^|[?&#;])([^=&?#;]+)=([^&#]*)/g)

/** Masks the parameters of a path whose equals sign is percent-encoded: `/path;token%3D***`. */
function maskEscaped(target: string): string {
  if (!/%3D/i.test(target)) return target
  const [path = '', rest] = target.split(/(?=[?#])(.*)/s)
  const masked = path.replace(
    /(^|[;/]|%3B)((?:(?!%3[BD])[^;/])+)%3D((?:(?!%3B)[^;/])*)/gi,
    (all, before: string, name: string) => (isSecret(lastName(decodeForm(name))) ? `${before}${name}%3D${MASK}` : all)
  )
  return masked + (rest ?? '')
}

/** The same for every address in a text, which may be JSON or HTML. */
const maskAddresses = (text: string): string => maskPairs(text, /(^|[?&#;])([^=&?#;\s"'<>\\]+)=((?:[^&#\s"\\]|\\.)*)/g)

const maskPairs = (text: string, pairs: RegExp, depth = 0): string =>
  text
    .replace(/(:\/\/)[^/?#\s"']*@/g, `$1${MASK}@`)
    .replace(pairs, (_pair, before: string, name: string, value: string) => {
      const isHidden = isSecret(lastName(decodeForm(name)))
      return `${before}${name}=${isHidden ? MASK : depth < MAX_DEPTH ? maskNested(value, pairs, depth + 1) : value}`
    })

/** The name itself, of a text that has a path or other parameters before it. */
const lastName = (text: string): string => text.replace(/^.*[;/?&]/s, '').trim()

/** The value of a parameter, which may be an address with secrets, as it is or escaped. */
function maskNested(value: string, pairs: RegExp, depth: number): string {
  if (!/[=%@]/.test(value)) return value
  const masked = maskPairs(value, pairs, depth)
  const decoded = decodeForm(masked)
  if (decoded === masked || depth === MAX_DEPTH) return masked
  const maskedInside = maskNested(decoded, pairs, depth + 1)
  return maskedInside === decoded ? masked : encodeURIComponent(maskedInside)
}

/** How deep addresses are looked for in the parameters of addresses: no request may take long. */
const MAX_DEPTH = 4

/** The path of a target for a log: without origin and query, its secrets masked. */
export function printablePath(target: string): string {
  const end = target.indexOf('?')
  const path = end === -1 ? target : target.slice(0, end)
  if (/^\/[\w/@*.~-]*$/.test(path)) return path // every usual one
  const [, rest = path] = /^https?:\/\/[^/]*(.*)$/is.exec(path) ?? []
  return maskSchemes(maskTarget(rest === '' ? '/' : rest))
}

/** A url for a log: without credentials, query and fragment. */
export const maskUrl = (url: string): string => url.replace(/[?#].*$/s, '').replace(/:\/\/[^/]*@/, '://')

/** The headers of a message with their secrets masked. @param raw names and values in turn, as they were sent */
export const maskHeaders = (raw: readonly string[]): HeaderValues =>
  headerValues(raw.map((text, at) => (at % 2 === 0 ? text : maskHeader(raw[at - 1] ?? '', text))))

function maskHeader(name: string, value: string): string {
  if (/^www-authenticate$/i.test(name)) return value // a challenge holds no secret
  if (/authorization$/i.test(name)) return value.replace(/^(?:(bearer|basic) +)?.*$/is, masked)
  if (/cookie2?$/i.test(name)) return value.replace(/([^;=]*)(=?)([^;]*)/g, maskCookie)
  if (/token$|secret|passw|(?:api|auth|access)-?key$|xsrf|csrf|session(?:-?id)?$/i.test(name)) return MASK
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller masks it as text
  }
}
