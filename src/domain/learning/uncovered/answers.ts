import { DeletedPhoneCallEvents, PhoneCallCollection, PhoneCallEventCollection } from '../../../schema/collection.js'
import { lazyCheck } from '../../../schema/lazy-check.js'
import { COUNT } from '../../../schema/listing.js'
import { PhoneCall, PhoneCallView } from '../../../schema/phone-call.js'
import { PhoneCallEvent } from '../../../schema/phone-call-event.js'
import { collectionIn, entriesOf, eventsIn, membersOf, phoneCallsIn, viewsOf } from '../resources.js'
import type { SeenExchange } from '../seen-exchange.js'
import { createShapeCheck } from './shape.js'

const checkEvent = createShapeCheck('PhoneCallEvent', PhoneCallEvent)
const checkCall = createShapeCheck('PhoneCall', PhoneCall)
const checkView = createShapeCheck('phoneCallView', PhoneCallView)
const checkEvents = createShapeCheck('the collection of PhoneCallEvents', PhoneCallEventCollection)
const checkCalls = createShapeCheck('the collection of PhoneCalls', PhoneCallCollection)
const isDeleted = lazyCheck(DeletedPhoneCallEvents)

/** The differences of the body of a success, as sentences. */
export function differencesOfAnswer(seen: SeenExchange): string[] {
  switch (seen.operation) {
    case 'create':
    case 'update':
      return differencesOfEnvelope(seen)
    case 'list':
    case 'phoneCalls.list':
      return seen.status === 204 ? [] : differencesOfList(seen)
    case 'phoneCalls.create':
    case 'phoneCalls.update':
      return Array.isArray(seen.answer)
        ? phoneCallsIn(seen).flatMap(call => differencesOfCall(call))
        : ['The answer is no list of PhoneCalls.']
    case 'delete':
    case 'phoneCalls.delete':
      return seen.status === 204 || isDeleted(seen.answer) ? [] : ['The answer is no list of {"id": …}.']
    default:
      return []
  }
}

function differencesOfEnvelope(seen: SeenExchange): string[] {
  const members = membersOf(seen.answer)
  if (members.PhoneCallEvent === undefined) return ['The answer has no member PhoneCallEvent.']
  const others = Object.keys(members).filter(name => name !== 'PhoneCallEvent')
  return [
    ...others.map(name => `The answer has the member ${name} beside PhoneCallEvent.`),
    ...eventsIn(seen).flatMap(event => checkEvent(event))
  ]
}

function differencesOfList({ operation, answer, query }: SeenExchange): string[] {
  const isCalls = operation === 'phoneCalls.list'
  const collection = collectionIn(answer)
  if (collection === undefined) return ['The answer is no collection with entry.']
  if (isCalls && Array.isArray(answer)) return ['The collection of PhoneCalls is in a list.']
  if (Array.isArray(answer) && answer.length !== 1)
    return [`The list around the collection has ${answer.length} items.`]
  const isPartial = query.fields !== undefined && query.fields !== '@all'
  const { entry: _, ...page } = collection
  const entries = entriesOf(collection)
  return [
    ...(isCalls ? checkCalls : checkEvents)({ ...page, entry: [] }),
    ...differencesOfPage(page, query),
    ...entries.flatMap(entry => (isCalls ? differencesOfCall(entry, isPartial) : checkEvent(entry, { isPartial }))),
    ...(isCalls ? [] : differencesOfOrder(entries, query))
  ]
}

function differencesOfPage(page: Readonly<Record<string, unknown>>, { count }: SeenExchange['query']): string[] {
  const asked = count === undefined ? COUNT.default : Number(count)
  return [
    ...(typeof page.itemsPerPage === 'number' && page.itemsPerPage !== asked
      ? [
          `itemsPerPage is ${count === undefined ? 'another number than 20 without count' : 'not the count of the request'}.`
        ]
      : []),
    ...['filtered', 'sorted'].filter(name => page[name] === false).map(name => `${name} is false.`)
  ]
}

/** Entries are in code-point order of their urls, those of one url in that of their ids. @source contract §3 */
function differencesOfOrder(
  entries: Readonly<Record<string, unknown>>[],
  { sortOrder }: SeenExchange['query']
): string[] {
  const isDescending = /^desc/i.test(String(sortOrder ?? ''))
  const keys = entries.map(({ url, id }) => `${url}\n${id}`)
  if (entries.some(({ url, id }) => typeof url !== 'string' || typeof id !== 'string')) return []
  const isWrong = keys.some((key, at) => {
    const before = keys[at - 1] ?? key
    return isDescending ? before < key : before > key
  })
  return isWrong ? ['The entries of a list are not in the order of their urls.'] : []
}

function differencesOfCall(call: Readonly<Record<string, unknown>>, isPartial = false): string[] {
  const { phoneCallView: views, ...rest } = call
  const shown = Array.isArray(views) ? { ...rest, phoneCallView: [] } : call
  return [...checkCall(shown, { isPartial }), ...viewsOf(call).flatMap(view => checkView(view))]
}
