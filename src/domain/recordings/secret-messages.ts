import type { RecordedHeaders } from '../../schema/recordings/recording.js'
import { cookieKindOf, headerKindOf, parameterKindOf, secretKindOf } from './secret-names.js'
import { replaceCredentials, replaceSecrets, replaceValue, type Search } from './secret-texts.js'
import { decodeFormLeniently } from './spelling.js'

/** The headers of a message with marked pseudonyms. @param raw names and values in turn */
export function replaceHeaders(raw: readonly string[], search: Search): RecordedHeaders {
  const headers: RecordedHeaders = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    headers.push([name, replaceHeader(name, value, search)])
  }
  return headers
}

function replaceHeader(name: string, value: string, search: Search): string {
  if (/^(?:www|proxy)-authenticate$/i.test(name)) return value // a challenge holds no secret
  if (/authorization$/i.test(name)) return replaceCredentials(value, search)
  if (/^set-cookie2?$/i.test(name)) return replaceSetCookie(value, search)
  if (/cookie2?$/i.test(name)) return value.replace(/[^;]+/g, pair => replaceCookie(pair, search))
  const kind = headerKindOf(name)
  return kind === undefined ? replaceSecrets(value, { ...search, hasCodes: true }) : replaceValue(value, kind, search)
}

/** A cookie with its attributes. Some proxies join several with commas; a comma in a date has no equals sign after it. */
const replaceSetCookie = (value: string, search: Search): string =>
  value
    .replace(/^[^;]*/, pair => replaceCookie(pair, search))
    .replace(/(,\s*)([^;,=\s]+=[^;,]*)/g, (_all, comma: string, pair: string) => comma + replaceCookie(pair, search))

/** The value of a cookie, within its quotes. A part without a name is taken for a value. */
function replaceCookie(pair: string, { pseudonyms }: Search): string {
  const equals = pair.indexOf('=')
  const rest = pair.slice(equals + 1)
  const value = rest.trim()
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
  const secret = isQuoted ? value.slice(1, -1) : value
  const from = equals + 1 + rest.indexOf(value) + (isQuoted ? 1 : 0)
  const kind = cookieKindOf(pair.slice(0, Math.max(equals, 0)).trim())
  return pair.slice(0, from) + pseudonyms.replace(secret, kind) + pair.slice(from + secret.length)
}

/** A body with marked pseudonyms. @param contentType undefined when the message has none */
export function replaceBody(text: string, contentType: string | undefined, search: Search): string {
  const [, quoted, plain] = /^\s*multipart\/.*?\bboundary=(?:"([^"]+)"|([^\s;,"]+))/i.exec(contentType ?? '') ?? []
  const [, first] = /^--([^\r\n]{1,200})\r?\ncontent-/i.exec(text) ?? []
  const boundary = quoted ?? plain ?? first
  if (boundary === undefined && FORM.test(contentType ?? '') && !/^\s*[{[<]/.test(text))
    return replacePairs(text, search)
  if (boundary === undefined || !text.includes(`--${boundary}`)) return replaceSecrets(text, search)
  return text
    .split(`--${boundary}`)
    .map(part => replacePart(part, search))
    .join(`--${boundary}`)
}

const FORM = /^\s*application\/x-www-form-urlencoded/i

/** A form, or a query: a value goes up to the next `&`, whatever it holds. */
export const replacePairs = (text: string, search: Search): string =>
  text
    .split('&')
    .map(pair => {
      const equals = pair.indexOf('=')
      const kind = equals < 1 ? undefined : parameterKindOf(pair.slice(0, equals))
      if (kind === undefined) return replaceSecrets(pair, search)
      const sent = pair.slice(equals + 1).trimEnd()
      return pair.slice(0, equals + 1) + replaceValue(sent, kind, search, decodeFormLeniently(sent))
    })
    .join('&')

/** The target of a request: a path, and a query. */
export function replaceTarget(target: string, search: Search): string {
  const at = target.indexOf('?')
  if (at === -1) return replaceSecrets(target, search)
  return `${replaceSecrets(target.slice(0, at), search)}?${replacePairs(target.slice(at + 1), search)}`
}

/** A part of multipart/form-data after its boundary: a line break, headers, an empty line, the value. */
function replacePart(part: string, search: Search): string {
  const [, head, value = '', end = ''] = /^([ \t]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(\r?\n)?$/s.exec(part) ?? []
  if (head === undefined) return replaceSecrets(part, search)
  const [, quoted, single, extended, plain] = PART_NAME.exec(head) ?? []
  const name = quoted ?? single ?? plain ?? decodeName(extended)
  if (name === undefined) return head + search.pseudonyms.replace(value, 'value') + end
  const kind = secretKindOf(name, search.hasCodes)
  return head + (kind === undefined ? replaceSecrets(value, search) : replaceValue(value, kind, search)) + end
}

const PART_NAME =
  /\ncontent-disposition:[^\r\n]*?;\s*name\s*(?:=\s*"([^"]*)"|=\s*'([^']*)'|\*=[\w-]*'[\w-]*'([^;\r\n]*)|=\s*([^;\s]*))/i

const decodeName = (extended: string | undefined): string | undefined =>
  extended === undefined ? undefined : decodeFormLeniently(extended)
