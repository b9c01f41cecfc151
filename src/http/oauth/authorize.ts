import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { OAuthError } from '../../domain/errors/oauth.js'
import type { UapiError } from '../../domain/errors/uapi.js'
import { type Parameters, parseConsentRequest, value } from '../../domain/oauth-request.js'
import { logOf } from '../hooks/log.js'
import { waitAlways } from '../hooks/write-barrier.js'
import { sendPage } from '../html.js'
import { LIMITS } from '../server/options.js'
import type { BaseUrl } from '../server/target.js'
import { collect, parseOAuthBodies } from './bodies.js'
import { consentPage, refusalPage } from './consent-page.js'
import { toOAuthError } from './error-handler.js'

/** Options of the consent page. */
export interface AuthorizeOptions {
  baseUrl: BaseUrl
  /** Whether consent is given at once, without a page. */
  autoConsent: boolean
}

/** The consent page. @source contract §7; RFC 6749 §4.1 */
export const authorize: FastifyPluginAsyncTypebox<AuthorizeOptions> = async (app, { baseUrl, autoConsent }) => {
  parseOAuthBodies(app)
  app.setErrorHandler(showError)
  app.addHook('preHandler', waitAlways)
  app.route({
    method: ['GET', 'POST'],
    url: '/authorize.php',
    config: { operation: 'authorize' },
    bodyLimit: LIMITS.oauthBody,
    handler: async (request, reply) => {
      const { oauth } = request.sandbox
      const parameters = parametersOf(request)
      const trusted = oauth.trustedRedirect(parameters)
      const redirect = (answer: Record<string, string>) => {
        reply.header('Cache-Control', 'no-store')
        return reply.redirect(withParameters(trusted.redirectUri, answer))
      }
      const consentRequest = parseConsentRequest(parameters)
      if ('refusal' in consentRequest) return redirect(consentRequest.refusal)
      const consent = { ...trusted, state: consentRequest.state }
      const decision = autoConsent ? 'allow' : isOwnPage(request, baseUrl) ? decisionOf(request) : undefined
      if (decision === 'allow') return redirect({ code: oauth.allow(consent), state: consentRequest.state })
      if (decision === 'deny') return redirect({ error: 'access_denied', state: consentRequest.state })
      return sendPage(reply, `Allow ${consent.app.name ?? consent.app.clientId}?`, consentPage(consent))
    }
  })
}

/** The parameters of query and body, merged. A parameter in both has two values, which are refused if they differ. */
function parametersOf({ query, body }: FastifyRequest): Parameters {
  const pairs = [query, body].flatMap(source => Object.entries(Object(source) as Record<string, unknown>))
  return collect(pairs.flatMap(([name, sent]) => [sent].flat().map((one): [string, unknown] => [name, one])))
}

/** The button that was pressed. It is read from the body only: a link with a decision could come from another site. */
const decisionOf = ({ body }: FastifyRequest): string | undefined => value((body ?? {}) as Parameters, 'decision') // the only type that our parsers give

/** Whether a decision was sent by the consent page, and not by another site in the same browser (CSRF). */
function isOwnPage(request: FastifyRequest, baseUrl: BaseUrl): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (request.method !== 'POST') return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  return (
    origin === undefined ||
    origin === new URL(baseUrl(request)).origin ||
    origin === `${request.protocol}://${request.host}`
  )
}

/** Adds parameters to a redirect URI and keeps its query. @source RFC 6749 §3.1.2 */
function withParameters(uri: string, answer: Record<string, string>): string {
  const separator = uri.includes('?') ? (/[?&]$/.test(uri) ? '' : '&') : '?'
  return `${uri}${separator}${new URLSearchParams(answer)}`
}

/** Shows an error as a page: before the redirect URI is verified, nothing may be redirected to it. @source contract §7 */
async function showError(error: FastifyError | OAuthError | UapiError, request: FastifyRequest, reply: FastifyReply) {
  const { code, message, status, reason } = toOAuthError(error, request)
  if (reason === 'unexpected') logOf(request).error({ err: error }, 'unexpected error')
  reply.code(status).header('X-Emulator-Reason', reason)
  return sendPage(reply, 'The app cannot be authorized', refusalPage(code, message))
}
