import { parseCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'
import { TOKEN_PARAMETER } from '../../domain/listing.js'
import type { Credentials } from '../../service/access/principals.js'
import type { Guard } from '../hooks/guard.js'

/** Sets the principal of a request from its credentials. @throws UapiError `access_denied` */
export const authenticate: Guard = request => {
  request.principal = request.sandbox.principals.authenticate(credentialsOf(request))
}

/** The credentials of a request: bearer token, query parameter, session cookies; the first that is present decides. @source page "Authentication"; contract §5 */
function credentialsOf({ headers, query }: FastifyRequest): Credentials {
  const [, bearer] = /^bearer(?:$| +)(.*)$/i.exec(headers.authorization ?? '') ?? []
  if (bearer !== undefined) return { kind: 'token', token: bearer.trim() }
  const parameter: unknown = Reflect.get(Object(query), TOKEN_PARAMETER)
  if (parameter !== undefined) {
    return { kind: 'token', token: typeof parameter === 'string' ? parameter.replace(/^bearer +/i, '') : '' }
  }
  if (headers.cookie === undefined) return { kind: 'none' }
  const session = sessionCookiesOf(headers.cookie)
  if (session.vn === undefined) return { kind: 'none' }
  const xsrfHeader = headers['x-xsrf-token']
  return {
    kind: 'session',
    vn: session.isAmbiguous ? undefined : session.vn,
    xsrfCookie: session.xsrfToken,
    xsrfHeader: typeof xsrfHeader === 'string' ? xsrfHeader : undefined
  }
}

/** The session in a Cookie header. */
export interface SessionCookies {
  vn: string | undefined
  xsrfToken: string | undefined
  /** Whether a cookie was sent twice with different values. @source contract §5 */
  isAmbiguous: boolean
}

// The last header that was parsed: clients send the same one with every request.
let last: { header: string; cookies: SessionCookies } | undefined

/** Parses the session of a Cookie header. */
export function sessionCookiesOf(header: string): SessionCookies {
  if (last?.header !== header) last = { header, cookies: parseSession(header) }
  return last.cookies
}

function parseSession(header: string): SessionCookies {
  const { vn, 'xsrf-token': xsrfToken } = parseCookie(header)
  const isAmbiguous = ['vn', 'xsrf-token'].some(name => isRepeated(name, header))
  return { vn, xsrfToken, isAmbiguous }
}

function isRepeated(name: string, header: string): boolean {
  if (header.indexOf(`${name}=`) === header.lastIndexOf(`${name}=`)) return false
  const values = header.split(';').flatMap(pair => parseCookie(pair)[name] ?? [])
  return values.some(value => value !== values[0])
}
