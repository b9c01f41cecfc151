import { MAX_PROBLEMS, MORE_PROBLEMS } from '../../schema/body-bounds.js'
import { MAX_FIRED } from '../../schema/calls/call.js'
import type { Reason } from '../../schema/reasons.js'
import type { Problem } from '../schema-check.js'
import { UAPI_ERRORS } from './uapi.js'

/** Every error of the control API: its status, its reason, and a message that says what to do. @source control-api.md "Errors", "Protection" */
export const CONTROL_ERRORS = {
  request_invalid: { status: 400, reason: 'value_malformed', message: 'The request is invalid.' },
  control_token_invalid: {
    status: 401,
    reason: 'control_token_missing',
    message:
      'Send "Authorization: Bearer <control token>". The token was set with --control-token, or printed when the emulator started.'
  },
  fixture_invalid: { status: 400, reason: 'fixture_invalid', message: 'The fixture cannot be loaded.' },
  host_not_allowed: {
    status: 403,
    reason: 'host_not_allowed',
    message:
      'This Host is not allowed here. Use localhost or an address, or start the emulator with --allowed-host <host> or --public-url <url>.'
  },
  origin_not_allowed: {
    status: 403,
    reason: 'origin_foreign',
    message:
      'A page of another origin may not change anything here. Send the request from a program, or from our own pages.'
  },
  route_unknown: {
    status: 404,
    reason: 'route_unknown',
    message: 'There is nothing at this path. GET / lists the paths of the emulator.'
  },
  call_unknown: {
    status: 404,
    reason: 'call_unknown',
    message: 'No call has that callId. GET /_emulator/calls lists those in the log.'
  },
  delivery_unknown: {
    status: 404,
    reason: 'delivery_unknown',
    message: 'No delivery has that id. GET /_emulator/deliveries lists those in the log.'
  },
  sandbox_unknown: {
    status: 404,
    reason: 'sandbox_unknown',
    message: UAPI_ERRORS.sandbox_unknown.message
  },
  event_unknown: {
    status: 404,
    reason: 'event_unknown',
    message: 'No phone call event has that id. GET /_emulator/events lists them.'
  },
  event_exists: {
    status: 409,
    reason: 'event_exists',
    message: 'A phone call event has that id already. PATCH /_emulator/events/{id} changes it; or leave the id out.'
  },
  phone_unknown: {
    status: 404,
    reason: 'phone_unknown',
    message: 'No phone was set for that number. GET /_emulator/phones lists those that were.'
  },
  app_unknown: {
    status: 404,
    reason: 'app_unknown',
    message: 'No app has that client id. GET /_emulator/directory lists the apps.'
  },
  sandbox_exists: { status: 409, reason: 'sandbox_exists', message: 'There is a sandbox of this name already.' },
  sandbox_limit: {
    status: 409,
    reason: 'sandbox_limit',
    message: 'The limit of sandboxes is reached. End some: DELETE /_emulator/sandboxes/{name}.'
  },
  snapshot_unknown: {
    status: 404,
    reason: 'snapshot_unknown',
    message:
      'No snapshot has that name. PUT /_emulator/snapshots/{name} takes one; GET /_emulator/snapshots lists them.'
  },
  request_unknown: {
    status: 404,
    reason: 'request_unknown',
    message: 'No request has that id. GET /_emulator/requests lists those in the journal.'
  },
  fault_unknown: {
    status: 404,
    reason: 'fault_unknown',
    message: 'No fault has that id. GET /_emulator/faults lists the faults.'
  },
  fault_state: {
    status: 409,
    reason: 'fault_state',
    message: 'This fault holds no deliveries. Only {"hold":true} does.'
  },
  fault_limit: {
    status: 409,
    reason: 'fault_limit',
    message: 'The limit of faults is reached. Remove some: DELETE /_emulator/faults.'
  },
  catch_limit: {
    status: 409,
    reason: 'catch_limit',
    message:
      'The limit of 100 names of catch addresses is reached. Delete the requests of some: DELETE /_emulator/caught?name=….'
  },
  request_timeout: { status: 408, reason: 'request_timeout', message: 'The request was not received in time.' },
  uri_too_long: {
    status: 414,
    reason: 'target_too_long',
    message: 'The request target is longer than 8,192 bytes. Send long values in the body.'
  },
  headers_too_large: {
    status: 431,
    reason: 'headers_too_large',
    message: 'The headers are larger than 16 KiB, or more than 200. Send fewer.'
  },
  wait_timeout: { status: 408, reason: 'wait_timeout', message: 'The condition was not met in time.' },
  call_state: { status: 409, reason: 'call_state', message: 'The state of the call forbids it.' },
  call_exists: {
    status: 409,
    reason: 'call_exists',
    message: 'Another call has that id. Pin a free one, or leave it out.'
  },
  delivery_state: { status: 409, reason: 'delivery_state', message: 'The state of the delivery forbids it.' },
  snapshot_limit: {
    status: 409,
    reason: 'snapshot_limit',
    message: 'The limit of snapshots is reached. Remove some: DELETE /_emulator/snapshots/{name}.'
  },
  state_replaced: {
    status: 409,
    reason: 'state_replaced',
    message: 'Cancelled: the state was reset, or restored from a snapshot, before the request was done.'
  },
  too_many_armed: {
    status: 413,
    reason: 'too_many_armed',
    message: `The call would fire more than ${MAX_FIRED} phone call events at one time.`
  },
  request_too_large: {
    status: 413,
    reason: 'body_too_large',
    message: 'The body is larger than this operation accepts.'
  },
  body_too_complex: {
    status: 413,
    reason: 'body_values_exceeded',
    message: 'The body has more levels, members or values than this operation accepts.'
  },
  content_type_unsupported: {
    status: 415,
    reason: 'content_type_unsupported',
    message: 'Send the body as application/json.'
  },
  internal_error: { status: 500, reason: 'unexpected', message: 'An error in the emulator. Its log says more.' },
  storage_full: {
    status: 507,
    reason: 'storage_full',
    message: 'The disk of the database is full. Nothing was changed. Make room on it, or reset the state.'
  },
  storage_failed: {
    status: 500,
    reason: 'storage_failed',
    message: 'The database cannot be written. Nothing was changed. Check its disk and permissions.'
  },
  transfer_encoding_unsupported: {
    status: 501,
    reason: 'transfer_encoding_unsupported',
    message: 'Of the transfer codings only chunked is read: send the body without another one.'
  },
  stopping: { status: 503, reason: 'stopping', message: 'The emulator is shutting down.' }
} as const satisfies Record<string, { status: number; reason: Reason; message: string }>

