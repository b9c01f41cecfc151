import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { injectedOAuthError } from '../../domain/errors/injected.js'
import { OAuthError } from '../../domain/errors/oauth.js'
import type { Parameters } from '../../domain/oauth-request.js'
import { TokenResponse } from '../../schema/error.js'
import { injectFaults } from '../hooks/fault.js'
import { waitAlways } from '../hooks/write-barrier.js'
import { collectRoutes } from '../route-table.js'
import { LIMITS } from '../server/options.js'
import { type AuthorizeOptions, authorize } from './authorize.js'
import { parseOAuthBodies } from './bodies.js'
import { replyWithOAuthError } from './error-handler.js'

/** The OAuth surface: tokens and consent for apps. @source contract §7 */
export const oauth: FastifyPluginAsyncTypebox<AuthorizeOptions> = async (app, { baseUrl, autoConsent }) => {
  const methodsAt = collectRoutes(app)
  app.setErrorHandler(replyWithOAuthError)
  app.setNotFoundHandler(refuseUnknownRoute)
  app.addHook('onRequest', refuseUnknownRoute) // before the body is read or refused
  await app.register(token)
  await app.register(authorize, { baseUrl, autoConsent })

  async function refuseUnknownRoute({ is404, url }: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!is404) return
    const methods = methodsAt(url)
    if (methods.length === 0) throw new OAuthError('invalid_request', 'route_unknown', 'Nothing is at this path.', 404)
    reply.header('Allow', methods.join(', '))
    const description = `The method must be ${methods.join(' or ')}.`
    throw new OAuthError('invalid_request', 'method_unknown', description, 405)
  }
}

/** The token endpoint. */
const token: FastifyPluginAsyncTypebox = async app => {
  parseOAuthBodies(app)
  app.addHook('preHandler', injectFaults({ subjectOf: () => ({ operation: 'token' }), errorOf: injectedOAuthError }))
  app.addHook('preHandler', waitAlways)
  const schema = { response: { 200: TokenResponse } }
  const config = { operation: 'token' } as const
  app.post('/token.php', { schema, config, bodyLimit: LIMITS.oauthBody }, async ({ sandbox, headers, body }, reply) => {
    reply.header('Cache-Control', 'no-store').header('Pragma', 'no-cache')
    return sandbox.oauth.token((body ?? {}) as Parameters, headers.authorization) // the only type that our parsers give
  })
}
