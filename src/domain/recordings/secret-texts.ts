import { decodeBase64 } from '../decoding.js'
import type { Pseudonyms, SecretKind } from './pseudonyms.js'
import { replaceJson } from './secret-json.js'
import { parameterKindOf, secretKindOf } from './secret-names.js'
import { decodeFormLeniently, encodeAround } from './spelling.js'

/** How a text is searched for secrets. */
export interface Search {
  pseudonyms: Pseudonyms
  /** Whether `code` is an authorization code: in requests and OAuth, not in other answers, where it is that of an error. */
  hasCodes: boolean
  /** How many encodings the text was in. */
  depth: number
}

/** How many encodings of texts in texts are removed; what is encoded more often is replaced as a whole. */
const MAX_DEPTH = 4

/**
 * Replaces the secrets in a text of any format: JSON, forms, addresses, HTML, messages.
 * @returns the text with marked pseudonyms
 */
export function replaceSecrets(text: string, search: Search): string {
  if (!MAY_HOLD.test(text)) return text
  if (search.depth > MAX_DEPTH) return search.pseudonyms.replace(text, 'value')
  if (/^\s*[{[]/.test(text)) {
    const inner = { ...search, depth: search.depth + 1 }
    const { replaced, isWhole } = replaceJson(text, {
      kindOf: name => secretKindOf(name, search.hasCodes),
      replaceValue: (value, kind) => replaceValue(value, kind, search),
      replaceText: value => replaceSecrets(value, inner)
    })
    return isWhole ? replaced : replaceInText(replaced, search)
  }
  return replaceInText(text, search)
}

/** A value that is a secret as a whole; a scheme before it stays, and so does what comes in other encodings. */
export function replaceValue(sent: string, kind: SecretKind, { pseudonyms }: Search, decoded = sent): string {
  const [prefix = ''] = /^\s*(?:bearer(?:\s|\+|%20)+)+/i.exec(sent) ?? []
  const plain = prefix === '' ? decoded : decoded.replace(/^\s*(?:bearer\s+)+/i, '')
  return prefix + pseudonyms.replace(sent.slice(prefix.length), kind, plain)
}

/** The credentials of an Authorization header. Basic credentials are printed decoded, with a pseudonym for the secret. */
export function replaceCredentials(value: string, search: Search): string {
  const [, scheme, rest] = /^(\s*[\w-]+\s+)(.*)$/s.exec(value) ?? []
  if (scheme === undefined || rest === undefined) return replaceValue(value, 'token', search)
  if (/^\s*basic\s/i.test(scheme)) return scheme + replaceBasic(rest, search)
  const kind = /^\s*bearer\s/i.test(scheme) ? 'token' : 'value'
  return scheme + replaceValue(rest, kind, search)
}

function replaceBasic(sent: string, { pseudonyms }: Search): string {
  const decoded = /^[\w+/-]+=*$/.test(sent.trim()) ? decodeBase64(sent.trim()) : ''
  const [, id, secret] = /^([\x21-\x39\x3B-\x7E]*):(.*)$/s.exec(decoded) ?? []
  if (id === undefined || secret === undefined) {
    const replaced = pseudonyms.replace(sent, 'value')
    pseudonyms.alias(decoded, replaced)
    return replaced
  }
  if (secret === '') {
    const replaced = `${pseudonyms.replace(id, 'token')}:` // a token in the place of a name
    pseudonyms.alias(sent.trim(), replaced)
    return replaced
  }
  const replacement = `${id}:${pseudonyms.replace(secret, 'secret')}`
  pseudonyms.alias(sent.trim(), replacement)
  return replacement
}

/** Whether a text can hold a secret beside those that are known. */
const MAY_HOLD = /[=:%{[<]|bearer|basic|digest/i

function replaceInText(text: string, search: Search): string {
  const named = text
    .replace(USER_INFO, (_all, before: string, sent: string) => `${before}${replaceUserInfo(sent, search)}@`)
    .replace(PAIR, (all, before: string, name: string, sent: string) => {
      if (sent === '') return all
      const kind = parameterKindOf(name)
      const value = kind === undefined ? replaceNested(sent, search) : replaceParameter(before, sent, kind, search)
      return `${before}${name}=${value}`
    })
    .replace(PART, part => (ENCODED.test(part) ? replaceNested(part, search) : part))
  return replaceSchemes(replaceNamed(replaceElements(named, search), search), search)
}

/**
 * The value of a secret parameter. One in a path ends where its segment does; since a secret can have a slash, the rest
 * is replaced, too.
 */
function replaceParameter(before: string, sent: string, kind: SecretKind, search: Search): string {
  const [, segment = sent, rest = ''] = /^[;/]$/.test(before) ? (/^([^/;]*)(.*)$/s.exec(sent) ?? []) : []
  const replaced = replaceValue(segment, kind, search, decodeFormLeniently(segment))
  return replaced + rest.replace(/[^/;=]+/g, part => search.pseudonyms.replace(part, 'value'))
}

const USER_INFO = /(:(?:\/|\\\/){2})([^/?#\s"'<>\\]*)@/g

const replaceUserInfo = (sent: string, { pseudonyms }: Search): string =>
  sent
    .split(/(:)/, 3)
    .map((part, at) =>
      at === 1
        ? part
        : pseudonyms.replace(at === 0 ? part : sent.slice(sent.indexOf(':') + 1), at === 0 ? 'value' : 'secret')
    )
    .join('')

/** A name and its value in a query, a form, a path or a text. */
const PAIR = /(^|[?&#;/,\s"'<>(])([^=&?#;/,\s"'<>()]{1,128})=([^&#\s"'<>]*)/g

/** A part of a text that may be an address or a document with secrets, as it is or encoded. */
function replaceNested(sent: string, search: Search): string {
  if (!/[=%:{[]/.test(sent)) return sent
  const inner = { ...search, depth: search.depth + 1 }
  const decoded = decodeFormLeniently(sent)
  if (decoded === sent || !sent.includes('%')) return replaceSecrets(sent, inner)
  const replaced = replaceSecrets(decoded, inner)
  return replaced === decoded ? sent : encodeAround(replaced)
}

/** Whether a text has an encoded equals sign or colon, and the parts of such a text. */
const ENCODED = /%(?:25)*3[ad]/i
const PART = /[^\s"'<>&?#=/;,]+/g

/** The value after the name of a secret in a text that is no JSON: quoted, or up to the end of the line. */
function replaceNamed(text: string, search: Search): string {
  return text.replace(NAMED, (all, name: string, between: string, sent: string) => {
    const kind = secretKindOf(name, search.hasCodes)
    if (kind === undefined) return all
    const [, quote = '', value = ''] = /^(\\?["']?)(.*?)\1$/s.exec(sent) ?? []
    return value.trim() === '' ? all : `${name}${between}${quote}${replaceValue(value, kind, search)}${quote}`
  })
}

const NAMED =
  /(\b[\w-]{0,32}?(?:token|secret|passw(?:or)?d|assertion|authorization|cookie|\bcode|\bvn))(\\?["']?(?:\s*:\s*|\s+=\s*|\s*=\s+|=(?=\\?["'])))(\\?"(?:[^"\\]|\\.){0,4096}"?|'[^']*'?|[^&\r\n<]+)/gi

/** Values of elements and fields of HTML and XML that have the name of a secret. */
function replaceElements(text: string, search: Search): string {
  if (!text.includes('<')) return text
  return text
    .replace(/<(?:input|meta|button|param|property|parameter)\b[^>]{0,1024}>/gi, tag => {
      const [, , name = ''] = /\b(?:name|id)\s*=\s*(["']?)([^"'\s>]+)\1/i.exec(tag) ?? []
      const kind = secretKindOf(name, true)
      if (kind === undefined) return tag
      return tag.replace(
        /(\b(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^"'\s>]+)/i,
        (_all, before: string, sent: string) => {
          const quote = /^["']/.exec(sent)?.[0] ?? ''
          return `${before}${quote}${replaceValue(quote === '' ? sent : sent.slice(1, -1), kind, search)}${quote}`
        }
      )
    })
    .replace(
      /<([\w.-]+:)?([\w.-]+)((?:\s[^<>]*)?>)(<!\[CDATA\[.*?\]\]>|[^<]+)(?=<\/)/gs,
      (all, space = '', name: string, rest: string, sent: string) => {
        const kind = secretKindOf(name, search.hasCodes)
        return kind === undefined ? all : `<${space}${name}${rest}${replaceValue(sent, kind, search)}`
      }
    )
}

/** Credentials after an authentication scheme, in a text. */
const replaceSchemes = (text: string, search: Search): string =>
  text.replace(SCHEME, (_all, scheme: string, space: string, sent: string) =>
    /^basic$/i.test(scheme)
      ? `${scheme}${space}${replaceBasic(sent, search)}`
      : `${scheme}${space}${replaceValue(sent, /^bearer$/i.test(scheme) ? 'token' : 'value', search)}`
  )

/** Words that follow the name of a scheme in a message are no credentials. */
const SCHEME =
  /\b(bearer|basic|digest)((?: |\+|%20)+)(?!(?:tokens?|auth\w*|realm|error|scheme|credentials?|access|header|is|was|or|and|not?|[a-z]{1,3})\b)([^\s"'&,;<>\\]{4,})/gi
