import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { type AllowedOrigins, allowOriginOf } from '../../domain/allowed-origins.js'
import { ControlError } from '../../domain/errors/control.js'
import { isSameSecret } from '../../service/access/secrets.js'

/**
 * Requires the control token on every route but the open ones.
 * @param token undefined when none is required: on loopback, or in a closed network
 * @throws ControlError `control_token_invalid`
 * @source control-api.md "Protection"
 */
export function controlTokenGuard(token: string | undefined): onRequestHookHandler {
  return function checkControlToken({ headers, routeOptions }, _reply, done) {
    if (token === undefined || routeOptions.config?.open) return done()
    const [, sent] = /^bearer +(.*)$/i.exec(headers.authorization ?? '') ?? []
    if (sent === undefined || !isSameSecret(sent.trim(), token)) {
      throw new ControlError('control_token_invalid')
    }
    done()
  }
}

/**
 * Refuses changing requests from pages of another origin.
 * @param allowed the origins of --allowed-origin
 * @throws ControlError `origin_not_allowed`
 * @source control-api.md "Protection"
 */
export function originGuard(allowed: AllowedOrigins): onRequestHookHandler {
  const isAllowed = (origin: string) => allowOriginOf(allowed, origin, false) !== undefined
  return function checkOrigin(request, _reply, done) {
    if (request.method === 'GET' || request.method === 'HEAD') return done()
    const { origin, 'sec-fetch-site': site } = request.headers
    const foreign = origin !== undefined && origin !== ownOrigin(request) && !isAllowed(origin)
    const crossSite = site !== undefined && site !== 'same-origin' && site !== 'none' && !isAllowed(origin ?? '')
    if (foreign || crossSite) throw new ControlError('origin_not_allowed')
    done()
  }
}

const ownOrigin = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`.toLowerCase()
