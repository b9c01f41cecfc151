import type { FastifyError, FastifyRequest } from 'fastify'
import { UapiError, type UapiErrorCode } from '../domain/errors/uapi.js'
import type { Reason } from '../schema/reasons.js'

/**
 * Converts an error that Fastify throws for a request, with a status below 500, to an error of the catalogue.
 * @returns undefined for an unexpected error
 */
export function frameworkRefusal(error: FastifyError, request: FastifyRequest): UapiError | undefined {
  const { statusCode, code } = error
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined
  const [row, reason] = ROWS[statusCode] ?? ['request_invalid', REASON_OF_CODE[code] ?? 'http_unreadable']
  return new UapiError(row, reason, undefined, reason === 'body_too_large' ? explainSize(request) : '')
}

/** How many bytes a route accepts, and how many came, where the request says it. */
function explainSize({ routeOptions: { bodyLimit }, headers }: FastifyRequest): string {
  const most = `It may have at most ${bodyLimit.toLocaleString('en-US')} bytes here`
  const sent = Number(headers['content-length'])
  return sent > bodyLimit ? `${most}; this one has ${sent.toLocaleString('en-US')}.` : `${most}.`
}

const ROWS: Partial<Record<number, [UapiErrorCode, Reason]>> = {
  408: ['request_timeout', 'request_timeout'],
  413: ['request_too_large', 'body_too_large'],
  414: ['uri_too_long', 'target_too_long'],
  415: ['content_type_unsupported', 'content_type_unsupported'],
  431: ['headers_too_large', 'headers_too_large']
}

const REASON_OF_CODE: Partial<Record<string, Reason>> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_length_mismatch',
  FST_ERR_BAD_URL: 'encoding_malformed'
}
