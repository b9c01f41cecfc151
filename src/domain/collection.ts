import type { PhoneCallEventCollection } from '../schema/collection.js'
import type { Listing } from '../schema/listing.js'
import type { PhoneCallEvent, StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import { neighbours, type Query, TOKEN_PARAMETER } from './listing.js'

/** Where a request was sent: `base` is scheme and host, the rest the segments of its path as they were written. */
export interface RequestPlace {
  base: string
  userId: string
  extension: string
  eventType?: string | undefined
  eventId?: string | undefined
}

/**
 * A phone call event as it stands on the wire, with its own address.
 * @source page "List › Example Response"
 * @assumed 0007
 */
export function printPhoneCallEvent(
  { type, id, method, note, url, status, modified }: StoredPhoneCallEvent,
  place: RequestPlace
): PhoneCallEvent {
  return { type, id, method, note, url, status, modified, links: { self: `${collectionUrl(place)}/${type}/${id}` } }
}

/** A page of phone call events as it stands on the wire. @source page "List › Example Response"; contract §3 */
export function printCollection(
  { listing, total, page }: { listing: Listing; total: number; page: StoredPhoneCallEvent[] },
  place: RequestPlace,
  query: Query
): PhoneCallEventCollection {
  const { startIndex, count, fields } = listing
  const { prev, next } = neighbours(listing, total)
  const paging = {
    ...(prev !== undefined && { prev: pageUrl(place, query, prev) }),
    ...(next !== undefined && { next: pageUrl(place, query, next) })
  }
  const entries = page.map(event => printPhoneCallEvent(event, place))
  return {
    startIndex,
    totalResults: total,
    itemsPerPage: count,
    filtered: true,
    sorted: true,
    ...((prev ?? next) !== undefined && { paging }),
    entry: fields === undefined ? entries : entries.map(entry => pick(entry, fields))
  }
}

const collectionUrl = ({ base, userId, extension }: RequestPlace): string =>
  `${base}/uapi/extensions/${userId || '@me'}/${extension}/phoneCallEvents`

/** The address of another page: every parameter is kept but the token, which has no place in an address. */
function pageUrl(place: RequestPlace, query: Query, startIndex: number): string {
  const parameters = new URLSearchParams()
  for (const [name, sent] of Object.entries(query)) {
    if (name === TOKEN_PARAMETER || name === 'startIndex' || sent === undefined) continue
    for (const value of typeof sent === 'string' ? [sent] : sent) parameters.append(name, value)
  }
  parameters.set('startIndex', String(startIndex))
  const segments = [place.eventType, place.eventId].filter(Boolean).map(segment => `/${segment}`)
  return `${collectionUrl(place)}${segments.join('')}?${parameters}`
}

const pick = (entry: PhoneCallEvent, fields: NonNullable<Listing['fields']>): Partial<PhoneCallEvent> =>
  Object.fromEntries(fields.map(field => [field, entry[field]]))
