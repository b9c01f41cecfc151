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
