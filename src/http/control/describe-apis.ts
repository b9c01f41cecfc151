import { frameworkOptions } from '../server/options.js'
import { uapi, VENDOR_SERVICES } from '../uapi/plugin.js'
import { responsesOf } from '../uapi/vendor-service.js'
import { controlDocument } from './control-document.js'
import type { OpenApiDocument } from './examples/add-examples.js'
import { OAUTH_TAG } from './oauth-paths.js'
import { completeUapiDocument, uapiDocument } from './uapi-document.js'

/** The OpenAPI documents of both APIs, for the default sandbox with default settings. */
export interface Documents {
  uapi: OpenApiDocument
  control: object
}

/** Generates the OpenAPI documents from the schemas. scripts/generate.mjs writes them to `docs/openapi`, from where they are served. */
export async function describeApis(version: string, services = VENDOR_SERVICES): Promise<Documents> {
  const [{ default: Fastify }, { default: cookie }, { default: swagger }] = await Promise.all([
    import('fastify'),
    import('@fastify/cookie'),
    import('@fastify/swagger')
  ])
  const app = Fastify(frameworkOptions) // with the routes of the vendor's surface; it never listens
  await app.register(cookie)
  await app.register(swagger, {
    openapi: { ...uapiDocument(version), tags: [...services.map(({ tag }) => tag), OAUTH_TAG] },
    transform: ({ schema, url }) => ({
      schema: isUapiRoute(schema) ? { ...schema, response: responsesOf(schema) } : schema,
      url
    }),
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, index) => String($id ?? `schema${index}`) }
  })
  await app.register(uapi, { prefix: '/uapi', baseUrl: () => '', isDocumented: true, services })
  await app.ready()
  const described = completeUapiDocument(app.swagger())
  await app.close()
  return { uapi: described, control: controlDocument(version) }
}

/** Whether a schema is that of a route of the vendor's surface: those name their errors. */
const isUapiRoute = (schema: object): schema is Parameters<typeof responsesOf>[0] => 'errors' in schema
