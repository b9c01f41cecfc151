import type { FastifyInstance, FastifyRequest } from 'fastify'
import { decodeUtf8 } from '../../domain/decoding.js'
import { OAuthError } from '../../domain/errors/oauth.js'
import { refuseBeyondBounds } from '../../domain/json-bounds.js'
import type { ParameterBody } from '../../domain/masking-parameters.js'
import type { Parameters } from '../../domain/oauth-request.js'
import { BODY_BOUNDS } from '../../schema/body-bounds.js'
import type { Reason } from '../../schema/reasons.js'
import { MASK } from '../../schema/state.js'
import { refuseCoding } from '../hooks/bodies.js'
import { contextOf } from '../request.js'

/**
 * Parses the three content types that clients send to the OAuth endpoints. Each gives a list of values for each name.
 * @source contract §7 (clients)
 */
export function parseOAuthBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const read = (
    format: ParameterBody['format'],
    type: string,
    parse: (body: Buffer, contentType: string) => Promise<Parameters>
  ) =>
    app.addContentTypeParser(type, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
      const context = contextOf(request)
      context.body = MASK // stays when parsing fails: a body that cannot be parsed can hold a secret anywhere
      const coded = refuseCoding(request)
      if (coded) throw coded
      const parameters = await parse(body, request.headers['content-type'] ?? '')
      context.body = { format, bytes: body, parameters }
      return parameters
    })
  read('form', 'application/x-www-form-urlencoded', async body => parseForm(decode(body)))
  read('json', 'application/json', async body => {
    const refusal = refuseBeyondBounds(body, BODY_BOUNDS.oauth)
    if (refusal) throw refusal
    return parseJson(decode(body))
  })
  read('multipart', 'multipart/form-data', async (body, type) => {
    decode(body) // throws when it is not UTF-8
    const parts = await parseMultipart(body, type)
    if (parts === undefined) throw malformed('http_unreadable', 'The body is not multipart/form-data.')
    return collect(parts)
  })
}

/** Collects the values of each name. The result has no prototype, so that no name collides with one of its members. */
export function collect(pairs: Iterable<[string, unknown]>): Parameters {
  const parameters: Record<string, unknown[]> = Object.create(null)
  for (const [name, value] of pairs) {
    if (name === '') continue // a stray & gives an empty name
    const values = parameters[name] ?? []
    values.push(value)
    parameters[name] = values
  }
  return parameters
}

function decode(body: Buffer): string {
  const text = decodeUtf8(body)
  if (text === undefined) throw malformed('encoding_malformed', 'The body must be UTF-8.')
  return text
}

/** Parses a form. A % without two hex digits is kept, as PHP does; percent-encoded bytes have to be UTF-8. */
function parseForm(text: string): Parameters {
  try {
    decodeURIComponent(text.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'))
  } catch {
    throw malformed('encoding_malformed', 'The body must be percent-encoded UTF-8.')
  }
  return collect(new URLSearchParams(text))
}

function parseJson(text: string): Parameters {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('json_malformed', 'The body is not JSON.') // the parser's message would quote the body, with its secrets
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('json_not_an_object', 'The body must be a JSON object.')
  }
  return collect(Object.entries(value))
}

const malformed = (reason: Reason, description: string) => new OAuthError('invalid_request', reason, description)

/**
 * Parses a multipart/form-data body. The parser is imported with the first such body, because few clients send one.
 * @param body at most a few kilobytes
 * @returns the name and the value of each part, null for a file; undefined when it cannot be read
 */
export async function parseMultipart(
  body: Buffer,
  contentType: string
): Promise<[string, string | null][] | undefined> {
  const { Busboy } = await import('@fastify/busboy')
  return new Promise(done => {
    const parts: [string, string | null][] = []
    try {
      const reader = new Busboy({ headers: { 'content-type': contentType } })
      reader.on('field', (name, value) => parts.push([name, value]))
      reader.on('file', (name, file) => {
        parts.push([name, null])
        file.on('error', () => done(undefined)) // truncated; without a listener the error would end the process
        file.resume()
      })
      reader.on('finish', () => done(parts))
      reader.on('error', () => done(undefined))
      reader.end(body)
    } catch {
      done(undefined) // the content type has no boundary
    }
  })
}
