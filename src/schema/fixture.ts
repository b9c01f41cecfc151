import Type, { type Static } from 'typebox'
import { App, Extension, ExtensionNumber, Organization, Session, Token, User } from './directory.js'
import { EventType } from './event-type.js'
import { lazyCheck } from './lazy-check.js'
import { Limit } from './list-limit.js'
import { FixturePhone } from './phone.js'
import { EventId, Method, Modified, Note, PhoneCallEventPatch, Status, Url } from './phone-call-event.js'
import { Settings } from './settings.js'

const closed = { additionalProperties: false }

/** A phone call event of a fixture. Defaults when it is loaded: a new id, the present time, enabled, no note. */
export const FixtureEvent = Type.Object(
  {
    extension: ExtensionNumber,
    type: EventType,
    id: Type.Optional(EventId),
    method: Method,
    url: Url,
    status: Type.Optional(Status),
    note: Type.Optional(Note),
    modified: Type.Optional(Modified)
  },
  closed
)
export type FixtureEvent = Static<typeof FixtureEvent>

/** A phone call event in an answer of the control API: like one of a fixture, with every member. */
export const ListedEvent = Type.Object({ ...Type.Required(FixtureEvent).properties })
export type ListedEvent = Static<typeof ListedEvent>

/** The change of a phone call event over the control API: the members to replace. */
export const EventChange = Type.Object({ ...PhoneCallEventPatch.properties }, closed)
export type EventChange = Static<typeof EventChange>

const { extension, type, method } = FixtureEvent.properties

/** Selects phone call events to remove; all of them when it is empty. */
export const EventFilter = Type.Partial(Type.Object({ extension, type }), closed)
export type EventFilter = Static<typeof EventFilter>

/** The query of a list of phone call events. @source control-api.md "State" */
export const EventQuery = Type.Partial(
  Type.Object({ extension, type, method, status: Status, limit: Limit, after: EventId }),
  closed
)
export type EventQuery = Static<typeof EventQuery>

/** A list of phone call events, in the order in which they were added. */
export const EventList = Type.Object({
  events: Type.Array(ListedEvent),
  total: Type.Integer({ description: 'How many events match, before `limit`.' })
})
export type EventList = Static<typeof EventList>

/** The number of phone call events that were removed. */
export const EventsRemoved = Type.Object({ removed: Type.Integer() })
export type EventsRemoved = Static<typeof EventsRemoved>

/**
 * A document that an emulator is seeded with. Entries refer to each other by id and by extension number, also to those
 * of earlier fixtures. An entry with an existing id or number replaces it.
 * @source control-api.md "State"
 */
export const Fixture = Type.Partial(
  Type.Object({
    $schema: Type.String({ description: 'The URL of the schema, for editors.' }),
    organizations: Type.Array(Organization),
    users: Type.Array(User),
    extensions: Type.Array(Extension),
    apps: Type.Array(App),
    tokens: Type.Array(Token),
    sessions: Type.Array(Session),
    phoneCallEvents: Type.Array(FixtureEvent),
    phones: Type.Array(FixturePhone),
    settings: Type.Partial(Settings, closed)
  }),
  closed
)
export type Fixture = Static<typeof Fixture>

/** Whether a document matches the schema. Compiled once, at the first use. */
export const isFixture = lazyCheck(Fixture)

/** The JSON Schema that is published as fixtures/fixture.schema.json. */
export const fixtureSchemaDocument = () => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A fixture of uapi-emulator',
  ...Fixture
})
