import Type, { type TSchema } from 'typebox'
import { OAUTH_ERRORS, type OAuthErrorCode } from '../../domain/errors/oauth.js'
import { BODY_BOUNDS, describeBounds } from '../../schema/body-bounds.js'
import { OAuthErrorResponse, TokenResponse } from '../../schema/error.js'

/** Tag of the OAuth endpoints in the vendor's document. */
export const OAUTH_TAG = { name: 'OAuth', description: 'Tokens and consent for apps. The paths have no alias.' }

/** The schemas of the OAuth endpoints that the document shows by name. */
export const OAUTH_SCHEMAS = { TokenResponse, OAuthError: OAuthErrorResponse }

/** The OAuth endpoints, as paths of an OpenAPI document. @source contract §7; RFC 6749 */
export const oauthPaths = () => ({
  '/oauth/token.php': {
    post: {
      operationId: 'requestToken',
      tags: [OAUTH_TAG.name],
      summary: 'Request a token',
      description:
        'A trusted app uses client_credentials; every app can exchange the code of the consent page, and a refresh ' +
        'token. The credentials are parameters of the body or HTTP Basic. A JSON body and multipart/form-data are accepted, too.',
      security: [],
      requestBody: { required: true, content: { 'application/x-www-form-urlencoded': { schema: TokenForm } } },
      responses: {
        200: { description: 'The token.', content: json('TokenResponse') },
        ...refusals([
          'invalid_request',
          'invalid_client',
          'invalid_grant',
          'unauthorized_client',
          'unsupported_grant_type',
          'sandbox_unknown',
          'server_error',
          'temporarily_unavailable'
        ]),
        ...ofHttp(json('OAuthError'))
      }
    }
  },
  '/oauth/authorize.php': {
    get: {
      operationId: 'showConsentPage',
      tags: [OAUTH_TAG.name],
      summary: 'Show the consent page',
      description:
        'A browser is sent here. The buttons of the page post the decision to the same address, which redirects to ' +
        '`redirect_uri` with a `code`, or with an `error`. With --auto-consent it redirects at once.',
      security: [],
      parameters: Object.entries(CONSENT_QUERY).map(([name, { description, ...schema }]) => ({
        name,
        in: 'query',
        required: true,
        description,
        schema: { type: 'string', ...schema }
      })),
      responses: {
        200: { description: 'The page.', content: html },
        302: { description: 'The answer for the app, in the query of `redirect_uri`.' },
        400: { description: 'The request cannot be redirected to the app. A page says why.', content: html },
        404: { description: 'There is no such sandbox.', content: html },
        500: { description: 'server_error', content: html },
        503: { description: 'temporarily_unavailable', content: html },
        ...ofHttp({ ...html, ...json('OAuthError') })
      }
    }
  }
})

/** The errors of HTTP itself, for which RFC 6749 has no codes: those of Node have the shape of the token endpoint. */
const ofHttp = (content: object) =>
  Object.fromEntries(
    Object.entries({
      403: 'The Host is not allowed.',
      408: 'The request was not received in time.',
      413: describeBounds(BODY_BOUNDS.oauth),
      414: 'The request target is too long.',
      415: 'The content type or the content encoding is not supported.',
      431: 'The headers are too large, or too many.',
      501: 'The body has a transfer coding other than chunked.'
    }).map(([status, text]) => [status, { description: `invalid_request: ${text}`, content }])
  )

const text = (description: string) => Type.String({ description })

const TokenForm = Type.Object({
  grant_type: Type.Enum(['client_credentials', 'authorization_code', 'refresh_token'], {
    description: 'What the token is requested with.'
  }),
  client_id: Type.Optional(text('The id of the app, unless HTTP Basic has it.')),
  client_secret: Type.Optional(text('The secret of the app, unless HTTP Basic has it.')),
  code: Type.Optional(text('authorization_code: the code that the consent page gave.')),
  redirect_uri: Type.Optional(text('authorization_code: the same as for the consent page.')),
  refresh_token: Type.Optional(text('refresh_token: the refresh token.'))
})

const CONSENT_QUERY = {
  response_type: { description: 'A code is requested.', enum: ['code'] },
  client_id: { description: 'The id of the app.' },
  redirect_uri: { description: 'One of the redirect URIs of the app.' },
  state: { description: 'Returned to the app with the answer.' }
}

const html = { 'text/html': { schema: { type: 'string' } } }

const json = (name: keyof typeof OAUTH_SCHEMAS): Record<string, { schema: TSchema }> => ({
  'application/json': { schema: { $ref: `#/components/schemas/${name}` } }
})

/** The error answers by status, with the codes that each can have. */
function refusals(codes: readonly OAuthErrorCode[]) {
  const statuses = new Map<number, OAuthErrorCode[]>()
  for (const code of codes) statuses.set(OAUTH_ERRORS[code], [...(statuses.get(OAUTH_ERRORS[code]) ?? []), code])
  return Object.fromEntries(
    [...statuses].map(([status, of]) => [status, { description: of.join(', '), content: json('OAuthError') }])
  )
}
