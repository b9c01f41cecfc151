import { OAUTH_ERRORS } from './oauth.js'
import type { Reason } from './reasons.js'
import { UAPI_ERRORS, type UapiErrorCode } from './uapi.js'

/** What a fault answers. */
export interface InjectedAnswer {
  status: number
  /** Any word; without it, one of the catalogue that has the status. */
  code: string | undefined
}

/** A refusal that somebody asked for, in the words of the surface. */
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

/** An answer of a fault on the vendor's surface: with the vendor's message, where the code is one of the vendor's. */
export function injectedUapiError({ status, code = uapiCodeOf(status) }: InjectedAnswer): InjectedError {
  return new InjectedError(code, status, isUapiCode(code) ? UAPI_ERRORS[code].message : MESSAGE)
}

/** An answer of a fault on the token endpoint. */
export function injectedOAuthError({ status, code = oauthCodeOf(status) }: InjectedAnswer): InjectedError {
  return new InjectedError(code, status, MESSAGE)
}

const MESSAGE = 'The emulator was told to answer this: see /_emulator/faults.'

const isUapiCode = (code: string): code is UapiErrorCode => Object.hasOwn(UAPI_ERRORS, code)

/** The first code that has a status, which is the most general one. Ours is not the vendor's. */
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
