import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import type { Settings } from '../../schema/settings.js'
import { frameworkOptions } from '../server/options.js'
import { sandboxPrefixOf } from '../server/target.js'
import { DOCS_SCRIPT, DOCS_SCRIPT_PATH, docsPage } from './docs-page.js'
import { replyWithControlError } from './error-handler.js'
import type { OpenApiDocument } from './examples/add-examples.js'

/** The path of the vendor's OpenAPI document. */
export const OPENAPI_PATH = `${CONTROL_PREFIX}/openapi/uapi.json`
/** The path of the OpenAPI document of the control API. */
export const CONTROL_OPENAPI_PATH = `${CONTROL_PREFIX}/openapi/control.json`
/** The path of the pages that show both documents. */
export const DOCS_PATH = `${CONTROL_PREFIX}/docs`

/** Reads a generated OpenAPI document, for the default sandbox with default settings. */
export type ReadDocument = (name: 'uapi' | 'control') => Promise<unknown>

const settingsOf = new WeakMap<IncomingMessage, Settings>()

/** The documents and their pages. Each is read or built at its first use, not at start-up. */
export function createDocumentation(read: ReadDocument) {
  const documentOf = (name: 'uapi' | 'control') => once(async () => (await read(name)) as OpenApiDocument) // a test compares the files with the schemas
  const uapi = documentOf('uapi')
  const pages = once(async () => createPages(await uapi()))
  return {
    control: documentOf('control'),
    uapi,
    /** An application that serves the pages, and never listens. */
    pages,
    /** Notes the settings that the document within the pages has to follow, for a request that is handed to them. */
    noteSettings: (request: IncomingMessage, settings: Settings) => void settingsOf.set(request, settings)
  }
}

/** Makes a function run at its first use only. After a failure the next use runs it again. */
function once<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined
  return () => {
    result ??= run().catch(error => {
      result = undefined
      throw error
    })
    return result
  }
}

/** The same document with a sandbox as its server. @param prefix `/sandboxes/worker-1`; empty for the default sandbox */
export const withServer = <Document extends object>(document: Document, prefix: string): Document =>
  prefix === '' ? document : { ...document, servers: serversAt(prefix) }

/** The `servers` of a document. @param prefix that of a sandbox, `/sandboxes/worker-1`; empty for the default one */
export const serversAt = (prefix: string) => [
  { url: prefix === '' ? '/' : prefix, description: prefix === '' ? 'this emulator' : 'this sandbox' }
]

/** The vendor's document with the answers that settings choose: List gives an array, or its only item. @source contract §4 */
export function withSettings(document: OpenApiDocument, { listEnvelope }: Pick<Settings, 'listEnvelope'>): object {
  if (listEnvelope === 'array') return document
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => {
    const list = methods.get
    const array = list?.responses[200]?.content?.['application/json']
    if (!list?.operationId.startsWith('listPhoneCallEvents') || array?.schema.items === undefined)
      return [path, methods]
    const [example] = [array.example].flat()
    const content = { 'application/json': { schema: array.schema.items, example } }
    const responses = { ...list.responses, 200: { ...list.responses[200], content } }
    return [path, { ...methods, get: { ...list, responses } }]
  })
  return { ...document, paths: Object.fromEntries(paths) }
}

/** A second application, which serves the pages with the files of Swagger UI. */
async function createPages(document: OpenApiDocument): Promise<FastifyInstance> {
  const [{ default: Fastify }, { default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui')
  ])
  const app = Fastify(frameworkOptions)
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(async () => {
    throw new ControlError('route_unknown')
  })
  await app.register(swagger, { mode: 'static', specification: { document: document as never } }) // of version 3.1
  app.addHook('onRequest', async ({ url }, reply) => {
    const path = url.replace(/\?.*$/s, '')
    if (path.replace(/\/$/, '') === DOCS_PATH) return reply.type('text/html; charset=utf-8').send(docsPage(path))
    if (path !== DOCS_PATH + DOCS_SCRIPT_PATH) return
    return reply.type('application/javascript; charset=utf-8').send(DOCS_SCRIPT)
  })
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    // The pages may load nothing from elsewhere.
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    logo: { type: 'image/svg+xml', content: '' }, // ours has none; without this its file is read, which no bundle has
    transformSpecification: (_document, { raw }) => {
      const adapted = withSettings(document, settingsOf.get(raw) ?? { listEnvelope: 'array' })
      return withServer(adapted, sandboxPrefixOf(raw))
    },
    transformSpecificationClone: false
  })
  await app.ready()
  return app
}
