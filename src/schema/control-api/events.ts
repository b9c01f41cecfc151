import Type from 'typebox'
import {
  EventChange,
  EventFilter,
  EventList,
  EventQuery,
  EventsRemoved,
  FixtureEvent,
  ListedEvent
} from '../fixture.js'
import { EventId } from '../phone-call-event.js'
import { type ControlOperation, NoContent } from './operation.js'

const params = Type.Object({ id: EventId })

/** Phone call events, without the vendor's surface. @source control-api.md "State" */
export const EVENTS = {
  listEvents: {
    method: 'GET',
    path: '/events',
    tag: 'Events',
    summary: 'List the phone call events',
    description: 'Those of all extensions, in the order in which they were added.',
    query: EventQuery,
    responses: { 200: EventList }
  },
  createEvent: {
    method: 'POST',
    path: '/events',
    tag: 'Events',
    summary: 'Create a phone call event',
    description: 'Defaults: a new id, enabled, no note, and the time of the sandbox.',
    body: FixtureEvent,
    responses: { 201: ListedEvent },
    errors: ['event_exists']
  },
  removeEvents: {
    method: 'DELETE',
    path: '/events',
    tag: 'Events',
    summary: 'Remove phone call events',
    description: 'Of an extension, of a type, of both, or all.',
    query: EventFilter,
    responses: { 200: EventsRemoved }
  },
  changeEvent: {
    method: 'PATCH',
    path: '/events/{id}',
    tag: 'Events',
    summary: 'Change a phone call event',
    description: 'Sets `modified` to the present time, as an Update of the vendor does.',
    params,
    body: EventChange,
    responses: { 200: ListedEvent },
    errors: ['event_unknown']
  },
  removeEvent: {
    method: 'DELETE',
    path: '/events/{id}',
    tag: 'Events',
    summary: 'Remove a phone call event',
    params,
    responses: { 204: NoContent },
    errors: ['event_unknown']
  }
} as const satisfies Record<string, ControlOperation>
