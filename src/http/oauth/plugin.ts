import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { injectedOAuthError } from '../../domain/errors/injected.js'
import { OAuthError } from '../../domain/errors/oauth.js'
import type { Parameters } from '../../domain/oauth-request.js'
import { TokenResponse } from '../../schema/oauth.js'
import { injectFaults } from '../hooks/fault.js'
import { LIMITS } from '../server/options.js'
import { type AuthorizeOptions, authorize } from './authorize.js'
import { readOAuthBodies } from './bodies.js'
import { replyWithOAuthError } from './error-handler.js'

/** The paths of the surface and the methods of each, for what is said of other methods. */
const METHODS = new Map([
  ['/token.php', 'POST'],
  ['/authorize.php', 'GET, POST']
])

/** Tokens for apps. @source contract §7 */
export const oauth: FastifyPluginAsyncTypebox<AuthorizeOptions> = async (app, { baseUrl, autoConsent }) => {
  app.setErrorHandler(replyWithOAuthError)
  app.setNotFoundHandler(refuseUnknownRoute)
  app.addHook('onRequest', refuseUnknownRoute) // before its body is read, or refused
  await app.register(token)
  await app.register(authorize, { baseUrl, autoConsent })

  async function refuseUnknownRoute({ is404, url }: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!is404) return
    const path = url.slice(app.prefix.length).replace(/\?.*$/s, '').replace(/\/$/, '')
    const methods = METHODS.get(path)
    if (methods === undefined) throw new OAuthError('invalid_request', 'route_unknown', 'Nothing is at this path.', 404)
    reply.header('Allow', methods)
    throw new OAuthError(
      'invalid_request',
      'method_unknown',
      `The method must be ${methods.replace(', ', ' or ')}.`,
      405
    )
  }
}

/** The token endpoint. */
const token: FastifyPluginAsyncTypebox = async app => {
  readOAuthBodies(app)
  app.addHook('preHandler', injectFaults({ subjectOf: () => ({ operation: 'token' }), errorOf: injectedOAuthError }))
  const schema = { response: { 200: TokenResponse } }
  const config = { operation: 'token' } as const
  app.post('/token.php', { schema, config, bodyLimit: LIMITS.oauthBody }, async ({ sandbox, headers, body }, reply) => {
    reply.header('Cache-Control', 'no-store').header('Pragma', 'no-cache')
    return sandbox.oauth.token((body ?? {}) as Parameters, headers.authorization) // our parsers give nothing else
  })
}
