import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import { ControlError } from '../../domain/errors/control.js'
import { isSameSecret } from '../../service/access/secrets.js'

/**
 * Asks for the control token on every route but the open ones.
 * @param token undefined where none is needed: on loopback, or in a closed network
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
 * Refuses changes that a page of another origin asks for.
 * @param allowed origins that the operator named
 * @source control-api.md "Protection"
 */
export function originGuard(allowed: ReadonlySet<string>): onRequestHookHandler {
  return function checkOrigin(request, _reply, done) {
    if (request.method === 'GET' || request.method === 'HEAD') return done()
    const { origin, 'sec-fetch-site': site } = request.headers
    const foreign = origin !== undefined && origin !== ownOrigin(request) && !allowed.has(origin)
    const crossSite = site !== undefined && site !== 'same-origin' && site !== 'none' && !allowed.has(origin ?? '')
    if (foreign || crossSite) throw new ControlError('origin_not_allowed')
    done()
  }
}

const ownOrigin = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}`.toLowerCase()
