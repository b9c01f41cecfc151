import { isSecret } from '../masking.js'
import type { SecretKind } from './pseudonyms.js'
import { decodeFormLeniently } from './spelling.js'

/**
 * The kind of the secret that a name stands for, in a query, a form or JSON.
 * @param hasCodes whether `code` is an authorization code, and no code of an error
 * @returns undefined when the value is no secret
 */
export function secretKindOf(name: string, hasCodes: boolean): SecretKind | undefined {
  const trimmed = name.trim().slice(-MAX_NAME)
  if (!isSecret(trimmed) && !MORE.test(trimmed)) return undefined
  const plain = trimmed.toLowerCase().replace(/\[.*\]$/, '')
  if (plain === 'code') return hasCodes ? 'code' : undefined
  return KINDS.find(([names]) => names.test(plain))?.[1] ?? 'value'
}

/** Names of secrets beside those that the journal masks. */
const MORE =
  /(?:^|[-_])(?:code[-_]?verifier|(?:device|auth|authorization)[-_]?code|pass(?:code|phrase)|tokens|(?:private|secret|access|session)[-_]?key|saml(?:response|request)|jwt|pwd|pass|pin|otp|credentials?|(?:j|php)?sess(?:ion)?id|sid)(?:\[.*\])?$|passw(?:or)?d(?:\d+|[-_]?(?:confirm\w*|repeat|again))$/i

/** Characters of a name that are looked at, from its end: no name may take long. */
const MAX_NAME = 200

/** The same for a parameter of an address, which has more names of secrets, percent-encoded or not. */
export function parameterKindOf(sent: string): SecretKind | undefined {
  const name = lastName(decodeFormLeniently(sent))
  return secretKindOf(name, true) ?? (OF_ADDRESSES.test(name) ? 'value' : undefined)
}

/** The kind of the secret in a header; undefined when its value is none as a whole. */
export const headerKindOf = (name: string): SecretKind | undefined =>
  SECRET_HEADER.test(name) ? (KINDS.find(([names]) => names.test(name.toLowerCase()))?.[1] ?? 'value') : undefined

/** The kind of a cookie. @source contract §5 */
export const cookieKindOf = (name: string): SecretKind =>
  name === 'vn' ? 'session' : /xsrf|csrf/i.test(name) ? 'xsrf' : 'cookie'

/** The first one that matches a name decides. */
const KINDS: [names: RegExp, kind: SecretKind][] = [
  [/refresh[-_]?token$/, 'refresh'],
  [/xsrf|csrf/, 'xsrf'],
  [/^vn$|session(?:[-_]?id)?$/, 'session'],
  [/secret$|passw(?:or)?d$|assertion$/, 'secret'],
  [/(?:access|auth|bearer)[-_]?(?:request)?[-_]?token$|^token$|authorization$|bearer$/, 'token']
]

const SECRET_HEADER =
  /token$|secret|passw|(?:api|auth|access|private|subscription)-?key$|xsrf|csrf|session(?:-?id)?$|assertion$|jwt|bearer$|credentials?$|^x-auth$|ticket$|^dpop$|oidc-data$/i

/** Names of secrets in the addresses of applications. */
const OF_ADDRESSES = /^(?:key|sig|signature|auth|pwd|pass|pin|otp|jwt|credentials?|(?:j|php)?sess(?:ion)?id|sid)$/i

/** The name itself, of a text that has a path or other parameters before it. */
const lastName = (text: string): string => text.replace(/^.*[;/?&]/s, '').trim()
