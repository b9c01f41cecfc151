import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { canonicalName } from '../domain/header-name.js'

/**
 * A response whose header names are written as `Content-Type`, not as `content-type`, which is how Fastify keeps them.
 * @source contract §2.7: some PHP clients compare the names exactly
 */
export class CanonicalResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(canonicalName(name), value)
  }

  override writeHead(
    status: number,
    message?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[]
  ): this {
    if (typeof message === 'string') return super.writeHead(status, message, canonical(headers))
    return super.writeHead(status, canonical(message))
  }
}

/** As a list of names and values in turn: Node writes that down as it is. */
function canonical(
  headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined
): OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined {
  if (headers === undefined || Array.isArray(headers)) return headers
  const written: OutgoingHttpHeader[] = []
  // Node refuses a value that is none.
  for (const name in headers) written.push(canonicalName(name), headers[name] as OutgoingHttpHeader)
  return written
}
