import type { EventType } from '../schema/event-type.js'
import { STATUSES, type StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Database } from './database.js'

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

/** Prepares the queries for the events that may fire at a moment. */
export function createCandidateEventStore({ sql }: Database) {
  const few = sql.prepare<[Omit<Scope, 'type'>], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} ORDER BY type, url, id LIMIT ${FEW + 1}`)
  const armed = sql.prepare<[Scope & { count: number }], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type = @type AND status = '${STATUSES.enabled}' ORDER BY url, id LIMIT @count`)
  const disabled = sql.prepare<[Scope & { count: number }], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type = @type AND status = '${STATUSES.disabled}'
    ORDER BY url, id LIMIT @count`)
  const otherTypes = sql.prepare<[Scope & { count: number }], CandidateEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type <> @type ORDER BY type, url, id LIMIT @count`)
  const counts = sql.prepare<[Scope], { total: number; ofType: number }>(`
    SELECT count(*) AS total, coalesce(sum(type = @type), 0) AS ofType ${OF_EXTENSION}`)

  const ofMany = (scope: Scope, maxOthers: number, maxArmed: number): Candidates => {
    const found = armed.all({ ...scope, count: maxArmed + maxOthers })
    const firing = found.slice(0, maxArmed)
    const { total, ofType } = counts.get(scope) ?? { total: 0, ofType: 0 }
    if (found.length > maxArmed) {
      const others = found.slice(maxArmed) // not all are counted by status, which would take longer than to fire
      return { armed: firing, others, disabled: 0, otherType: total - ofType, overLimit: ofType - maxArmed }
    }
    const first = disabled.all({ ...scope, count: maxOthers })
    return {
      armed: firing,
      others: [...first, ...otherTypes.all({ ...scope, count: maxOthers - first.length })],
      disabled: ofType - firing.length,
      otherType: total - ofType,
      overLimit: 0
    }
  }

  return {
    /**
     * Creates a finder for the moments of one instant; it reads the events of an extension only once.
     * @param maxOthers how many of the events that do not fire are listed
     */
    finder(maxOthers: number): FindCandidates {
      const read = new Map<string, CandidateEvent[]>()
      return (extension, user, type, maxArmed) => {
        const events = read.get(extension) ?? few.all({ extension, user })
        read.set(extension, events)
        return events.length > FEW || events.length > maxArmed
          ? ofMany({ extension, user, type }, maxOthers, maxArmed)
          : ofFew(events, type, maxOthers)
      }
    },
    /** Whether an extension has more armed events of a type than so many. */
    hasMoreArmed: (scope: Scope, count: number): boolean => armed.all({ ...scope, count: count + 1 }).length > count
  }
}

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
