import Type, { type Static } from 'typebox'
import { PhoneCall } from './phone-call.js'
import { EventId, PhoneCallEvent } from './phone-call-event.js'

/** The absolute URLs of the previous and the next page, if they exist. @source contract §3 (v3, clients) */
export const Paging = Type.Object({ prev: Type.Optional(Type.String()), next: Type.Optional(Type.String()) })
export type Paging = Static<typeof Paging>

/** An entry of a collection, with the members that `fields` selects. */
export const Entry = Type.Partial(PhoneCallEvent)
export type Entry = Static<typeof Entry>

/** The members of a page of entries beside the entries. @source page "List › Example Response" */
const page = {
  startIndex: Type.Integer({ description: 'The index of the first entry.' }),
  totalResults: Type.Integer({ description: 'The number of matching entries, before paging.' }),
  itemsPerPage: Type.Integer({ description: 'The requested count.' }),
  filtered: Type.Boolean(),
  sorted: Type.Boolean(),
  paging: Type.Optional(Paging)
}

/** A page of entries. */
export type Collection<E> = Omit<PhoneCallEventCollection, 'entry'> & { entry: E[] }

/** A page of phone call events. @source page "List › Example Response" */
export const PhoneCallEventCollection = Type.Object({ ...page, entry: Type.Array(Entry) })
export type PhoneCallEventCollection = Static<typeof PhoneCallEventCollection>

/** A page of PhoneCalls. @source phone-calls.md "Paths" (v3) */
export const PhoneCallCollection = Type.Object({ ...page, entry: Type.Array(Type.Partial(PhoneCall)) })
export type PhoneCallCollection = Static<typeof PhoneCallCollection>

/** The answer of Create and Update. @source page "Create › Example Response" */
export const PhoneCallEventEnvelope = Type.Object({ PhoneCallEvent })
export type PhoneCallEventEnvelope = Static<typeof PhoneCallEventEnvelope>

/** The answer of Delete. @source page "Delete › Example Response" */
export const DeletedPhoneCallEvents = Type.Array(Type.Object({ id: EventId }))
export type DeletedPhoneCallEvents = Static<typeof DeletedPhoneCallEvents>
