import type { FastifyInstance } from 'fastify'
import { decodeUtf8 } from '../../domain/decoding.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { contextOf } from '../request.js'

/** Parses the bodies of a scope as JSON in strict UTF-8. An empty body, which clients send, counts as none. */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    contextOf(request).body = body
    const text = decodeUtf8(body)
    if (text === undefined) return done(new UapiError('request_invalid', 'encoding_malformed'))
    parse(request, text, (error, value) =>
      error ? done(new UapiError('request_invalid', 'json_malformed')) : done(null, value)
    )
  })
}

/**
 * Reads the bodies of a scope within the limits and discards them.
 * @source contract §2.3: clients send bodies, and JSON content types, with GET and DELETE
 */
export function discardBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    contextOf(request).body = body
    done(null, undefined)
  })
}
