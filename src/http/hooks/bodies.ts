import type { FastifyInstance, FastifyRequest } from 'fastify'
import { decodeUtf8 } from '../../domain/decoding.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { foreignCodings } from '../../domain/headers.js'
import { type JsonBounds, refuseBeyondBounds } from '../../domain/json-bounds.js'
import { MASK } from '../../schema/state.js'
import type { LargeWork } from '../../service/state/large/large-work.js'
import { contextOf } from '../request.js'
import { isLargeBody, outlineOfBody } from './large-bodies.js'

/**
 * Parses the bodies of a scope as JSON in strict UTF-8. An empty body, which clients send, counts as none. Bounds are
 * checked before anything is parsed.
 * @param work parses large ones of routes that take them, and checks their bounds
 */
export function parseJsonBodies(
  app: FastifyInstance,
  boundsOf: (request: FastifyRequest) => JsonBounds,
  work?: LargeWork
): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    const coded = refuseCoding(request)
    contextOf(request).body = coded ? MASK : body
    if (coded) return done(coded)
    if (work && isLargeBody(request, body)) {
      outlineOfBody(work, body).then(outline => done(null, outline), done)
      return
    }
    const refusal = refuseBeyondBounds(body, boundsOf(request))
    if (refusal) return done(refusal)
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
    contextOf(request).body = refuseCoding(request) ? MASK : body
    done(null, undefined)
  })
}

/**
 * The refusal of a body with a Content-Encoding, which no surface decodes; undefined for a body without. The journal has
 * to mask such a body, because a secret cannot be found in compressed bytes.
 * @source contract §6
 */
export function refuseCoding({ headers }: FastifyRequest): UapiError | undefined {
  const sent = headers['content-encoding']
  const codings = sent && foreignCodings(sent)
  if (!codings) return undefined
  const remedy = `A body with the Content-Encoding ${codings} is not read: send it without one.`
  return new UapiError('content_type_unsupported', 'content_encoding_unsupported', undefined, remedy)
}
