import { STATUS_CODES } from 'node:http'
import type { TObject, TSchema } from 'typebox'
import { CONTROL_ERRORS, type ControlErrorCode } from '../../domain/errors/control.js'
import { BODY_BOUNDS, describeBounds } from '../../schema/body-bounds.js'
import * as call from '../../schema/calls/call.js'
import * as caught from '../../schema/calls/caught.js'
import * as delivery from '../../schema/calls/delivery.js'
import * as clock from '../../schema/clock.js'
import { CONTROL_PREFIX, type ControlOperation, TAGS } from '../../schema/control-api/operation.js'
import { CONTROL_API } from '../../schema/control-api.js'
import * as directory from '../../schema/directory.js'
import * as error from '../../schema/error.js'
import * as fault from '../../schema/fault.js'
import * as fixture from '../../schema/fixture.js'
import * as har from '../../schema/har.js'
import * as journal from '../../schema/journal.js'
import * as phone from '../../schema/phone.js'
import * as sandbox from '../../schema/sandbox.js'
import * as settings from '../../schema/settings.js'
import * as state from '../../schema/state.js'
import * as verification from '../../schema/verification.js'
import { addExamples } from './examples/add-examples.js'
import { CONTROL_REQUESTS } from './examples/requests.js'
import { documentBase } from './uapi-document.js'

const SCHEMA_MODULES = [
  call,
  caught,
  clock,
  delivery,
  directory,
  error,
  fault,
  fixture,
  har,
  journal,
  phone,
  sandbox,
  settings,
  state,
  verification
]

/** The names of components that differ from the names of their exports. */
const RENAMED: Readonly<Record<string, string>> = { ControlErrorEnvelope: 'Error', JournalEntry: 'Request' }

/** The OpenAPI document of the control API, from its table. A schema becomes a component under the name of its export. */
export function controlDocument(version: string): object {
  const { replace, components } = collectComponents()
  const paths: Record<string, object> = {}
  for (const [name, operation] of Object.entries<ControlOperation>(CONTROL_API)) {
    const path = CONTROL_PREFIX + operation.path
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: replace(describe(name, operation)) }
  }
  const document = {
    ...documentBase(version),
    info: {
      ...documentBase(version).info,
      title: 'uapi-emulator: control API',
      description:
        'The API of the emulator itself, not of the vendor: simulated calls, their webhooks, the clock, the state. ' +
        'Off loopback it requires the control token.'
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components(),
      securitySchemes: { controlToken: { type: 'http', scheme: 'bearer', description: 'See --control-token.' } }
    },
    security: [{ controlToken: [] }, {}]
  }
  // JSON, so that no schema of the table is changed.
  return addExamples(JSON.parse(JSON.stringify(document)), CONTROL_REQUESTS, errorExample)
}

/** The body of an error by the codes that its response lists: that of the first. */
function errorExample(codes: string): object | undefined {
  const code = codes.split(/[,.]/)[0] ?? ''
  const { message } = Object(Reflect.get(CONTROL_ERRORS, code))
  return message === undefined ? undefined : { error: { code, message } }
}

function describe(name: string, operation: ControlOperation): object {
  const { tag, summary, description, params, query, headers, body, responses, open = false } = operation
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', query),
    ...parametersOf('header', headers)
  ]
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: isRequired(body), content: { 'application/json': { schema: body } } } }),
    responses: {
      ...refusalsOf(operation),
      ...Object.fromEntries(Object.entries(responses).map(([status, schema]) => [status, responseOf(status, schema)]))
    }
  }
}

function parametersOf(place: 'path' | 'query' | 'header', schema: TObject | undefined): object[] {
  const required: readonly string[] = schema?.required ?? []
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...rest } = property as TSchema & { description?: string } // of any schema
    return { name, in: place, required: required.includes(name), ...(description && { description }), schema: rest }
  })
}

/** Whether a body may not be left out: one without required members is an empty object then. */
function isRequired(schema: TSchema): boolean {
  const { required = [], minProperties = 0 } = schema as { required?: string[]; minProperties?: number } // of an object
  return required.length > 0 || minProperties > 0
}

/** A schema of type `null` has no content; one with `content` brings its media types. */
function responseOf(status: string, schema: TSchema): object {
  const { type, content, description } = schema as { type?: string; content?: object; description?: string } // of any
  const text = description ?? STATUS_CODES[status] ?? status
  if (type === 'null') return { description: text }
  return { description: text, content: content ?? { 'application/json': { schema } } }
}

/** The error answers of an operation by status, with the codes that each can have. */
function refusalsOf({
  method,
  body,
  errors = [],
  open,
  whileStopping,
  largeBody
}: ControlOperation): Record<number, object> {
  const codes = [
    ...(errors as readonly ControlErrorCode[]), // checked by the compiler in addRoutes
    ...COMMON,
    ...(open ? [] : (['control_token_invalid'] as const)),
    ...(whileStopping ? [] : (['stopping'] as const)),
    ...(method === 'GET' ? [] : (['origin_not_allowed'] as const)),
    ...(body && method !== 'GET' ? (['body_too_complex'] as const) : [])
  ]
  const statuses = new Map<number, ControlErrorCode[]>()
  for (const code of new Set(codes)) {
    const { status } = CONTROL_ERRORS[code]
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  const content = { 'application/json': { schema: error.ControlErrorEnvelope } }
  const bounds = describeBounds(largeBody ? BODY_BOUNDS.fixture : BODY_BOUNDS.control)
  return Object.fromEntries(
    [...statuses].map(([status, of]) => {
      const codes = of.join(', ')
      return [status, { description: status === 413 ? `${codes}. ${bounds}` : codes, content }]
    })
  )
}

/** The errors of every operation. */
const COMMON: readonly ControlErrorCode[] = [
  'request_invalid',
  'host_not_allowed',
  'sandbox_unknown',
  'request_timeout',
  'request_too_large',
  'uri_too_long',
  'headers_too_large',
  'content_type_unsupported',
  'internal_error',
  'storage_failed',
  'storage_full',
  'transfer_encoding_unsupported'
]

/** Replaces schemas that are exported under a name by references, and collects the referenced ones. */
function collectComponents() {
  const exported = SCHEMA_MODULES.flatMap(module => Object.entries<unknown>(module)).filter(isObjectSchema)
  const named = new Map(exported.map(([name, schema]) => [shapeOf(schema), { name: RENAMED[name] ?? name, schema }]))
  const found = new Map<string, unknown>()

  const replaceMembers = (value: object): object =>
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item)]))

  function replace(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(replace)
    const component = named.get(shapeOf(value))
    if (component === undefined) return replaceMembers(value)
    const { name, schema } = component
    if (!found.has(name)) found.set(name, replaceMembers(schema))
    return { $ref: `#/components/schemas/${name}` }
  }

  return { replace, components: () => Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

const isObjectSchema = (entry: [string, unknown]): entry is [string, TObject] =>
  Reflect.get(Object(entry[1]), 'type') === 'object' && 'properties' in Object(entry[1])

/** A schema without its description, which may differ from place to place. */
const shapeOf = (schema: object): string => JSON.stringify({ ...schema, description: undefined })
