import { EVENT_TYPES } from '../../schema/event-type.js'

/**
 * The values of `X-Emulator-Reason`, and their meaning. They distinguish cases that share one of the vendor's codes, for
 * debugging. Printed in docs/errors.md.
 */
export const REASONS = {
  // credentials
  credentials_missing: 'no bearer token, no accessRequestToken and no vn cookie was sent',
  token_unknown: 'the bearer token was never issued here',
  token_expired: 'the bearer token has expired',
  session_unknown: 'the vn cookie names no session, or was sent twice with different values',
  xsrf_missing: 'the x-xsrf-token header or the xsrf-token cookie is missing',
  xsrf_mismatch: 'the x-xsrf-token header, the xsrf-token cookie and the session do not agree',
  role_forbids: "the role of the authenticated user does not reach the addressed user's extensions",
  host_not_allowed: 'the Host is neither local nor the public URL; see --allowed-host',
  // the address
  user_unknown: 'no user has that id',
  extension_missing: 'the path has no extension',
  extension_self: '@self was sent, which this service refuses',
  extension_malformed: 'the extension has characters other than digits and *',
  extension_unknown: 'no extension has that number',
  extension_not_owned: 'the extension belongs to another user than the addressed one',
  extension_kind: 'the extension is of a kind that has no phone call events',
  organization_missing: 'a short number was sent for a user that has no organization',
  event_type_missing: 'no event type was sent',
  event_type_malformed: `the event type is not one of ${EVENT_TYPES.map(({ code }) => code).join(', ')}`,
  event_type_conflict: 'the event type of the path and of the body differ',
  event_id_missing: 'no event id was sent',
  event_id_malformed: 'the event id is not 1 to 255 letters and digits',
  event_unknown: 'no phone call event has that id under that extension and type',
  // values
  value_missing: 'a value that is required was not sent',
  value_malformed: 'the value is not one of those allowed, or is malformed',
  value_too_long: 'the value is longer than allowed',
  value_empty: 'the value is empty',
  value_repeated: 'a parameter that has one value was sent more than once',
  value_out_of_range: 'the number is smaller or larger than allowed',
  // HTTP
  json_malformed: 'the body is not JSON',
  json_not_an_object: 'the body is JSON, but not an object',
  encoding_malformed: 'the path, the query or the body is not valid percent-encoded UTF-8',
  host_missing: 'the request has no Host header',
  host_repeated: 'the request has more than one Host header',
  host_malformed: 'the Host header is not a host with an optional port',
  http_unreadable: 'the bytes on the connection are not an HTTP/1.1 request',
  body_length_mismatch: 'the body is not as long as Content-Length says',
  body_too_large: 'the body is larger than this route accepts',
  target_too_long: 'the request target is longer than 8192 bytes',
  headers_too_large: 'the headers are larger than 16 KiB, or more than 200',
  request_timeout: 'the request was not complete in time',
  content_type_unsupported: 'the body has another content type than this route accepts',
  route_unknown: 'no operation has that path',
  method_unknown: 'no operation has that method on that path',
  // the emulator
  stopping: 'the emulator is shutting down',
  fault_injected: 'a fault injected it; GET /_emulator/faults lists the faults',
  unexpected: 'an error in the emulator; its log says more',
  // OAuth
  client_unknown: 'no app has that client id and secret',
  client_missing: 'no client credentials were sent',
  client_ambiguous: 'client credentials were sent twice and differ',
  client_untrusted: 'the app is not trusted, which client_credentials requires',
  grant_type_missing: 'no grant_type was sent',
  grant_type_unsupported: 'the grant_type is not one of the three',
  code_missing: 'no code was sent',
  code_unknown: 'the code was never issued to this app, was used, or has expired',
  refresh_token_missing: 'no refresh_token was sent',
  refresh_token_unknown: 'the refresh_token was never issued to this app',
  redirect_uri_mismatch:
    'the redirect_uri is not registered for the app, or not the one that the code was requested with',
  // our own API
  control_token_missing: 'the control API needs Authorization: Bearer <control token> when it is bound off loopback',
  query_unknown: 'the query has a parameter that the operation does not have',
  origin_foreign: 'a page of another origin may not use the control API',
  member_unknown: 'the body has a member that the operation does not have',
  call_unknown: 'no call has that callId, or it was dropped from the log',
  call_state: 'the call has ended, is already answered, or follows its script',
  delivery_unknown: 'no delivery has that id, or it was dropped from the log',
  delivery_state: 'the delivery is pending or in flight',
  request_unknown: 'no request has that id, or it was dropped from the journal',
  not_verified: 'the deliveries or requests do not match the expectation',
  sandbox_unknown: 'no sandbox has the name in the path; it may have ended after half an hour without a request',
  sandbox_exists: 'a sandbox has that name already',
  sandbox_limit: 'there are a thousand sandboxes',
  fixture_invalid: 'the fixture has problems, which the answer lists',
  fixture_unknown: 'no fixture has that name',
  snapshot_unknown: 'no snapshot has that name',
  snapshot_limit: 'there are a hundred snapshots',
  state_replaced: 'the state was reset or restored meanwhile',
  fault_unknown: 'no fault has that id, or it was removed',
  fault_state: 'the fault holds no deliveries',
  fault_limit: 'there are a thousand faults',
  wait_timeout: 'the condition was not met in time'
} as const

/** A reason of the table. */
export type Reason = keyof typeof REASONS
