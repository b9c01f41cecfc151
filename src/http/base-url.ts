import type { FastifyRequest } from 'fastify'
import { sandboxPrefixOf } from './sandbox-path.js'

/** Where a request was sent: scheme, host and sandbox, without a slash at the end. */
export type BaseUrl = (request: FastifyRequest) => string

/**
 * Where links lead: what the operator says, else what the request names.
 * @param publicUrl what stands for it, when the operator says so; forwarded-* headers never do
 * @source contract §1 ({base})
 */
export const baseUrlOf = (publicUrl: string | undefined): BaseUrl => {
  const rootUrl = rootUrlOf(publicUrl)
  return request => `${rootUrl(request)}${sandboxPrefixOf(request.raw)}`
}

/** Where the emulator itself is, whichever sandbox a request is for. @param publicUrl as above */
export const rootUrlOf = (publicUrl: string | undefined): BaseUrl =>
  publicUrl === undefined ? request => `${request.protocol}://${request.headers.host}` : () => publicUrl
