import type { FastifyInstance } from 'fastify'
import { ControlError } from '../../domain/control-errors.js'
import { frameworkOptions } from '../server-options.js'
import { uapi } from '../uapi/plugin.js'
import { responsesOf } from '../uapi/routes.js'
import { replyWithControlError } from './error-handler.js'

/** Where the document is, below the root. */
export const OPENAPI_PATH = '/_emulator/openapi/uapi.json'
/** Where the pages are, below the root. */
export const DOCS_PATH = '/_emulator/docs'

/**
 * The documents, made from the schemas of the routes by a second application that never listens. It is built when
 * somebody first asks: nobody pays for it at start-up.
 */
export function createDocumentation(version: string) {
  let built: Promise<FastifyInstance> | undefined
  return {
    open(): Promise<FastifyInstance> {
      built ??= build(version).catch(error => {
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

/** The OpenAPI document of the vendor's surface. */
export async function describeUapi(version: string): Promise<object> {
  const app = await build(version)
  try {
    return app.swagger()
  } finally {
    await app.close()
  }
}

async function build(version: string): Promise<FastifyInstance> {
  const [{ default: Fastify }, { default: cookie }, { default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('fastify'),
    import('@fastify/cookie'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui')
  ])
  const app = Fastify(frameworkOptions)
  app.setErrorHandler(replyWithControlError)
  app.setNotFoundHandler(async () => {
    throw new ControlError('route_unknown', 'route_unknown')
  })
  await app.register(cookie)
  await app.register(swagger, {
    openapi: openapi(version),
    transform: ({ schema, url }) => ({
      schema: isRoute(schema) ? { ...schema, response: responsesOf(schema) } : schema,
      url
    }),
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `schema${index}`) }
  })
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    // Without the bar that asks for another document, and with pages that may load nothing from elsewhere.
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list', tryItOutEnabled: true },
    staticCSP:
      "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    theme: { title: 'uapi-emulator: PhoneCallEvents' }
  })
  // Only described: no request of the vendor's surface ever comes here.
  await app.register(uapi, { prefix: '/uapi', baseUrl: () => '' })
  app.get(OPENAPI_PATH, { schema: { hide: true } }, async () => app.swagger())
  await app.ready()
  return app
}

/** Whether a schema is one of a route of the vendor's surface, which name their errors. */
const isRoute = (schema: object): schema is Parameters<typeof responsesOf>[0] => 'errors' in schema

const openapi = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: '4PSA UnifiedAPI v5: PhoneCallEvents, as uapi-emulator serves it',
    version,
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'The vendor’s PhoneCallEvents service, emulated. The same paths are served under /unifiedapi. ' +
      'What is documented by the vendor, observed, or assumed stands in docs/fidelity.md.'
  },
  servers: [{ url: '/', description: 'this emulator' }],
  tags: [{ name: 'PhoneCallEvents', description: 'Webhooks that are assigned to an extension.' }],
  components: {
    securitySchemes: {
      bearer: { type: 'http' as const, scheme: 'bearer', description: 'A token of /oauth/token.php.' },
      accessRequestToken: { type: 'apiKey' as const, in: 'query', name: 'accessRequestToken' },
      session: { type: 'apiKey' as const, in: 'cookie', name: 'vn', description: 'The session of a browser.' },
      xsrf: {
        type: 'apiKey' as const,
        in: 'header',
        name: 'x-xsrf-token',
        description: 'The same value as the xsrf-token cookie.'
      }
    }
  }
})
