import type { FastifyRequest } from 'fastify'
import { TOKEN_PARAMETER } from '../../domain/listing.js'
import type { Credentials } from '../../service/principals.js'
import type { Guard } from '../guard.js'
import { sessionCookiesOf } from './session-cookies.js'

/** Finds out who a request acts as. @throws UapiError `access_denied` */
export const authenticate: Guard = request => {
  request.principal = request.sandbox.principals.authenticate(credentialsOf(request))
}

/** What a request offers; the first that is present decides. @source page "Authentication"; contract §5 */
function credentialsOf({ headers, query, server }: FastifyRequest): Credentials {
  const [, bearer] = /^bearer(?:$| +)(.*)$/i.exec(headers.authorization ?? '') ?? []
  if (bearer !== undefined) return { kind: 'token', token: bearer.trim() }
  const parameter: unknown = Reflect.get(Object(query), TOKEN_PARAMETER)
  if (parameter !== undefined) {
    return { kind: 'token', token: typeof parameter === 'string' ? parameter.replace(/^bearer +/i, '') : '' }
  }
  if (headers.cookie === undefined) return { kind: 'none' }
  const session = sessionCookiesOf(headers.cookie, server.parseCookie)
  if (session.vn === undefined) return { kind: 'none' }
  const xsrfHeader = headers['x-xsrf-token']
  return {
    kind: 'session',
    vn: session.isAmbiguous ? undefined : session.vn,
    xsrfCookie: session.xsrfToken,
    xsrfHeader: typeof xsrfHeader === 'string' ? xsrfHeader : undefined
  }
}
