import Type, { type Static } from 'typebox'

/** The body of every error of the vendor's surface. @source contract §6 (v5) */
export const ErrorEnvelope = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String() })
})
export type ErrorEnvelope = Static<typeof ErrorEnvelope>

/** One thing that is wrong with an input, and where: `{ path: '$.from', message: 'must …' }`. */
export const Problem = Type.Object({ path: Type.String(), message: Type.String() })
export type Problem = Static<typeof Problem>

/** The body of every error of our own API. @source control-api.md "Errors" */
export const ControlErrorEnvelope = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(Type.Array(Problem))
  })
})
export type ControlErrorEnvelope = Static<typeof ControlErrorEnvelope>
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
