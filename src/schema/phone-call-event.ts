import Type, { type Static } from 'typebox'
import { ExtensionNumber, UserId } from './directory.js'
import { EventType } from './event-type.js'

/**
 * How the webhook is requested, by wire code.
 * @source contract §1 (v3): 0 is GET, 1 is POST.
 */
export const METHODS = { GET: '0', POST: '1' } as const

/**
 * Whether the event fires, by wire code.
 * @source contract §1 (v3): 0 is disabled, 1 is enabled.
 */
export const STATUSES = { disabled: '0', enabled: '1' } as const

/** The longest url that is accepted, in characters. @assumed 0003 */
export const MAX_URL_LENGTH = 2048

/** The longest note that is accepted, in Unicode code points. @assumed 0003 */
export const MAX_NOTE_LENGTH = 1024

export const Method = Type.Enum(Object.values(METHODS), {
  description: 'The HTTP method of the webhook: 0 (GET), 1 (POST).'
})
export type Method = Static<typeof Method>

export const Status = Type.Enum(Object.values(STATUSES), {
  description: 'Whether the event fires: 0 (disabled), 1 (enabled).'
})
export type Status = Static<typeof Status>

/**
 * The id of a phone call event. Ours are 30 characters long.
 * @source page (the sample id); contract §1
 */
export const EventId = Type.String({
  pattern: '^[A-Za-z0-9]{1,255}$',
  description: 'The id of the PhoneCallEvent, generated when it is created.'
})
export type EventId = Static<typeof EventId>

/**
 * An absolute http or https URI in the characters of RFC 3986, percent-encoded where needed.
 * The pattern is the RFC's grammar but for the address, which the domain parses.
 * @assumed 0003
 */
export const Url = Type.String({
  maxLength: MAX_URL_LENGTH,
  pattern:
    "^[Hh][Tt][Tt][Pp][Ss]?://(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?" +
    "(?:\\[[0-9A-Fa-f:.]+\\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?" +
    "(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?" +
    "(?:\\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?" +
    "(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$",
  description: 'The absolute http or https URL that is requested when the event occurs.'
})
export type Url = Static<typeof Url>

/** Free text without NUL and without lone surrogates, so that it can be stored and returned unchanged. @assumed 0003 */
export const Note = Type.String({
  maxLength: MAX_NOTE_LENGTH,
  pattern: '^[^\\u0000\\uD800-\\uDFFF]*$',
  description: 'A note about the PhoneCallEvent.'
})
export type Note = Static<typeof Note>

/** Seconds precision, with the offset of the configured time zone. @source page "Create › Example Response" */
export const Modified = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$',
  description: 'When the PhoneCallEvent was last changed, for example 2012-07-10T18:16:12+03:00.'
})
export type Modified = Static<typeof Modified>

export const Links = Type.Object({ self: Type.String({ description: 'The address of the PhoneCallEvent.' }) })
export type Links = Static<typeof Links>

/** The resource on the wire. @source page "Create › Response" */
export const PhoneCallEvent = Type.Object({
  type: EventType,
  id: EventId,
  method: Method,
  note: Note,
  url: Url,
  status: Status,
  modified: Modified,
  links: Links
})
export type PhoneCallEvent = Static<typeof PhoneCallEvent>

/** A stored phone call event: with its user and extension, without links. */
export const StoredPhoneCallEvent = Type.Object({
  ...Type.Omit(PhoneCallEvent, ['links']).properties,
  user: UserId,
  extension: ExtensionNumber
})
export type StoredPhoneCallEvent = Static<typeof StoredPhoneCallEvent>

/** The members that a client sets, all of them. */
export const NewPhoneCallEvent = Type.Pick(PhoneCallEvent, ['method', 'note', 'url', 'status'])
export type NewPhoneCallEvent = Static<typeof NewPhoneCallEvent>

/** The body of Create, as documented. `type` is required where the path has none. @source contract §2 (both forms) */
export const CreateRequest = Type.Object({
  ...Type.Pick(NewPhoneCallEvent, ['method', 'url']).properties,
  ...Type.Partial(Type.Pick(PhoneCallEvent, ['type', 'status', 'note'])).properties
})
export type CreateRequest = Static<typeof CreateRequest>

/** The members that Update can change. @source page "Update › Request Payload" */
export const PhoneCallEventPatch = Type.Partial(NewPhoneCallEvent)
export type PhoneCallEventPatch = Static<typeof PhoneCallEventPatch>
