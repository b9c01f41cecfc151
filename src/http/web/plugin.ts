import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import { CONTROL_OPENAPI_PATH, DOCS_PATH, OPENAPI_PATH } from '../control/documentation.js'
import { sandboxPrefixOf } from '../server/target.js'
import { addVary, sendShell, servePageFiles, wantsPage } from './page.js'

/** Options of the web surface. */
export interface WebOptions {
  version: string
  /** Folder of the built page. */
  pageFolder: string
  /** Whether the emulator has begun to shut down, which makes it not ready. */
  isStopping: () => boolean
}

const Status = Type.Object({ status: Type.String() })

/** The web surface: the page, what is here as JSON, and the liveness and readiness probes of orchestrators. @source control-api.md "State" */
export const web: FastifyPluginAsyncTypebox<WebOptions> = async (app, { version, pageFolder, isStopping }) => {
  const probe = {
    schema: { response: { 200: Status, 503: Status } },
    config: { whileStopping: true, probe: true, unrecorded: true },
    exposeHeadRoute: true // supervisors and `wait-on` probe with HEAD
  }
  app.get('/livez', probe, async () => ({ status: 'ok' }))
  app.get('/readyz', probe, async (_request, reply) =>
    isStopping() ? reply.code(503).send({ status: 'stopping' }) : { status: 'ready' }
  )
  app.get('/', { config: { unrecorded: true }, exposeHeadRoute: true }, async (request, reply) => {
    if (wantsPage(request)) return sendShell(request, reply)
    addVary(reply, 'Accept')
    return { name: 'uapi-emulator', version, ...linksBelow(sandboxPrefixOf(request.raw)) }
  })
  servePageFiles(app, pageFolder)
}

/** The addresses of the front page, below the sandbox of the request. */
const linksBelow = (prefix: string) =>
  Object.fromEntries(Object.entries(LINKS).map(([name, path]) => [name, prefix + path]))

const LINKS = {
  uapi: '/uapi',
  oauth: '/oauth/token.php',
  health: `${CONTROL_PREFIX}/health`,
  calls: `${CONTROL_PREFIX}/calls`,
  deliveries: `${CONTROL_PREFIX}/deliveries`,
  openapi: OPENAPI_PATH,
  controlOpenapi: CONTROL_OPENAPI_PATH,
  docs: DOCS_PATH
}
