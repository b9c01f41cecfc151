import type { EventType } from '../schema/event-type.js'
import { STATUSES, type StoredPhoneCallEvent } from '../schema/phone-call-event.js'
import type { Database } from './database.js'

/** What a moment has to know of an event. */
export type ConsideredEvent = Pick<StoredPhoneCallEvent, 'id' | 'type' | 'method' | 'url' | 'status'>

/** The events of an extension, as a moment of one type looks at them. */
export interface Considered {
  /** Those that fire, in the order of url, then id. @source call-events.md §1 */
  armed: ConsideredEvent[]
  /** The first of those that do not: the disabled ones of the type, then those of other types. */
  others: ConsideredEvent[]
  disabled: number
  otherType: number
}

/** Looks at the events of an extension of a user; what it has read once it does not read again. */
export type Consider = (extension: string, user: string, type: EventType) => Considered

/** Phone call events as moments look at them. */
export type ConsideredEventStore = ReturnType<typeof createConsideredEventStore>

interface Scope {
  user: string
  extension: string
  type: EventType
}

const COLUMNS = 'id, type, method, url, status'
const OF_EXTENSION = 'FROM phone_call_events WHERE user = @user AND extension = @extension'

/** An extension with more events than this is asked what it has of a type, and not for all it has. */
const FEW = 64

/** Prepares what is asked at moments. */
export function createConsideredEventStore({ sql }: Database) {
  const few = sql.prepare<[Omit<Scope, 'type'>], ConsideredEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} ORDER BY type, url, id LIMIT ${FEW + 1}`)
  const armed = sql.prepare<[Scope], ConsideredEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type = @type AND status = '${STATUSES.enabled}' ORDER BY url, id`)
  const disabled = sql.prepare<[Scope & { count: number }], ConsideredEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type = @type AND status = '${STATUSES.disabled}'
    ORDER BY url, id LIMIT @count`)
  const otherTypes = sql.prepare<[Scope & { count: number }], ConsideredEvent>(`
    SELECT ${COLUMNS} ${OF_EXTENSION} AND type <> @type ORDER BY type, url, id LIMIT @count`)
  const counts = sql.prepare<[Scope], { total: number; ofType: number }>(`
    SELECT count(*) AS total, coalesce(sum(type = @type), 0) AS ofType ${OF_EXTENSION}`)

  const ofMany = (scope: Scope, listed: number): Considered => {
    const firing = armed.all(scope)
    const { total, ofType } = counts.get(scope) ?? { total: 0, ofType: 0 }
    const first = disabled.all({ ...scope, count: listed })
    return {
      armed: firing,
      others: [...first, ...otherTypes.all({ ...scope, count: listed - first.length })],
      disabled: ofType - firing.length,
      otherType: total - ofType
    }
  }

  return {
    /** One look, for what happens at one instant. @param listed how many of those that do not fire are wanted */
    look(listed: number): Consider {
      const seen = new Map<string, ConsideredEvent[]>()
      return (extension, user, type) => {
        const events = seen.get(extension) ?? few.all({ extension, user })
        seen.set(extension, events)
        return events.length > FEW ? ofMany({ extension, user, type }, listed) : ofFew(events, type, listed)
      }
    }
  }
}

/** @param events all of an extension, in the order of type, url and id */
function ofFew(events: ConsideredEvent[], type: EventType, listed: number): Considered {
  const ofType = events.filter(event => event.type === type)
  const armed = ofType.filter(({ status }) => status === STATUSES.enabled)
  const disabled = ofType.filter(({ status }) => status === STATUSES.disabled)
  const otherType = events.filter(event => event.type !== type)
  return {
    armed,
    others: [...disabled, ...otherType].slice(0, listed),
    disabled: disabled.length,
    otherType: otherType.length
  }
}
