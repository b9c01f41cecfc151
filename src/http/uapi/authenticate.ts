import '@fastify/cookie' // for the types of request.cookies
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { TOKEN_PARAMETER } from '../../domain/listing.js'
import type { Credentials } from '../../service/principals.js'

/** Finds out who a request acts as. @throws UapiError `access_denied` */
export function authenticate(request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void {
  request.principal = request.sandbox.principals.authenticate(credentialsOf(request))
  done()
}

/** What a request offers; the first that is present decides. @source page "Authentication"; contract §5 */
function credentialsOf({ headers, query, cookies, server }: FastifyRequest): Credentials {
  const [, bearer] = /^bearer(?:$| +)(.*)$/i.exec(headers.authorization ?? '') ?? []
  if (bearer !== undefined) return { kind: 'token', token: bearer.trim() }
  const parameter: unknown = Reflect.get(Object(query), TOKEN_PARAMETER)
  if (parameter !== undefined) {
    return { kind: 'token', token: typeof parameter === 'string' ? parameter.replace(/^bearer +/i, '') : '' }
  }
  if (cookies.vn === undefined) return { kind: 'none' }
  const ambiguous = ['vn', 'xsrf-token'].some(name => isAmbiguous(name, headers.cookie, server.parseCookie))
  const xsrfHeader = headers['x-xsrf-token']
  return {
    kind: 'session',
    vn: ambiguous ? undefined : cookies.vn,
    xsrfCookie: cookies['xsrf-token'],
    xsrfHeader: typeof xsrfHeader === 'string' ? xsrfHeader : undefined
  }
}

/** Whether a cookie was sent more than once, with different values. @source contract §5 */
function isAmbiguous(name: string, header = '', parseCookie: FastifyInstance['parseCookie']): boolean {
  if (header.indexOf(`${name}=`) === header.lastIndexOf(`${name}=`)) return false
  const values = header.split(';').flatMap(pair => parseCookie(pair)[name] ?? [])
  return values.some(value => value !== values[0])
}
