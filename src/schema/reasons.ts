import { EVENT_TYPES } from './event-type.js'

/** A reason: what it means, and the rule that it comes from. */
export interface ReasonRow {
  meaning: string
  /** `page` is the vendor's; `contract`, `phone-calls` and `control-api` are documents of ours; `assumed` is a decision. */
  source: string
}

/**
 * The values of `X-Emulator-Reason`. They distinguish cases that share one of the vendor's codes, for debugging. Printed
 * in docs/errors.md.
 * @source contract §6
 */
export const REASONS = {
  // credentials
  ...from('contract §5', {
    credentials_missing: 'no bearer token, no accessRequestToken and no vn cookie was sent',
    token_unknown: 'the bearer token was never issued here',
    token_expired: 'the bearer token has expired',
    session_unknown: 'the vn cookie names no session, or was sent twice with different values',
    xsrf_missing: 'the x-xsrf-token header or the xsrf-token cookie is missing',
    xsrf_mismatch: 'the x-xsrf-token header, the xsrf-token cookie and the session do not agree',
    role_forbids: "the role of the authenticated user does not reach the addressed user's extensions"
  }),
  ...from('contract §7', {
    app_disabled: 'the app is disabled, or the bearer token is one of a disabled app'
  }),
  ...from('control-api "State"', {
    token_revoked: 'the bearer token was revoked, or ended when its app got a new secret',
    session_revoked: 'the session was revoked'
  }),
  ...from('control-api "Protection"', {
    host_not_allowed: 'the Host is neither local nor the public URL; see --allowed-host'
  }),
  // the address
  ...from('contract §5', {
    user_unknown: 'no user has that id',
    extension_unknown: 'no extension has that number',
    extension_not_owned: 'the extension belongs to another user than the addressed one'
  }),
  ...from('page "Create › Path Parameters"', {
    extension_self: '@self was sent where it names no single extension',
    extension_kind: 'the extension is of a kind that the operation does not accept'
  }),
  ...from('contract §2', {
    extension_missing: 'the path has no extension, or the body of Create of PhoneCalls none that is a text',
    extension_malformed: 'the extension has characters other than digits and *',
    organization_missing: 'a short number was sent for a user that has no organization',
    event_type_missing: 'no event type was sent',
    event_type_conflict: 'the event type of the path and of the body differ',
    event_id_missing: 'no event id was sent'
  }),
  ...from('contract §1', {
    event_type_malformed: `the event type is not one of ${EVENT_TYPES.map(({ code }) => code).join(', ')}`,
    event_id_malformed: 'the event id is not 1 to 255 letters and digits'
  }),
  ...from('assumed 0006', {
    event_unknown: 'no phone call event has that id, or it has another extension or type'
  }),
  ...from('phone-calls §6', {
    phone_call_id_malformed: 'the id of the PhoneCall is not 1 to 255 letters and digits',
    phone_call_unknown: 'no call with that id is going on, or it is not one of the extension'
  }),
  // values
  ...from('contract §6', {
    value_missing: 'a value that is required was not sent'
  }),
  ...from('contract §1', {
    value_malformed: 'the value is not one of those allowed, or is malformed'
  }),
  ...from('assumed 0003', {
    value_too_long: 'the value is longer than allowed'
  }),
  ...from('contract §3', {
    value_empty: 'the value is empty',
    value_repeated: 'a parameter that has one value was sent more than once',
    value_out_of_range: 'the number is smaller or larger than allowed'
  }),
  // phone calls
  ...from('phone-calls §6', {
    number_unknown: 'a number of the phoneCallView leads to nobody',
    number_repeated: 'source and destination name a number twice',
    source_kind: 'a source is an extension, but no Phone Terminal',
    view_unknown: 'the call has no view with that id',
    call_limit: 'a thousand calls are going on'
  }),
  ...from('phone-calls §5', {
    action_not_emulated: 'the vendor has this action, and the emulator does not',
    action_impossible: 'the call is not in the state for the action'
  }),
  // HTTP
  ...from('contract §6', {
    json_malformed: 'the body is not JSON',
    json_not_an_object: 'the body is JSON, but not an object',
    encoding_malformed: 'the path, the query or the body is not valid percent-encoded UTF-8',
    content_type_unsupported: 'the body has another content type than this route accepts',
    content_encoding_unsupported: 'the body has a Content-Encoding, such as gzip',
    route_unknown: 'no operation has that path',
    method_unknown: 'no operation has that method on that path'
  }),
  ...from('HTTP (RFC 9110)', {
    host_missing: 'the request has no Host header',
    host_repeated: 'the request has more than one Host header',
    authorization_repeated: 'the request has two Authorization headers with different values',
    host_malformed: 'the Host header is not a host with an optional port'
  }),
  ...from('HTTP (RFC 9112)', {
    http_version_unsupported: 'the version in the request line is neither HTTP/1.1 nor HTTP/1.0',
    target_malformed: 'the target in the request line is no path',
    transfer_encoding_unsupported: 'the body has a transfer coding other than chunked',
    http_unreadable: 'the bytes on the connection are not an HTTP/1.1 request',
    body_length_mismatch: 'the body is not as long as Content-Length says'
  }),
  ...from('assumed 0013', {
    body_too_large: 'the body is larger than this route accepts',
    body_depth_exceeded: 'the JSON of the body is nested deeper than this route accepts',
    body_members_exceeded: 'an object of the body has more members than this route accepts',
    body_values_exceeded: 'the body has more members and items in all than this route accepts',
    target_too_long: 'the request target is longer than 8192 bytes',
    headers_too_large: 'the headers are larger than 16 KiB, or more than 200',
    request_timeout: 'the request was not complete in time'
  }),
  ...from('assumed 0026', {
    too_many_armed: 'the call would fire more phone call events than may fire at one time'
  }),
  // the recording proxy
  ...from('assumed 0030', {
    upstream_unreachable: 'no connection to the PBX could be opened',
    upstream_timeout: 'the PBX was silent for longer than --timeout',
    upstream_closed: 'the PBX closed the connection before the end of its answer',
    upstream_garbage: 'the PBX answered with what is no HTTP/1.1',
    upstream_certificate: 'the certificate of the PBX is not accepted',
    proxy_token_missing: 'a proxy off loopback needs its token in X-Emulator-Token',
    path_ambiguous: 'a server could read the path as another one',
    path_not_passed: 'the proxy passes on no request of that method and path without --all',
    read_only: 'the proxy was started with --read-only'
  }),
  // the emulator
  ...from('contract §6', {
    stopping: 'the emulator is shutting down',
    unexpected: 'an error in the emulator; its log says more'
  }),
  ...from('control-api "Errors"', {
    storage_full: 'the disk of the database is full; nothing was changed',
    storage_failed: 'the database cannot be written; nothing was changed'
  }),
  ...from('control-api "Watching and verifying"', {
    fault_injected: 'a fault injected it; GET /_emulator/faults lists the faults'
  }),
  // OAuth
  ...from('contract §7', {
    client_unknown: 'no app has that client id and secret',
    client_ambiguous: 'client credentials were sent twice and differ',
    client_untrusted: 'the app is not trusted, which client_credentials requires',
    grant_type_unsupported: 'the grant_type is not one of the three',
    code_unknown: 'the code was never issued to this app, was revoked, or has expired',
    refresh_token_unknown: 'the refresh_token was never issued to this app, or was revoked',
    redirect_uri_mismatch:
      'the redirect_uri is not registered for the app, or not the one that the code was requested with'
  }),
  ...from('OAuth (RFC 6749)', {
    client_missing: 'no client credentials were sent',
    grant_type_missing: 'no grant_type was sent',
    code_reused: 'the code was used before; the tokens that it was exchanged for are revoked',
    code_missing: 'no code was sent',
    refresh_token_missing: 'no refresh_token was sent'
  }),
  // our own API
  ...from('control-api "Protection"', {
    control_token_missing: 'the control API needs Authorization: Bearer <control token> when it is bound off loopback',
    origin_foreign: 'a page of another origin may not use the control API'
  }),
  ...from('control-api "Errors"', {
    query_unknown: 'the query has a parameter that the operation does not have',
    member_unknown: 'the body has a member that the operation does not have'
  }),
  ...from('control-api "State"', {
    event_exists: 'a phone call event has that id already',
    phone_unknown: 'no phone was set for that number',
    app_unknown: 'no app has that client id',
    fixture_invalid: 'the fixture has problems, which the answer lists',
    fixture_unknown: 'no fixture has that name',
    snapshot_unknown: 'no snapshot has that name',
    snapshot_limit: 'there are a hundred snapshots',
    state_replaced: 'the state was reset or restored meanwhile'
  }),
  ...from('control-api "Calls and deliveries"', {
    call_unknown: 'no call has that callId, or it was dropped from the log',
    call_state: 'the leg is not in the call or not in the state for the verb, or the call follows its script',
    call_exists: 'the callId or callApiId that the request pins is taken',
    delivery_unknown: 'no delivery has that id, or it was dropped from the log',
    delivery_state: 'the delivery is pending or in flight',
    catch_limit: 'a hundred names of catch addresses have requests',
    wait_timeout: 'the condition was not met in time'
  }),
  ...from('control-api "Watching and verifying"', {
    request_unknown: 'no request has that id, or it was dropped from the journal',
    not_verified: 'the deliveries or requests do not match the expectation',
    fault_unknown: 'no fault has that id, or it was removed',
    fault_state: 'the fault holds no deliveries',
    fault_limit: 'there are a thousand faults'
  }),
  ...from('control-api "Sandboxes"', {
    sandbox_unknown: 'no sandbox has the name in the path; it may have ended after half an hour without a request',
    sandbox_exists: 'a sandbox has that name already',
    sandbox_limit: 'there are a thousand sandboxes'
  })
}

/** A reason of the table. */
export type Reason = keyof typeof REASONS

/** The rows of reasons that come from one rule. */
function from<Name extends string>(source: string, meanings: Record<Name, string>): Record<Name, ReasonRow> {
  const rows = Object.entries<string>(meanings).map(([name, meaning]) => [name, { meaning, source }])
  return Object.fromEntries(rows) as Record<Name, ReasonRow> // one for each name
}
