import { EventType } from '../../schema/event-type.js'
import { lazyCheck } from '../../schema/lazy-check.js'
import type { SeenExchange } from './seen-exchange.js'

/** The members of an object in an answer. */
export type SeenMembers = Readonly<Record<string, unknown>>

/** Whether a value is an event type. */
export const isEventType = lazyCheck(EventType)

/** The members of a value; none when it is no object. */
export const membersOf = (value: unknown): SeenMembers =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SeenMembers) : {} // an object of parsed JSON

/** The collection of an answer of List, in either envelope; undefined when there is none. */
export function collectionIn(answer: unknown): SeenMembers | undefined {
  const [first] = [answer].flat()
  const members = membersOf(first)
  return Array.isArray(members.entry) ? members : undefined
}

/** The entries of a collection. */
export const entriesOf = (collection: SeenMembers | undefined): SeenMembers[] =>
  Array.isArray(collection?.entry) ? collection.entry.map(membersOf) : []

/** The phone call events in an answer of Create, Update or List. */
export function eventsIn({ operation, answer }: Pick<SeenExchange, 'operation' | 'answer'>): SeenMembers[] {
  if (operation === 'list') return entriesOf(collectionIn(answer))
  if (operation !== 'create' && operation !== 'update') return []
  const { PhoneCallEvent } = membersOf(answer)
  return PhoneCallEvent === undefined ? [] : [membersOf(PhoneCallEvent)]
}

/** The PhoneCalls in an answer of Create, Update or List. */
export function phoneCallsIn({ operation, answer }: Pick<SeenExchange, 'operation' | 'answer'>): SeenMembers[] {
  if (operation === 'phoneCalls.list') return entriesOf(collectionIn(answer))
  if (operation !== 'phoneCalls.create' && operation !== 'phoneCalls.update') return []
  return Array.isArray(answer) ? answer.map(membersOf) : []
}

/** The views of a PhoneCall. */
export const viewsOf = ({ phoneCallView }: SeenMembers): SeenMembers[] =>
  Array.isArray(phoneCallView) ? phoneCallView.map(membersOf) : []
