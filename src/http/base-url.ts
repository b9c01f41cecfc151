import type { FastifyRequest } from 'fastify'

/** Where a request was sent, scheme and host, without a slash at the end. */
export type BaseUrl = (request: FastifyRequest) => string

/**
 * Where links lead: what the operator says, else what the request names.
 * @param publicUrl what stands for it, when the operator says so; forwarded-* headers never do
 * @source contract §1 ({base})
 */
export const baseUrlOf = (publicUrl: string | undefined): BaseUrl =>
  publicUrl === undefined ? request => `${request.protocol}://${request.headers.host}` : () => publicUrl