/** A code of the catalogue. */
export type ControlErrorCode = keyof typeof CONTROL_ERRORS

/** The facts of one error, in place of those of its row in the catalogue. */
export interface ControlErrorFacts {
  reason?: Reason
  message?: string
  status?: number
  /** The problems of the request, one a place. Those beyond MAX_PROBLEMS are left out, which the message says. */
  details?: Problem[]
  /** Whether there are more problems than `details` has. */
  hasMore?: boolean
}

/** An error of the control API. */
export class ControlError extends Error {
  readonly code: ControlErrorCode
  readonly reason: Reason
  readonly status: number
  readonly details: Problem[] | undefined

  constructor(code: ControlErrorCode, { reason, message, status, details: found, hasMore }: ControlErrorFacts = {}) {
    const row = CONTROL_ERRORS[code]
    const details = found?.slice(0, MAX_PROBLEMS)
    const isCut = hasMore ?? (found ?? []).length > MAX_PROBLEMS
    super(message ?? (details ? explain(details, isCut) : row.message))
    this.code = code
    this.reason = reason ?? row.reason
    this.status = status ?? row.status
    this.details = details
  }
}

/**
 * The error for an `after` that names no entry: a list from there could repeat or miss entries.
 * @param entry as in `call in the log`
 */
export const unknownAfter = (entry: string): ControlError =>
  new ControlError('request_invalid', {
    details: [{ path: '?after', message: `names no ${entry}; leave it out to begin with the oldest` }]
  })

/** The first problems in one message, for clients that show no details. */
function explain(problems: Problem[], hasMore: boolean): string {
  const shown = problems.slice(0, 3).map(({ path, message }) => `${path} ${message}`)
  const more = problems.length - shown.length
  const sentence = `${shown.join('; ')}${more === 0 ? '' : `; and ${more} more, see details`}.`
  return hasMore ? `${sentence} ${MORE_PROBLEMS}` : sentence
}
