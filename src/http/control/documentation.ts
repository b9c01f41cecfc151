import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import type { Settings } from '../../schema/settings.js'
import { frameworkOptions } from '../server/options.js'
import { sandboxPrefixOf } from '../server/target.js'
import { uapi, VENDOR_SERVICES } from '../uapi/plugin.js'
import { responsesOf } from '../uapi/vendor-service.js'
import { controlDocument } from './control-document.js'
import { DOCS_SCRIPT, DOCS_SCRIPT_PATH, docsPage } from './docs-page.js'
import { replyWithControlError } from './error-handler.js'
import type { OpenApiDocument } from './examples/add-examples.js'
import { OAUTH_TAG } from './oauth-paths.js'
import { completeUapiDocument, serversAt, uapiDocument } from './uapi-document.js'

/** The path of the vendor's OpenAPI document. */
export const OPENAPI_PATH = `${CONTROL_PREFIX}/openapi/uapi.json`
/** The path of the OpenAPI document of the control API. */
export const CONTROL_OPENAPI_PATH = `${CONTROL_PREFIX}/openapi/control.json`
/** The path of the pages that show both documents. */
export const DOCS_PATH = `${CONTROL_PREFIX}/docs`

/** The OpenAPI documents of both APIs, for the default sandbox. */
export interface Documents {
  uapi: OpenApiDocument
  control: object
}

const settingsOf = new WeakMap<IncomingMessage, Settings>()

/** The documents and their pages. Each is built at its first use, not at start-up. */
export function createDocumentation(version: string) {
  let control: object | undefined
  let built: ReturnType<typeof build> | undefined
  const buildOnce = () => {
    built ??= build(version).catch(error => {
      built = undefined // the next request builds it again
      throw error
    })
    return built
  }
  return {
    control(): object {
      control ??= controlDocument(version)
      return control
    },
    uapi: async (): Promise<OpenApiDocument> => (await buildOnce()).uapi,
    /** An application that serves the pages, and never listens. */
    pages: async (): Promise<FastifyInstance> => (await buildOnce()).app,
    /** Notes the settings that the document within the pages has to follow, for a request that is handed to them. */
    noteSettings: (request: IncomingMessage, settings: Settings) => void settingsOf.set(request, settings),
    async close(): Promise<void> {
      await (await built)?.app.close()
    }
  }
}

/** The same document with a sandbox as its server. @param prefix `/sandboxes/worker-1`; empty for the default sandbox */
export const withServer = <Document extends object>(document: Document, prefix: string): Document =>
  prefix === '' ? document : { ...document, servers: serversAt(prefix) }

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

/** The OpenAPI documents, as they are served. */
export async function describeApis(version: string, services = VENDOR_SERVICES): Promise<Documents> {
  const { app, uapi } = await build(version, services)
  await app.close()
  return { uapi, control: controlDocument(version) }
}

/** A second application with the routes of the vendor's surface, from whose schemas the document is generated. */
async function build(
  version: string,
  services = VENDOR_SERVICES
): Promise<{ app: FastifyInstance; uapi: OpenApiDocument }> {
  const [{ default: Fastify }, { default: cookie }, { default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('fastify'),
    import('@fastify/cookie'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui')
  ])
  const app = Fastify(frameworkOptions)
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(async () => {
    throw new ControlError('route_unknown')
  })
  await app.register(cookie)
  await app.register(swagger, {
    openapi: { ...uapiDocument(version), tags: [...services.map(({ tag }) => tag), OAUTH_TAG] },
    transform: ({ schema, url }) => ({
      schema: isUapiRoute(schema) ? { ...schema, response: responsesOf(schema) } : schema,
      url
    }),
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `schema${index}`) }
  })
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
    transformSpecification: (document, { raw }) => {
      const complete = withSettings(completeUapiDocument(document), settingsOf.get(raw) ?? { listEnvelope: 'array' })
      return withServer(complete, sandboxPrefixOf(raw))
    },
    transformSpecificationClone: false
  })
  await app.register(uapi, { prefix: '/uapi', baseUrl: () => '', isDocumented: true, services })
  await app.ready()
  return { app, uapi: completeUapiDocument(app.swagger()) }
}

/** Whether a schema is that of a route of the vendor's surface: those name their errors. */
const isUapiRoute = (schema: object): schema is Parameters<typeof responsesOf>[0] => 'errors' in schema
