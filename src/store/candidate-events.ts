import type { EventType } from '../schema/event-type.js'
import { STATUSES, type StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Database } from './database.js'
import type { PhoneCallEventStore } from './phone-call-events.js'

/** A phone call event, with the members that decide whether and how it fires. */
export type CandidateEvent = Pick<StoredPhoneCallEvent, 'id' | 'type' | 'method' | 'url' | 'status'>

/** The events of an extension at a moment of one type. */
export interface Candidates {
  /** The events that fire, ordered by url, then id. @source call-events.md §1 */
  armed: CandidateEvent[]
  /** The first events that do not fire: the disabled ones of the type, then those of other types. */
  others: CandidateEvent[]
  /** The number of events of the type that are disabled. */
  disabled: number
  /** The number of events of other types. */
  otherType: number
  /** The number of events of the type beyond those that may fire; disabled ones among them are not told apart. */
  overLimit: number
}

/** Finds the events of an extension of a user at a moment of one type. @param maxArmed how many may fire */
export type FindCandidates = (extension: string, user: string, type: EventType, maxArmed: number) => Candidates

/** The phone call events that may fire at a moment. */
export type CandidateEventStore = ReturnType<typeof createCandidateEventStore>

/** The events of one extension, of one type. */
export interface Scope {
  user: string
  extension: string
  type: EventType
}

const COLUMNS = 'id, type, method, url, status'
const OF_EXTENSION = 'FROM phone_call_events WHERE user = @user AND extension = @extension'

/** Up to so many events of an extension are read at once; of more, only those that a moment needs. */
const FEW = 64

/** So many lists of armed events are kept until an event changes: a call is checked and then fires. */
const KEPT = 8

/**
 * Prepares the queries for the events that may fire at a moment. The disabled events among which the armed ones stand are
 * read from the index alone, which has their status.
 * @param events their numbers, which are cached
 */
export function createCandidateEventStore({ sql }: Database, events: Pick<PhoneCallEventStore, 'count' | 'version'>) {
  const few = sql.prepare<[Omit<Scope, 'type'>], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} ORDER BY type, url, id LIMIT ${FEW + 1}`)
  const ofStatus = (status: string) =>
    sql.prepare<[Scope & { count: number }], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type = @type AND status = '${status}' ORDER BY url, id LIMIT @count`)
  const armed = ofStatus(STATUSES.enabled)
  const disabled = ofStatus(STATUSES.disabled)
  const ofOtherTypes = (comparison: '<' | '>') =>
    sql.prepare<[Scope & { count: number }], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type ${comparison} @type ORDER BY type, url, id LIMIT @count`)
  const before = ofOtherTypes('<') // two ranges: with one condition the events of the type would be read as well
  const after = ofOtherTypes('>')

  const kept = new Map<string, { found: CandidateEvent[]; count: number }>()
  let keptAt = events.version()

  /** The first armed events of a type, at least so many if there are. */
  const findArmed = (scope: Scope, count: number): CandidateEvent[] => {
    if (events.count(scope) === 0) return []
    if (keptAt !== events.version()) kept.clear()
    keptAt = events.version()
    const key = JSON.stringify([scope.user, scope.extension, scope.type])
    const known = kept.get(key)
    if (known !== undefined && (count <= known.count || known.found.length < known.count)) return known.found
    const found = armed.all({ ...scope, count })
    if (kept.size >= KEPT) kept.clear()
    kept.set(key, { found, count })
    return found
  }

  /** The first events that do not fire, all of the armed ones among which fire. */
  const findOthers = (scope: Scope, count: number, { disabled: ofType, otherType }: Numbers): CandidateEvent[] => {
    const others = ofType === 0 ? [] : disabled.all({ ...scope, count })
    for (const range of otherType === 0 ? [] : [before, after]) {
      if (others.length < count) others.push(...range.all({ ...scope, count: count - others.length }))
    }
    return others
  }

  const ofMany = (scope: Scope, maxOthers: number, maxArmed: number): Candidates => {
    const found = findArmed(scope, maxArmed + maxOthers)
    const firing = found.slice(0, maxArmed)
    const ofType = events.count(scope)
    const otherType = events.count({ user: scope.user, extension: scope.extension }) - ofType
    if (found.length > maxArmed) {
      // Those beyond the limit are not counted by status, which would take longer than firing the others.
      const others = found.slice(maxArmed, maxArmed + maxOthers)
      return { armed: firing, others, disabled: 0, otherType, overLimit: ofType - maxArmed }
    }
    const numbers = { disabled: ofType - firing.length, otherType }
    return { armed: firing, others: findOthers(scope, maxOthers, numbers), ...numbers, overLimit: 0 }
  }

  return {
    /**
     * Creates a finder for the moments of one instant; it reads the events of an extension only once.
     * @param maxOthers how many of the events that do not fire are listed
     */
    finder(maxOthers: number): FindCandidates {
      const read = new Map<string, CandidateEvent[]>()
      return (extension, user, type, maxArmed) => {
        const all = read.get(extension) ?? few.all({ extension, user })
        read.set(extension, all)
        return all.length > FEW || all.length > maxArmed
          ? ofMany({ extension, user, type }, maxOthers, maxArmed)
          : ofFew(all, type, maxOthers)
      }
    },
    /** Whether an extension has more armed events of a type than so many. */
    hasMoreArmed: (scope: Scope, count: number): boolean =>
      events.count(scope) > count && findArmed(scope, count + 1).length > count
  }
}

type Numbers = Pick<Candidates, 'disabled' | 'otherType'>

/** @param events all events of an extension, ordered by type, url and id */
function ofFew(events: CandidateEvent[], type: EventType, maxOthers: number): Candidates {
  const ofType = events.filter(event => event.type === type)
  const armed = ofType.filter(({ status }) => status === STATUSES.enabled)
  const disabled = ofType.filter(({ status }) => status === STATUSES.disabled)
  const otherType = events.filter(event => event.type !== type)
  return {
    armed,
    others: [...disabled, ...otherType].slice(0, maxOthers),
    disabled: disabled.length,
    otherType: otherType.length,
    overLimit: 0
  }
}
