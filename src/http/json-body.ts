import type { FastifyInstance } from 'fastify'
import { UapiError } from '../domain/errors.js'

/** Reads bodies as JSON in strict UTF-8, in the scope it is given. An empty body is no body, as clients send it. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    const text = decode(body)
    if (text === undefined) return done(new UapiError('request_invalid', 'encoding_malformed'))
    parse(request, text, (error, value) =>
      error ? done(new UapiError('request_invalid', 'json_malformed')) : done(null, value)
    )
  })
}

/**
 * Reads bodies within the limits and forgets them, in the scope it is given.
 * @source contract §2.3: clients send bodies, and JSON content types, with GET and DELETE
 */
export function discardBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
}

/** The text of bytes in UTF-8; undefined when they are not. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined // TypeError is how the platform says that it cannot decode
  }
}
