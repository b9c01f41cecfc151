import { EVENT_TYPE_LIST } from '../../schema/event-type.js'
import { CALL_DURATION, MAX_NONCE_LENGTH, PHONE_CALL_ACTIONS, WAIT_FOR_PICKUP } from '../../schema/phone-call.js'
import { MAX_NOTE_LENGTH } from '../../schema/phone-call-event.js'
import type { Reason } from '../../schema/reasons.js'

const fragment = (name: string) => `Value supplied in the URI-Fragment as ${name} is invalid.`
const value = (name: string) => `Value supplied in ${name} parameter is missing or invalid.`
const parameter = (name: string) => `Parameter ${name} is invalid.`

/**
 * Every error of the vendor's surface: its status and its message.
 * @source contract §6 (v3, v5)
 * @assumed 0001
 */
export const UAPI_ERRORS = {
  request_invalid: { status: 400, message: 'The request is invalid or cannot be read.' },
  user_invalid: {
    status: 400,
    message: `${fragment('userId')} The parameter must reference the Id of an existing User or be set to @me, @viewer or @owner.`
  },
  extension_invalid: {
    status: 400,
    message: `${fragment('extension')} The parameter must reference the number of an existing extension and cannot be set to @self.`
  },
  pcet_type_invalid: { status: 400, message: `${value('type')} Allowed values are: ${EVENT_TYPE_LIST}.` },
  pce_type_invalid: { status: 400, message: `${value('type')} Allowed values are: ${EVENT_TYPE_LIST}.` },
  pce_id_invalid: {
    status: 400,
    message: `${fragment('eventId')} The parameter must reference the Id of an existing PhoneCallEvent.`
  },
  pce_method_invalid: { status: 400, message: `${value('method')} Allowed values are: 0 (GET), 1 (POST).` },
  pce_url_invalid: { status: 400, message: `${value('url')} The parameter must be an absolute http or https URL.` },
  pce_status_invalid: { status: 400, message: `${value('status')} Allowed values are: 0 (disabled), 1 (enabled).` },
  pce_note_invalid: {
    status: 400,
    message: `${value('note')} The parameter must be a text of at most ${MAX_NOTE_LENGTH} characters.`
  },
  phone_call_view_invalid: {
    status: 400,
    message: value('phoneCallView')
  },
  phone_call_id_invalid: {
    status: 400,
    message: `${fragment('phoneCallId')} The parameter must reference the Id of an existing PhoneCall.`
  },
  waitforpickup_invalid: {
    status: 400,
    message: `${parameter('waitForPickup')} Allowed values are: ${WAIT_FOR_PICKUP.minimum} to ${WAIT_FOR_PICKUP.maximum} seconds.`
  },
  callduration_invalid: {
    status: 400,
    message: `${parameter('callDuration')} Allowed values are: ${CALL_DURATION.minimum} to ${CALL_DURATION.maximum} seconds.`
  },
  nonce_invalid: {
    status: 400,
    message: `${parameter('nonce')} The parameter must be a text of at most ${MAX_NONCE_LENGTH} characters.`
  },
  action_invalid: {
    status: 400,
    message: `${value('action')} Allowed values are: ${Object.keys(PHONE_CALL_ACTIONS).join(', ')}.`
  },
  count_invalid: { status: 400, message: parameter('count') },
  startindex_invalid: { status: 400, message: parameter('startIndex') },
  filterby_invalid: { status: 400, message: parameter('filterBy') },
  filterop_invalid: { status: 400, message: parameter('filterOp') },
  filtervalue_invalid: { status: 400, message: parameter('filterValue') },
  fields_invalid: { status: 400, message: parameter('fields') },
  sortorder_invalid: { status: 400, message: parameter('sortOrder') },
  access_denied: { status: 403, message: 'You are not authorized to use this request.' },
  sandbox_unknown: {
    status: 404,
    message: 'There is no sandbox of this name. POST /_emulator/sandboxes creates one; GET lists them.'
  },
  request_timeout: { status: 408, message: 'The request was not received in time.' },
  request_too_large: { status: 413, message: 'The body of the request is too large.' },
  uri_too_long: { status: 414, message: 'The address of the request is too long.' },
  content_type_unsupported: {
    status: 415,
    message: 'The content type of the request is not supported. It must be application/json.'
  },
  headers_too_large: { status: 431, message: 'The headers of the request are too large.' },
  internal_server_error: {
    status: 500,
    message: 'An internal server error occurred. Please contact the administrator.'
  },
  request_not_implemented: {
    status: 501,
    message: 'You are not allowed to make the request because the operation is not implemented.'
  },
  service_unavailable: { status: 503, message: 'The service is not available at the moment.' }
} as const satisfies Record<string, { status: number; message: string }>

/** A code of the catalogue. */
export type UapiErrorCode = keyof typeof UAPI_ERRORS

/** An error of the vendor's surface: a row of the catalogue, and the reason that distinguishes its cases. */
export class UapiError extends Error {
  readonly code: UapiErrorCode
  readonly reason: Reason
  readonly status: number
  readonly remedy: string

  /**
   * @param status only for `access_denied`, which is 401 for invalid credentials and 403 for insufficient ones
   * @param remedy what to do about it, appended to the vendor's message
   */
  constructor(code: UapiErrorCode, reason: Reason, status: number = UAPI_ERRORS[code].status, remedy = '') {
    super(`${UAPI_ERRORS[code].message} ${remedy}`.trimEnd())
    this.code = code
    this.reason = reason
    this.status = status
    this.remedy = remedy
  }
}
