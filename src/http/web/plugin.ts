import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import { CONTROL_OPENAPI_PATH, DOCS_PATH, OPENAPI_PATH } from '../control/documentation.js'
import { html, sendPage } from '../html.js'
import { sandboxPrefixOf } from '../server/target.js'

/** Options of the web surface. */
export interface WebOptions {
  version: string
  /** Whether the emulator has begun to shut down, which makes it not ready. */
  isStopping: () => boolean
}

const Status = Type.Object({ status: Type.String() })

/** The web surface: the front page, and the liveness and readiness probes of orchestrators. @source control-api.md "State" */
export const web: FastifyPluginAsyncTypebox<WebOptions> = async (app, { version, isStopping }) => {
  const probe = {
    schema: { response: { 200: Status, 503: Status } },
    config: { whileStopping: true, probe: true },
    exposeHeadRoute: true // supervisors and `wait-on` probe with HEAD
  }
  app.get('/livez', probe, async () => ({ status: 'ok' }))
  app.get('/readyz', probe, async (_request, reply) =>
    isStopping() ? reply.code(503).send({ status: 'stopping' }) : { status: 'ready' }
  )
  app.get('/', async ({ headers, raw }, reply) => {
    const prefix = sandboxPrefixOf(raw)
    const prefersPage = headers.accept?.includes('text/html')
    return prefersPage
      ? sendPage(reply, `uapi-emulator ${version}`, frontPage(version, prefix))
      : { name: 'uapi-emulator', version, ...linksBelow(prefix) }
  })
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

const frontPage = (version: string, prefix: string) => html`
<main>
<h1>uapi-emulator ${version}</h1>
<p>An emulator of the 4PSA VoipNow / Hubgets UnifiedAPI v5 PhoneCallEvents and PhoneCalls services.</p>
<dl>
<dt>PhoneCallEvents</dt><dd><code>/uapi/extensions/{userId}/{extension}/phoneCallEvents/{eventType}/{eventId}</code> (also under <code>/unifiedapi</code>)</dd>
<dt>PhoneCalls</dt><dd><code>POST /uapi/phoneCalls/{userId}/simple</code>, <code>/uapi/phoneCalls/{userId}/{extension}/{phoneCallId}</code></dd>
<dt>Tokens</dt><dd><code>POST /oauth/token.php</code>, <code>/oauth/authorize.php</code></dd>
<dt>Documentation</dt><dd><a href="${prefix}${DOCS_PATH}">Read and try the API</a>, <a href="${prefix}${OPENAPI_PATH}">OpenAPI 3.1 of the services</a>, <a href="${prefix}${CONTROL_OPENAPI_PATH}">OpenAPI 3.1 of the control API</a></dd>
<dt>Calls</dt><dd><code>POST /_emulator/calls</code>, <a href="${prefix}/_emulator/calls">/_emulator/calls</a>, <a href="${prefix}/_emulator/deliveries">/_emulator/deliveries</a></dd>
<dt>State</dt><dd><a href="${prefix}/_emulator/health">/_emulator/health</a>, <a href="${prefix}/livez">/livez</a>, <a href="${prefix}/readyz">/readyz</a></dd>
</dl>
</main>
<footer>A test double, neither made by the vendor nor connected with it.</footer>`
