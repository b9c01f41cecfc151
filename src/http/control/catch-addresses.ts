import type { FastifyPluginAsync, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { CATCH_PREFIX, catchAddressAt, plainPath } from '../../domain/callbacks/catch-address.js'
import { ControlError } from '../../domain/errors/control.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { CATCH_LIMITS } from '../../schema/calls/caught.js'
import { sandboxPrefixOf } from '../server/target.js'
import { replyWithControlError } from './error-handler.js'

/**
 * The catch addresses, under `/_emulator/catch`. They are a scope beside the control API, because a receiver requires no
 * token, origin or content type.
 * @source control-api.md "Calls and deliveries"
 */
export const catchAddresses: FastifyPluginAsync = async app => {
  app.setErrorHandler(replyWithControlError)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (_request: FastifyRequest, payload: AsyncIterable<Buffer>) => readStart(payload))
  app.addHook('onRequest', ignoreContentType)
  for (const url of ['/:name', '/:name/*']) app.route({ method: ['GET', 'POST'], url, handler: keep })
}

async function keep({ sandbox, method, url, raw, body }: FastifyRequest): Promise<{ caught: string }> {
  const id = sandbox.caught.add({
    name: nameOf(url),
    method: method === 'GET' ? 'GET' : 'POST',
    target: sandboxPrefixOf(raw) + url,
    headers: raw.rawHeaders,
    body: body instanceof Uint8Array ? body : new Uint8Array()
  })
  return { caught: id }
}

/** Reads a body to its end. Keeps one byte more than the limit, so that a longer body is recognised. */
async function readStart(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let missing = CATCH_LIMITS.bodyBytes + 1
  try {
    for await (const chunk of payload) {
      if (missing > 0) chunks.push(chunk.subarray(0, missing))
      missing -= chunk.length
    }
  } catch {
    throw new UapiError('request_invalid', 'body_length_mismatch') // the sender has disconnected
  }
  return Buffer.concat(chunks)
}

/** Removes the content type, which Fastify would refuse when it is malformed; the caught headers still have it. */
function ignoreContentType({ raw }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  raw.headers['content-type'] = undefined
  done()
}

/**
 * The name of the catch address of a path, by the rule that webhooks follow, too.
 * @throws ControlError `request_invalid` for an invalid name, `route_unknown` for a path that is none
 */
function nameOf(url: string): string {
  const address = catchAddressAt(url)
  if (address && address.sandbox === undefined) return address.name
  const path = plainPath(url) ?? ''
  const [given = ''] = path.startsWith(`${CATCH_PREFIX}/`) ? path.slice(CATCH_PREFIX.length + 1).split('/', 1) : []
  if (given === '') throw new ControlError('route_unknown')
  const message = `must be 1 to 64 of the characters a-z 0-9 -; got ${JSON.stringify([...given].slice(0, 64).join(''))}`
  throw new ControlError('request_invalid', { details: [{ path: '{name}', message }] })
}
