import Type, { type Static } from 'typebox'

/** The answer of the token endpoint. @source contract §7; RFC 6749 §5.1 */
export const TokenResponse = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'How long the token is valid, in seconds.' }),
  refresh_token: Type.Optional(Type.String())
})
export type TokenResponse = Static<typeof TokenResponse>

/** The error answer of the token endpoint. @source RFC 6749 §5.2 */
export const OAuthErrorResponse = Type.Object({ error: Type.String(), error_description: Type.String() })
export type OAuthErrorResponse = Static<typeof OAuthErrorResponse>
