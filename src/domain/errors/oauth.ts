import type { Reason } from '../../schema/reasons.js'

/**
 * The errors of the token endpoint and the status of each.
 * @source contract §7: "Errors are RFC 6749 …, 400, or 401 for invalid_client"; RFC 6749 §4.1.2.1 and §5.2
 */
export const OAUTH_ERRORS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  access_denied: 400,
  sandbox_unknown: 404, // ours: the address of the whole emulator is wrong
  server_error: 500,
  temporarily_unavailable: 503
} as const

/** A code of the catalogue. */
export type OAuthErrorCode = keyof typeof OAUTH_ERRORS

/** An error of the OAuth endpoints. Its message is the `error_description`: printable ASCII without quotes. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly reason: Reason
  readonly status: number

  /** @param status for errors of HTTP itself (404, 405, 413, …), for which RFC 6749 has no codes */
  constructor(code: OAuthErrorCode, reason: Reason, description: string, status: number = OAUTH_ERRORS[code]) {
    super(description)
    this.code = code
    this.reason = reason
    this.status = status
  }
}
