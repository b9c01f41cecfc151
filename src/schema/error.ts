import Type, { type Static } from 'typebox'

/** What every error of the vendor's surface answers. @source contract §6 (v5) */
export const ErrorEnvelope = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String() })
})
export type ErrorEnvelope = Static<typeof ErrorEnvelope>

/** What every error of our own API answers. @source control-api.md "Errors" */
export const ControlErrorEnvelope = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    details: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() })))
  })
})
export type ControlErrorEnvelope = Static<typeof ControlErrorEnvelope>
