import { type Components, composeExample, type DocumentSchema, knownValue } from './compose.js'
import type { RequestExample } from './requests.js'

/** A document as far as examples are added to it. */
export interface OpenApiDocument {
  paths?: Record<string, Record<string, DocumentOperation>>
  components?: { schemas?: Record<string, DocumentSchema> }
}

interface DocumentOperation {
  operationId: string
  description?: string
  parameters?: DocumentParameter[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

interface DocumentParameter {
  name: string
  in: 'path' | 'query' | 'header'
  example?: unknown
  schema: DocumentSchema
}

/** Gives the body of an error by the codes that its response lists; undefined when its schema gives it. */
export type ErrorExample = (codes: string, schema: DocumentSchema) => object | undefined

type Content = Record<string, { schema: DocumentSchema; example?: unknown; examples?: object }>

/**
 * Adds examples to an OpenAPI document: requests that can be sent as they are, and answers. A value that is sent is the
 * `example` of its parameter; one that would narrow the answer is among the `examples` of its schema, which pages do not
 * send. `x-example-after` names the operations whose examples have to be sent before.
 */
export function addExamples<Document extends OpenApiDocument>(
  document: Document,
  requests: Readonly<Record<string, RequestExample>>,
  errorOf: ErrorExample
): Document {
  const schemas = document.components?.schemas ?? {}
  const paths = mapValues(document.paths ?? {}, methods =>
    mapValues(methods, operation => exemplify(operation, requests[operation.operationId] ?? {}, schemas, errorOf))
  )
  const components = { ...document.components, schemas: mapValues(schemas, schema => withoutDefaults(schema, false)) }
  return { ...document, paths, components }
}

function exemplify(
  operation: DocumentOperation,
  { params, query, body, bodies, after }: RequestExample,
  schemas: Components,
  errorOf: ErrorExample
): DocumentOperation {
  const { operationId, parameters, requestBody, responses } = operation
  const sent = { path: params, query, header: undefined }
  const examples = bodies === undefined ? { example: body } : { examples: mapValues(bodies, value => ({ value })) }
  const withAnswers = mapValues(responses, (response, status) => {
    const { content, description } = response as { content?: Content; description?: string } // every response has one
    if (content === undefined) return response
    const exampleOf = (schema: DocumentSchema) =>
      (Number(status) >= 400 ? errorOf(description ?? '', schema) : undefined) ??
      knownValue(operationId, status) ??
      composeExample(schema, schemas, operationId)
    return { ...response, content: mapValues(content, media => ({ ...media, example: exampleOf(media.schema) })) }
  })
  return {
    ...operation,
    ...(after && describeOrder(operation, after)),
    ...(parameters && {
      parameters: parameters.map(parameter => withValue(parameter, operationId, Object(sent[parameter.in])))
    }),
    ...(requestBody && {
      requestBody: {
        ...requestBody,
        content: mapValues(requestBody.content, (media, type) => ({
          ...(type === FORM ? withFields(media, Object(body)) : media),
          ...examples
        }))
      }
    }),
    responses: withAnswers
  }
}

function withValue(parameter: DocumentParameter, operationId: string, sent: object): DocumentParameter {
  const { name, schema } = parameter
  const example: unknown = Reflect.get(sent, name)
  if (example !== undefined) return { ...parameter, example }
  if (schema.default !== undefined) return parameter
  const known = knownValue(operationId, name) ?? schema.enum?.[0] ?? (schema.type === 'boolean' ? true : undefined)
  return known === undefined ? parameter : { ...parameter, schema: { ...schema, examples: [known] } }
}

const FORM = 'application/x-www-form-urlencoded'

/** A form with the value of each field: pages fill them in from there. Empty ones are sent, and ignored. */
function withFields(media: Content[string], body: object): Content[string] {
  const properties = mapValues(media.schema.properties ?? {}, (field, name) => ({
    ...field,
    example: Reflect.get(body, name) ?? ''
  }))
  return { ...media, schema: { ...media.schema, properties } }
}

function describeOrder({ description = '' }: DocumentOperation, after: readonly string[]): object {
  const steps = after.map(step => {
    const [operation, example] = step.split(' ')
    return example === undefined ? `\`${operation}\`` : `\`${operation}\` (\`${example}\`)`
  })
  const text = `The example works after ${steps.length > 1 ? 'those' : 'that'} of ${steps.join(', ')}.`
  return { description: description === '' ? text : `${description} ${text}`, 'x-example-after': after }
}

/**
 * A named schema with its defaults in words: generators of clients take a member with `default` for one that is always
 * there, also in requests.
 */
function withoutDefaults(schema: DocumentSchema, isRequired: boolean): DocumentSchema {
  const { default: fallback, ...rest } = schema
  const { properties, required = [], items, anyOf, description = '' } = rest
  return {
    ...rest,
    ...(fallback !== undefined &&
      !isRequired && { description: `${description} Default: ${JSON.stringify(fallback)}.`.trim() }),
    ...(properties && {
      properties: mapValues(properties, (member, name) => withoutDefaults(member, required.includes(name)))
    }),
    ...(items && { items: withoutDefaults(items, false) }),
    ...(anyOf && { anyOf: anyOf.map(part => withoutDefaults(part, false)) })
  }
}

const mapValues = <V, R>(members: Readonly<Record<string, V>>, change: (value: V, name: string) => R) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, change(value, name)]))
