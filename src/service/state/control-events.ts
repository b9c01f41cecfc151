import { hasPhoneCallEvents } from '../../domain/addressing.js'
import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import { eventProblems, indexDirectory } from '../../domain/fixtures/check.js'
import { completePhoneCallEvent } from '../../domain/phone-call-event.js'
import type {
  EventChange,
  EventFilter,
  EventList,
  EventQuery,
  EventsRemoved,
  FixtureEvent,
  ListedEvent
} from '../../schema/fixture.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { EventId, StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import { EVENT_ID_LENGTH, printTimestamp } from '../phone-call-events.js'
import type { Clock } from '../time/clock.js'
import type { EventSource } from '../watch/event-source.js'
import type { SettingsService } from './settings.js'

/** Phone call events, set up by tests without the vendor's surface. @source control-api.md "State" */
export interface ControlEventService {
  /** The events of all extensions in the order in which they were added. @throws ControlError `request_invalid` when `after` names no event */
  list(query: EventQuery): EventList
  /** Adds an event by the rules of a fixture. @throws ControlError `request_invalid`, `event_exists` */
  create(event: FixtureEvent): ListedEvent
  /** Changes an event, and sets `modified` even if nothing changes. @throws ControlError `request_invalid`, `event_unknown` */
  change(id: EventId, change: EventChange): ListedEvent
  /** @throws ControlError `event_unknown` */
  remove(id: EventId): void
  /** Removes the events of an extension, of a type, of both, or all. */
  removeAll(filter: EventFilter): EventsRemoved
}

/** Reads and writes the events of the vendor's surface. Publishes `state`. */
export function createControlEventService({
  store: { directory, events, write },
  clock,
  newId,
  settings,
  eventSource
}: {
  store: Store
  clock: Clock
  newId: NewId
  settings: SettingsService
  eventSource: EventSource
}): ControlEventService {
  const now = () => printTimestamp(clock(), settings.current().timeZone)

  /** Runs a change as one transaction, and announces it after the commit. */
  const change = <T>(run: () => T): T => {
    const changed = write(run)
    eventSource.publish('state', { change: 'events' })
    return changed
  }

  const newEventId = () => newId(EVENT_ID_LENGTH, id => events.findAnywhere(id) !== undefined)

  const find = (id: EventId): StoredPhoneCallEvent => {
    const found = events.findAnywhere(id)
    if (found === undefined) throw new ControlError('event_unknown')
    return found
  }

  /** The owner of the extension of an event. @throws ControlError `request_invalid` with the problems of the event */
  const check = (event: FixtureEvent): string => {
    const extension = directory.findExtension(event.extension)
    const extensions = extension ? [extension] : directory.extensions() // all of them only to name some
    const details = eventProblems(event, '$', indexDirectory({ extensions }).extensions)
    if (extension === undefined) throw new ControlError('request_invalid', { reason: 'extension_unknown', details })
    if (details.length === 0) return extension.owner
    const reason = hasPhoneCallEvents(extension.kind) ? 'value_malformed' : 'extension_kind'
    throw new ControlError('request_invalid', { reason, details })
  }

  return {
    list({ limit = DEFAULT_LIMIT, after, ...match }) {
      if (after !== undefined && events.findAnywhere(after) === undefined) throw unknownAfter('phone call event')
      const { page, total } = events.listAnywhere(match, limit, after)
      return { events: page.map(toListed), total }
    },
    create(event) {
      const user = check(event)
      return change(() => {
        const { id = newEventId() } = event
        if (events.findAnywhere(id) !== undefined) throw new ControlError('event_exists')
        const created = completePhoneCallEvent(event, { user, id, modified: now() })
        events.add(created)
        return toListed(created)
      })
    },
    change: (id, changes) =>
      change(() => {
        const found = find(id)
        const details = eventProblems(changes, '$', indexDirectory({}).extensions) // a change names no extension
        if (details.length > 0) throw new ControlError('request_invalid', { details })
        const event = { ...found, ...changes, modified: now() }
        events.update(event, found)
        return toListed(event)
      }),
    remove: id =>
      change(() => {
        events.remove(find(id))
      }),
    removeAll: filter => ({ removed: change(() => events.removeAnywhere(filter)) })
  }
}

const toListed = ({ user, ...event }: StoredPhoneCallEvent): ListedEvent => event
