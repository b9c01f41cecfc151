import Type, { type Static } from 'typebox'
import { EventId, PhoneCallEvent } from './phone-call-event.js'

/** Absolute addresses of the neighbouring pages, where there are any. @source contract §3 (v3, clients) */
export const Paging = Type.Object({ prev: Type.Optional(Type.String()), next: Type.Optional(Type.String()) })
export type Paging = Static<typeof Paging>

/** An entry of a collection: the members that `fields` asked for. */
export const Entry = Type.Partial(PhoneCallEvent)
export type Entry = Static<typeof Entry>

/** A page of phone call events. @source page "List › Example Response" */
export const PhoneCallEventCollection = Type.Object({
  startIndex: Type.Integer({ description: 'The index of the first entry.' }),
  totalResults: Type.Integer({ description: 'How many entries match, before paging.' }),
  itemsPerPage: Type.Integer({ description: 'The count that was asked for.' }),
  filtered: Type.Boolean(),
  sorted: Type.Boolean(),
  paging: Type.Optional(Paging),
  entry: Type.Array(Entry)
})
export type PhoneCallEventCollection = Static<typeof PhoneCallEventCollection>

/** What Create and Update answer. @source page "Create › Example Response" */
export const PhoneCallEventEnvelope = Type.Object({ PhoneCallEvent })
export type PhoneCallEventEnvelope = Static<typeof PhoneCallEventEnvelope>

/** What Delete answers. @source page "Delete › Example Response" */
export const DeletedPhoneCallEvents = Type.Array(Type.Object({ id: EventId }))
export type DeletedPhoneCallEvents = Static<typeof DeletedPhoneCallEvents>
