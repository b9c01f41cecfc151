import type { FastifyInstance } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { frameworkOptions } from '../server/options.js'
import { uapi } from '../uapi/plugin.js'
import { responsesOf } from '../uapi/routes.js'
import { api } from './api.js'
import { replyWithControlError } from './error-handler.js'
import { controlDocument, NAMED, nameSchemas, uapiDocument } from './openapi.js'

/** Where the vendor's document is, below the root. */
export const OPENAPI_PATH = '/_emulator/openapi/uapi.json'
/** Where the document of our own API is. */
export const CONTROL_OPENAPI_PATH = '/_emulator/openapi/control.json'
/** Where the pages are. */
export const DOCS_PATH = '/_emulator/docs'

/** The documents of both APIs. */
export interface Documents {
  uapi: object
  control: object
}

/**
 * The documents, made from the schemas of the routes by a second application that never listens. It is built when
 * somebody first asks: nobody pays for it at start-up.
 */
export function createDocumentation(version: string) {
  let built: Promise<FastifyInstance> | undefined
  return {
    open(): Promise<FastifyInstance> {
      built ??= build(version)
        .then(({ app }) => app)
        .catch(error => {
          built = undefined // whoever asks next tries again
          throw error
        })
      return built
    },
    async close(): Promise<void> {
      await (await built)?.close()
    }
  }
}

/** The OpenAPI documents, as they are served. */
export async function describeApis(version: string): Promise<Documents> {
  const { app, documents } = await build(version)
  await app.close()
  return documents
}

async function build(version: string): Promise<{ app: FastifyInstance; documents: Documents }> {
  const [{ default: Fastify }, { default: cookie }, { default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('fastify'),
    import('@fastify/cookie'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui')
  ])
  const app = Fastify(frameworkOptions)
  const documents: Documents = { uapi: {}, control: {} }
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(async () => {
    throw new ControlError('route_unknown')
  })
  await app.register(cookie)

  // Only described: no request of either API ever comes here.
  await app.register(async scope => {
    await scope.register(swagger, {
      openapi: uapiDocument(version),
      transform: ({ schema, url }) => ({
        schema: isUapiRoute(schema) ? { ...schema, response: responsesOf(schema) } : schema,
        url
      }),
      refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `schema${index}`) }
    })
    await scope.register(swaggerUi, {
      routePrefix: DOCS_PATH,
      // Without the bar that asks for another document, and with pages that may load nothing from elsewhere.
      uiConfig: { layout: 'BaseLayout', docExpansion: 'list', tryItOutEnabled: true },
      staticCSP:
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      logo: { type: 'image/svg+xml', content: '' }, // this layout has none
      theme: { title: 'uapi-emulator: PhoneCallEvents' }
    })
    await scope.register(uapi, { prefix: '/uapi', baseUrl: () => '' })
    scope.get(OPENAPI_PATH, { schema: { hide: true } }, async () => documents.uapi)
    scope.addHook('onReady', async () => {
      documents.uapi = scope.swagger()
    })
  })
  await app.register(async scope => {
    await scope.register(swagger, { openapi: controlDocument(version) })
    await scope.register(api, {
      prefix: '/_emulator',
      health: nobodyAsks,
      answers: nobodyAsks,
      sandboxes: NO_SANDBOXES
    })
    scope.get(CONTROL_OPENAPI_PATH, { schema: { hide: true } }, async () => documents.control)
    scope.addHook('onReady', async () => {
      documents.control = nameSchemas(scope.swagger(), NAMED)
    })
  })
  await app.ready()
  return { app, documents }
}

/** Whether a schema is one of a route of the vendor's surface, which name their errors. */
const isUapiRoute = (schema: object): schema is Parameters<typeof responsesOf>[0] => 'errors' in schema

const NO_SANDBOXES = {
  sandboxes: { create: nobodyAsks, list: nobodyAsks, end: nobodyAsks },
  rootUrl: nobodyAsks,
  sourcesOf: nobodyAsks
}

function nobodyAsks(): never {
  throw new ControlError('route_unknown')
}
