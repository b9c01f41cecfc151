import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/schema'

/**
 * A check of values against a schema that compiles the schema at its first use. Compiling a large one takes
 * milliseconds, and few runs need all of them.
 */
export function lazyCheck<S extends TSchema>(schema: S): (value: unknown) => value is Static<S> {
  let validator: Validator | undefined
  return (value): value is Static<S> => {
    validator ??= Compile(schema)
    return validator.Check(value)
  }
}
