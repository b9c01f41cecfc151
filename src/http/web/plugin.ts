import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { CONTROL_OPENAPI_PATH, DOCS_PATH, OPENAPI_PATH } from '../control/documentation.js'
import { html, sendPage } from '../html.js'
import { sandboxPrefixOf } from '../server/target.js'

/** What the root needs. */
export interface WebOptions {
  version: string
  isStopping: () => boolean
}

const Status = Type.Object({ status: Type.String() })

/** The root: what is here and where, and the two addresses that orchestrators ask. @source control-api.md "State" */
export const web: FastifyPluginAsyncTypebox<WebOptions> = async (app, { version, isStopping }) => {
  const probe = { schema: { response: { 200: Status, 503: Status } }, config: { whileStopping: true, probe: true } }
  app.get('/livez', probe, async () => ({ status: 'ok' }))
  app.get('/readyz', probe, async (_request, reply) =>
    isStopping() ? reply.code(503).send({ status: 'stopping' }) : { status: 'ready' }
  )
  app.get('/', async ({ headers, raw }, reply) => {
    const at = sandboxPrefixOf(raw)
    const prefersPage = headers.accept?.includes('text/html')
    return prefersPage
      ? sendPage(reply, `uapi-emulator ${version}`, frontPage(version, at))
      : { name: 'uapi-emulator', version, ...placesAt(at) }
  })
}

/** What is here, and where: below the address of the sandbox that was asked. */
const placesAt = (at: string) => Object.fromEntries(Object.entries(PLACES).map(([what, path]) => [what, at + path]))

const PLACES = {
  uapi: '/uapi',
  oauth: '/oauth/token.php',
  health: '/_emulator/health',
  calls: '/_emulator/calls',
  deliveries: '/_emulator/deliveries',
  openapi: OPENAPI_PATH,
  controlOpenapi: CONTROL_OPENAPI_PATH,
  docs: DOCS_PATH
}

const frontPage = (version: string, at: string) => html`
<main>
<h1>uapi-emulator ${version}</h1>
<p>An emulator of the 4PSA VoipNow / Hubgets UnifiedAPI v5 PhoneCallEvents service is listening here.</p>
<dl>
<dt>The service</dt><dd><code>/uapi/extensions/{userId}/{extension}/phoneCallEvents/{eventType}/{eventId}</code> (also under <code>/unifiedapi</code>)</dd>
<dt>Tokens</dt><dd><code>POST /oauth/token.php</code>, <code>/oauth/authorize.php</code></dd>
<dt>Documents</dt><dd><a href="${at}${DOCS_PATH}">Read and try the API</a>, <a href="${at}${OPENAPI_PATH}">OpenAPI 3.1</a>, <a href="${at}${CONTROL_OPENAPI_PATH}">that of the emulator's own API</a></dd>
<dt>Calls</dt><dd><code>POST /_emulator/calls</code>, <a href="${at}/_emulator/calls">/_emulator/calls</a>, <a href="${at}/_emulator/deliveries">/_emulator/deliveries</a></dd>
<dt>State</dt><dd><a href="${at}/_emulator/health">/_emulator/health</a>, <a href="${at}/livez">/livez</a>, <a href="${at}/readyz">/readyz</a></dd>
</dl>
</main>
<footer>A test double. It is not made by, nor connected with, the vendor.</footer>`
