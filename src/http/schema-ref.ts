import Type, { type Static, type TSchema } from 'typebox'

/** Schemas by the names that documents give them. */
export type NamedSchemas = Readonly<Record<string, TSchema>>

/** A reference to one of the named schemas; the scope of the route has to have added it under its name. */
export const refTo = <S extends NamedSchemas, Name extends keyof S & string>(_schemas: S, name: Name) =>
  Type.Unsafe<Static<S[Name]>>({ $ref: `${name}#` })
