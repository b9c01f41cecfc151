import type { Reason } from '../../schema/reasons.js'
import { OAUTH_ERRORS } from './oauth.js'
import { UAPI_ERRORS, type UapiErrorCode } from './uapi.js'

/** The answer of a fault. */
export interface InjectedAnswer {
  status: number
  /** Any code; without it, the first of the catalogue with the status. */
  code: string | undefined
}

/** An error that a fault injects, in the form of the surface's own errors. */
export class InjectedError extends Error {
  readonly code: string
  readonly status: number
  readonly reason: Reason = 'fault_injected'

  constructor(code: string, status: number, message: string) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** An injected error of the vendor's surface; with the vendor's message if the code is the vendor's. */
export function injectedUapiError({ status, code = uapiCodeOf(status) }: InjectedAnswer): InjectedError {
  return new InjectedError(code, status, isUapiCode(code) ? UAPI_ERRORS[code].message : MESSAGE)
}

/** An injected error of the token endpoint. */
export function injectedOAuthError({ status, code = oauthCodeOf(status) }: InjectedAnswer): InjectedError {
  return new InjectedError(code, status, MESSAGE)
}

const MESSAGE = 'A fault injected this answer: see /_emulator/faults.'

const isUapiCode = (code: string): code is UapiErrorCode => Object.hasOwn(UAPI_ERRORS, code)

/** The first code with a status, which is the most general one, without our own code. */
function uapiCodeOf(status: number): string {
  if (status === 401) return 'access_denied' // it has two statuses
  const [code] = Object.entries(UAPI_ERRORS).find(([code, row]) => row.status === status && code !== OURS) ?? []
  return code ?? (status < 500 ? 'request_invalid' : 'internal_server_error')
}

function oauthCodeOf(status: number): string {
  const [code] = Object.entries(OAUTH_ERRORS).find(([code, known]) => known === status && code !== OURS) ?? []
  return code ?? (status < 500 ? 'invalid_request' : 'server_error')
}

const OURS = 'sandbox_unknown'
