import type { FastifyRequest, FastifySchemaCompiler, HookHandlerDoneFunction } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { ControlError } from '../../domain/errors/control.js'
import { SECRET_MEMBERS } from '../../domain/fixtures/read.js'
import { problemsOf, type SchemaCheck, violationsOf } from '../../domain/schema-check.js'
import { lazyCheck } from '../../schema/lazy-check.js'
import type { Reason } from '../../schema/reasons.js'

/** The schema of an operation without query parameters. */
export const NO_QUERY = Type.Object({}, { additionalProperties: false })

/**
 * Validates bodies, queries and headers by the schemas of the routes. Unknown members are refused. A schema is compiled
 * at its first use, not at start-up.
 * @throws ControlError `request_invalid` with every problem and its path
 * @source control-api.md "Errors"
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check: SchemaCheck = { schema, name: 'this call', isSecret: keys => mayHoldSecret(schema, keys) }
  const isValid = lazyCheck(schema)
  return (sent: unknown) => {
    const value = httpPart === 'querystring' ? parseQuery(schema, sent) : (sent ?? {}) // a body that is left out is an empty object
    return isValid(value) ? { value } : { error: refuse(check, value, httpPart === 'querystring') }
  }
}

/** Whether the value at a place must not be printed: a secret, or what was sent in place of an object of secrets. */
function mayHoldSecret(schema: TSchema, keys: string[]): boolean {
  const { properties = {} } = schema as { properties?: object } // of an object, it has them
  const members = keys.length === 0 ? Object.keys(properties) : keys.slice(-1)
  return members.some(member => SECRET_MEMBERS.includes(member))
}

/** Refuses a body of `null`, which Fastify would treat as no body. */
export function refuseNull({ body }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  if (body === null)
    throw new ControlError('request_invalid', { details: [{ path: '$', message: 'must be an object; got null' }] })
  done()
}

/** Parses a query: the digits of integers, and the words `true` and `false` of booleans. */
function parseQuery(schema: TSchema, sent: unknown): Record<string, unknown> {
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

function refuse(check: SchemaCheck, value: unknown, isQuery: boolean): ControlError {
  const violations = violationsOf(check, value)
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
