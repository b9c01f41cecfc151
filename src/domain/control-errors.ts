import { REASONS, type Reason } from './reasons.js'

/** Every error of our own API: its status and what to do about it. @source control-api.md "Errors", "Protection" */
export const CONTROL_ERRORS = {
  request_invalid: { status: 400, message: 'The request cannot be read.' },
  control_token_invalid: {
    status: 401,
    message:
      'Send "Authorization: Bearer <control token>". The token was set with --control-token, or printed when the emulator started.'
  },
  host_not_allowed: {
    status: 403,
    message:
      'This Host is not allowed here. Use localhost or an address, or start the emulator with --allowed-host <host> or --public-url <url>.'
  },
  origin_not_allowed: {
    status: 403,
    message:
      'A page of another origin may not change anything here. Send the request from a program, or from our own pages.'
  },
  route_unknown: { status: 404, message: 'Nothing is at this path. GET / says what is here and where.' },
  internal_error: { status: 500, message: 'A mistake of the emulator. Its log says more.' },
  stopping: { status: 503, message: 'The emulator is shutting down.' }
} as const satisfies Record<string, { status: number; message: string }>

/** A code of the catalogue. */
export type ControlErrorCode = keyof typeof CONTROL_ERRORS

/** A refusal of our own API. */
export class ControlError extends Error {
  readonly code: ControlErrorCode
  readonly reason: Reason
  readonly status: number

  constructor(
    code: ControlErrorCode,
    reason: Reason,
    message: string = CONTROL_ERRORS[code].message,
    status: number = CONTROL_ERRORS[code].status
  ) {
    super(code === 'request_invalid' ? `${message} (${REASONS[reason]})` : message)
    this.code = code
    this.reason = reason
    this.status = status
  }
}
