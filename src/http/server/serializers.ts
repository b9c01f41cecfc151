import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'

type BuildSerializer = ReturnType<typeof SerializerSelector>

const selectCompiler: BuildSerializer = SerializerSelector()

/**
 * Makes Fastify compile the serializer of a response at its first use. Compiling those of all routes takes a fifth of the
 * time to start, and few runs need them all. An error in a response schema shows then.
 */
export const buildLazySerializer: BuildSerializer = (externalSchemas, options) => {
  const compile = selectCompiler(externalSchemas, options)
  return definition => {
    let serialize: ReturnType<typeof compile> | undefined
    return document => {
      serialize ??= compile(definition)
      return serialize(document)
    }
  }
}
