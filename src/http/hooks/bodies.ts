import type { FastifyInstance } from 'fastify'
import { decodeUtf8 } from '../../domain/decoding.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { noteOf } from '../request.js'

/** Reads bodies as JSON in strict UTF-8, in the scope it is given. An empty body is no body, as clients send it. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    noteOf(request).body = body
    const text = decodeUtf8(body)
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
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    noteOf(request).body = body
    done(null, undefined)
  })
}
