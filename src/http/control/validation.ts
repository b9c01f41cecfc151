import type { FastifyRequest, FastifySchemaCompiler, HookHandlerDoneFunction } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { ControlError } from '../../domain/errors/control.js'
import type { Reason } from '../../domain/errors/reasons.js'
import { problemsOf, type SchemaCheck, violationsOf } from '../../domain/schema-check.js'
import { lazyCheck } from '../../schema/lazy-check.js'

/** The query of a call that takes none. */
export const NO_QUERY = Type.Object({}, { additionalProperties: false })

/**
 * Judges bodies and queries by the schemas of the routes, strictly: it is our API, and what is mistyped must not pass
 * silently. A schema is made ready when it is first needed: nobody pays for it at start-up.
 * @throws ControlError `request_invalid` with every problem and its path
 * @source control-api.md "Errors"
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  if (httpPart === 'params') return () => true // an id that cannot be one is unknown, as any other
  const form: SchemaCheck = { schema, name: 'this call' }
  const isValid = lazyCheck(schema)
  return (sent: unknown) => {
    const value = httpPart === 'querystring' ? readQuery(schema, sent) : (sent ?? {}) // no body is an empty one
    return isValid(value) ? { value } : { error: refuse(form, value, httpPart === 'querystring') }
  }
}

/** For a route whose body is judged by a service: the form that it must have before, in place of the one that is documented. */
export const judgeBodyBy =
  (form: TSchema): FastifySchemaCompiler<TSchema> =>
  route =>
    compileValidator(route.httpPart === 'body' ? { ...route, schema: form } : route)

/** Answers are what the services make; the schemas are for the documents. */
export const compileSerializer = () => (value: unknown) => JSON.stringify(value)

/** A body of `null` is something that was sent; the framework does not tell it from none. */
export function refuseNull({ body }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  if (body === null)
    throw new ControlError('request_invalid', { details: [{ path: '$', message: 'must be an object; got null' }] })
  done()
}

/** Whole numbers are sent as digits, and what holds or not as `true` or `false`. */
function readQuery(schema: TSchema, sent: unknown): Record<string, unknown> {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> } // of an object, it has them
  return Object.fromEntries(
    Object.entries(Object(sent)).map(([name, text]) => {
      const type = properties[name]?.type
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true']
      const isWhole = type === 'integer' && typeof text === 'string' && /^\d{1,15}$/.test(text)
      return [name, isWhole ? Number(text) : text]
    })
  )
}

function refuse(form: SchemaCheck, value: unknown, isQuery: boolean): ControlError {
  const violations = violationsOf(form, value)
  const details = problemsOf(violations).map(({ path, message }) => ({
    path: isQuery ? path.replace(/^\$\.?/, '?') : path,
    message
  }))
  return new ControlError('request_invalid', { reason: reasonOf(violations[0]?.keyword, isQuery), details })
}

function reasonOf(keyword: string | undefined, isQuery: boolean): Reason {
  if (keyword === 'additionalProperties') return isQuery ? 'query_unknown' : 'member_unknown'
  return keyword === 'required' ? 'value_missing' : 'value_malformed'
}
