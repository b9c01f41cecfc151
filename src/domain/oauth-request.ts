import { decodeBase64, decodeForm } from './decoding.js'
import { OAuthError, type OAuthErrorCode } from './errors/oauth.js'

/** The parameters of an OAuth request as they were sent, several values for a repeated name. */
export type Parameters = Readonly<Record<string, unknown>>

/** The credentials of an app. */
export interface ClientCredentials {
  clientId: string
  clientSecret: string
}

/** The grant of a token request. */
export type Grant =
  | { kind: 'client_credentials' }
  | { kind: 'authorization_code'; code: string; redirectUri: string }
  | { kind: 'refresh_token'; refreshToken: string }

/**
 * Parses the grant of a token request. `type` and unknown parameters are ignored; `redirect_uri` counts for
 * authorization_code only.
 * @throws OAuthError `invalid_request`, `unsupported_grant_type`
 * @source contract §7
 */
export function parseGrant(parameters: Parameters): Grant {
  const kind = value(parameters, 'grant_type')
  switch (kind) {
    case undefined:
      throw new OAuthError('invalid_request', 'grant_type_missing', 'The parameter grant_type is missing.')
    case 'client_credentials':
      return { kind }
    case 'authorization_code': {
      const code = value(parameters, 'code')
      if (code === undefined) throw new OAuthError('invalid_request', 'code_missing', 'The parameter code is missing.')
      return { kind, code, redirectUri: value(parameters, 'redirect_uri') ?? '' }
    }
    case 'refresh_token': {
      const refreshToken = value(parameters, 'refresh_token')
      if (refreshToken !== undefined) return { kind, refreshToken }
      throw new OAuthError('invalid_request', 'refresh_token_missing', 'The parameter refresh_token is missing.')
    }
    default:
      throw new OAuthError(
        'unsupported_grant_type',
        'grant_type_unsupported',
        'The grant_type must be client_credentials, authorization_code or refresh_token.'
      )
  }
}

/**
 * Parses the client credentials: of the body, of HTTP Basic authentication, or of both when they are equal.
 * @param authorization the Authorization header
 * @throws OAuthError `invalid_client`, `invalid_request`
 */
export function parseClientCredentials(parameters: Parameters, authorization: string | undefined): ClientCredentials {
  const basic = parseBasic(authorization)
  const body = { clientId: value(parameters, 'client_id'), clientSecret: value(parameters, 'client_secret') }
  const differ = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && one !== other
  if (differ(basic?.clientId, body.clientId) || differ(basic?.clientSecret, body.clientSecret)) {
    throw new OAuthError('invalid_request', 'client_ambiguous', 'The client is named twice, differently.')
  }
  const clientId = basic?.clientId ?? body.clientId
  const clientSecret = basic?.clientSecret ?? body.clientSecret
  if (clientId === undefined || clientSecret === undefined) {
    throw new OAuthError('invalid_client', 'client_missing', 'The client_id and client_secret are required.')
  }
  return { clientId, clientSecret }
}

/**
 * Parses a request for consent whose redirect URI was checked before.
 * @returns the state to repeat in the redirect, or the parameters of an error to redirect with
 * @source contract §7; RFC 6749 §4.1.1, §4.1.2.1
 */
export function parseConsentRequest(parameters: Parameters): { state: string } | { refusal: Record<string, string> } {
  const state = value(parameters, 'state')
  const refuse = (error: OAuthErrorCode, description: string) => ({
    refusal: { error, error_description: description, ...(state !== undefined && { state }) }
  })
  const type = value(parameters, 'response_type')
  if (type === undefined) return refuse('invalid_request', 'The parameter response_type is missing.')
  if (type !== 'code') return refuse('unsupported_response_type', 'The response_type must be code.')
  return state === undefined ? refuse('invalid_request', 'The parameter state is missing.') : { state }
}

/**
 * The value of a parameter, which may be repeated with the same value. An empty value counts as absent.
 * @throws OAuthError `invalid_request` when it has several values, or is not a text
 * @source RFC 6749 §3.1, §3.2; contract §7 (duplicated but equal members)
 */
export function value(parameters: Parameters, name: string): string | undefined {
  if (!Object.hasOwn(parameters, name)) return undefined
  const sent = parameters[name]
  const [first, ...rest]: unknown[] = Array.isArray(sent) ? sent : [sent]
  if (typeof first !== 'string' || rest.some(other => other !== first)) {
    throw new OAuthError('invalid_request', 'value_repeated', `The parameter ${name} must be one text.`)
  }
  return first === '' ? undefined : first
}

/**
 * HTTP Basic authentication of an app, both halves form-encoded. Other schemes are ignored: clients send the bearer
 * token that is to be replaced.
 * @throws OAuthError `invalid_client` when it is malformed
 * @source RFC 6749 §2.3.1
 */
function parseBasic(authorization: string | undefined): ClientCredentials | undefined {
  const [, encoded] = /^basic(?:$| +)(.*)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const [, clientId, clientSecret] = /^([^:]+):(.*)$/s.exec(decodeBase64(encoded)) ?? []
  if (clientId === undefined || clientSecret === undefined) {
    const description = 'HTTP Basic authentication must be the Base64 of client_id:client_secret.'
    throw new OAuthError('invalid_client', 'value_malformed', description)
  }
  return { clientId: decodeForm(clientId), clientSecret: decodeForm(clientSecret) }
}
