import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { EventType } from '../schema/event-type.js'
import type { FixtureEvent } from '../schema/fixture.js'
import {
  EventId,
  Method,
  type NewPhoneCallEvent,
  Note,
  type PhoneCallEvent,
  type PhoneCallEventPatch,
  STATUSES,
  Status,
  type StoredPhoneCallEvent,
  Url
} from '../schema/phone-call-event.js'
import type { Reason } from '../schema/reasons.js'
import type { EventAddress } from './addressing.js'
import { UapiError, type UapiErrorCode } from './errors/uapi.js'

/** The absolute address of a request: scheme and host, and the segments of its path as they were sent. */
export interface AbsoluteAddress extends EventAddress {
  base: string
}

/**
 * A phone call event in its wire form, with its own address.
 * @source page "List › Example Response"
 * @assumed 0007
 */
export function printPhoneCallEvent(
  { type, id, method, note, url, status, modified }: StoredPhoneCallEvent,
  address: AbsoluteAddress
): PhoneCallEvent {
  return { type, id, method, note, url, status, modified, links: { self: `${collectionUrl(address)}/${type}/${id}` } }
}

/** The absolute address of a list, with the segments that it was requested with. */
export const listUrl = (address: AbsoluteAddress): string =>
  [collectionUrl(address), address.eventType, address.eventId].filter(Boolean).join('/')

const collectionUrl = ({ base, userId, extension }: AbsoluteAddress): string =>
  `${base}/uapi/extensions/${userId || '@me'}/${extension}/phoneCallEvents`

/** The members of a JSON body. */
export type Members = Readonly<Record<string, unknown>>

/**
 * Parses the body of Create. Members are checked in the vendor's order: type, method, url, status, note.
 * @param pathType the event type of the path, when the path has one
 * @throws UapiError `pcet_type_invalid`, `pce_method_invalid`, `pce_url_invalid`, `pce_status_invalid`, `pce_note_invalid`
 * @source contract §2: the type in the path (page), or in the body (v3, clients)
 * @assumed 0004, 0005
 */
export function parseNewPhoneCallEvent(
  body: Members,
  pathType?: EventType
): { type: EventType; input: NewPhoneCallEvent } {
  return {
    type: agreedType(pathType, members.type(body)),
    input: {
      method: required(members.method(body), 'pce_method_invalid'),
      url: required(members.url(body), 'pce_url_invalid'),
      status: members.status(body) ?? DEFAULTS.status,
      note: members.note(body) ?? DEFAULTS.note
    }
  }
}

/**
 * Completes a phone call event of a fixture or of the control API with the defaults of Create.
 * @param stamp its owner, the id and the time that it has unless it states them
 */
export const completePhoneCallEvent = (
  event: FixtureEvent,
  { user, id, modified }: Pick<StoredPhoneCallEvent, 'user' | 'id' | 'modified'>
): StoredPhoneCallEvent => ({ ...DEFAULTS, id, modified, ...event, user })

/**
 * Parses the body of Update: any subset of method, url, status and note, even an empty one. A `type` is ignored.
 * @throws UapiError `pce_method_invalid`, `pce_url_invalid`, `pce_status_invalid`, `pce_note_invalid`
 * @source page "Update › Request Payload"
 */
export function parsePhoneCallEventPatch(body: Members): PhoneCallEventPatch {
  const patch = {
    method: members.method(body),
    url: members.url(body),
    status: members.status(body),
    note: members.note(body)
  }
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
}

/** Parses the event type of a path. @throws UapiError with the given code: Create has its own */
export function parseEventType(text: string, code: 'pcet_type_invalid' | 'pce_type_invalid'): EventType {
  if (text === '') throw new UapiError(code, 'event_type_missing')
  if (!eventType.Check(text)) throw new UapiError(code, 'event_type_malformed')
  return text
}

/** Parses the event id of a path. @throws UapiError `pce_id_invalid` */
export function parseEventId(text: string): EventId {
  if (text === '') throw new UapiError('pce_id_invalid', 'event_id_missing')
  if (!eventId.Check(text)) throw new UapiError('pce_id_invalid', 'event_id_malformed')
  return text
}

/** The members of a body that an operation does not have and ignores. @source contract §1 */
export function ignoredMembers(body: Members, operation: 'create' | 'update'): string[] {
  return Object.keys(body).filter(name => !Object.hasOwn(members, name) || (name === 'type' && operation === 'update'))
}

/** Whether a url that matches the schema can be requested; one with a malformed address, `http://[::x]/`, cannot. */
export const isRequestable = (url: string): boolean => URL.canParse(url)

/** The members that Create may leave out. @assumed 0004 */
const DEFAULTS = { status: STATUSES.enabled, note: '' } as const

const eventType = Compile(EventType)
const eventId = Compile(EventId)

/** The parsers of members. A number is accepted for its digits where clients send one. @source contract §1 (clients) */
const members = {
  type: member('type', EventType, 'pcet_type_invalid', { number: true }),
  method: member('method', Method, 'pce_method_invalid', { number: true }),
  url: member('url', Url, 'pce_url_invalid', { isValid: isRequestable }),
  status: member('status', Status, 'pce_status_invalid', { number: true }),
  note: member('note', Note, 'pce_note_invalid')
}

/** A parser of one member: its value, or undefined when it is absent. */
function member<S extends TSchema>(
  name: string,
  schema: S,
  code: UapiErrorCode,
  { number = false, isValid = () => true }: { number?: boolean; isValid?: (text: string) => boolean } = {}
): (body: Members) => Static<S> | undefined {
  const validator = Compile(schema)
  return body => {
    if (!Object.hasOwn(body, name)) return undefined
    const sent = body[name]
    const value = number && typeof sent === 'number' ? String(sent) : sent
    if (typeof value === 'string' && validator.Check(value) && isValid(value)) return value as Static<S> // just checked
    throw new UapiError(code, reasonOf(value, schema))
  }
}

function reasonOf(value: unknown, schema: TSchema): Reason {
  const { maxLength } = schema as { maxLength?: number } // every TypeBox string may carry it
  if (typeof value === 'string' && maxLength !== undefined && [...value].length > maxLength) return 'value_too_long'
  return value === '' ? 'value_empty' : 'value_malformed'
}

function required<T>(value: T | undefined, code: UapiErrorCode): T {
  if (value === undefined) throw new UapiError(code, 'value_missing')
  return value
}

function agreedType(path: EventType | undefined, body: EventType | undefined): EventType {
  if (path !== undefined && body !== undefined && path !== body) {
    throw new UapiError('pcet_type_invalid', 'event_type_conflict')
  }
  const type = path ?? body
  if (type === undefined) throw new UapiError('pcet_type_invalid', 'event_type_missing')
  return type
}
