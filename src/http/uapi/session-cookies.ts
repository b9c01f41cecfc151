import '@fastify/cookie' // for the type of parseCookie
import type { FastifyInstance } from 'fastify'

type ParseCookie = FastifyInstance['parseCookie']

/** What a Cookie header says of a session. */
export interface SessionCookies {
  vn: string | undefined
  xsrfToken: string | undefined
  /** Whether one of them was sent more than once, with different values. @source contract §5 */
  isAmbiguous: boolean
}

// A client sends the same one with every request.
let last: { header: string; cookies: SessionCookies } | undefined

/** Reads a Cookie header. */
export function sessionCookiesOf(header: string, parse: ParseCookie): SessionCookies {
  if (last?.header !== header) last = { header, cookies: read(header, parse) }
  return last.cookies
}

function read(header: string, parse: ParseCookie): SessionCookies {
  const { vn, 'xsrf-token': xsrfToken } = parse(header)
  const isAmbiguous = ['vn', 'xsrf-token'].some(name => isRepeated(name, header, parse))
  return { vn, xsrfToken, isAmbiguous }
}

function isRepeated(name: string, header: string, parse: ParseCookie): boolean {
  if (header.indexOf(`${name}=`) === header.lastIndexOf(`${name}=`)) return false
  const values = header.split(';').flatMap(pair => parse(pair)[name] ?? [])
  return values.some(value => value !== values[0])
}
