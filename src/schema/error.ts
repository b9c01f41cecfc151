import Type, { type Static } from 'typebox'

/** What every error of the vendor's surface answers. @source contract §6 (v5) */
export const ErrorEnvelope = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String() })
})
export type ErrorEnvelope = Static<typeof ErrorEnvelope>
