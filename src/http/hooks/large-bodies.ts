import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { JsonDocument } from '../../domain/fixtures/json-document.js'
import { type HeldBody, holdBody } from '../../service/state/large/held-documents.js'
import type { LargeWork } from '../../service/state/large/large-work.js'
import { LARGE_BODY } from '../../service/state/large/sizes.js'

/** Bodies that the worker holds, by the outlines that take their place in requests. */
const bodies = new WeakMap<object, HeldBody>()

/** Whether the worker parses a body, because parsing it would hold up other requests. */
export const isLargeBody = ({ routeOptions }: FastifyRequest, body: Uint8Array): boolean =>
  body.byteLength > LARGE_BODY && routeOptions.config.largeBody === true

/** Has the worker parse a body. @returns its outline, which routes validate in its place @throws UapiError `request_invalid` */
export async function outlineOfBody(work: LargeWork, body: Uint8Array): Promise<unknown> {
  const held = await holdBody(work, body)
  const { outline } = held
  if (typeof outline === 'object' && outline !== null) bodies.set(outline, held)
  else held.release()
  return outline
}

/** The real document of an outline, or of a member of it that is no text; undefined for a body that was parsed here. */
export function documentIn(outline: object, member?: string): JsonDocument | undefined {
  const isText = member !== undefined && typeof Reflect.get(outline, member) === 'string'
  return isText ? undefined : bodies.get(outline)?.document(member)
}

/** Releases the body that the worker holds when its request is over. */
export function releaseBody({ body }: FastifyRequest, { raw }: FastifyReply, done: HookHandlerDoneFunction): void {
  const held = typeof body === 'object' && body !== null ? bodies.get(body) : undefined
  if (held && raw.destroyed) held.release()
  else if (held) raw.once('close', held.release)
  done()
}
