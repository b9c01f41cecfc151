import Type, { type Static } from 'typebox'
import { App, Extension, Organization, Token, User, UserId } from './directory.js'
import { Fixture } from './fixture.js'
import { MAX_TOKEN_SECONDS, Settings } from './settings.js'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

/** How many of each there are. */
export const StateCounts = Type.Object({
  organizations: Count,
  users: Count,
  extensions: Count,
  apps: Count,
  tokens: Count,
  sessions: Count,
  phoneCallEvents: Count
})
export type StateCounts = Static<typeof StateCounts>

/** A fixture as requests give it: one that the emulator knows by name, or a whole document. */
export const GivenFixture = Type.Union([
  Type.String({ description: 'One that comes with the emulator, or that it was started with.' }),
  Fixture
])
export type GivenFixture = Static<typeof GivenFixture>

/** What is there after a reset; the fixtures that the emulator was started with, when it is left out. */
export const ResetRequest = Type.Object({ fixture: Type.Optional(GivenFixture) }, closed)
export type ResetRequest = Static<typeof ResetRequest>

/** What stands in place of a secret that is not shown. */
export const MASK = '***'

/** Who exists. */
export const Directory = Type.Object({
  organizations: Type.Array(Organization),
  users: Type.Array(User),
  extensions: Type.Array(Extension),
  apps: Type.Array(
    Type.Object({ ...App.properties, clientSecret: Type.Literal(MASK, { description: 'It is not shown.' }) })
  )
})
export type Directory = Static<typeof Directory>

/** What is asked of a new token. Without a time it never expires; one of no seconds has expired already. */
export const TokenRequest = Type.Object(
  { user: UserId, expiresInSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_TOKEN_SECONDS })) },
  closed
)
export type TokenRequest = Static<typeof TokenRequest>

/** A token that was made for a test. */
export const IssuedToken = Type.Object({
  accessToken: Token.properties.accessToken,
  expiresAt: Type.Union([Type.String({ description: 'ISO 8601 in UTC.' }), Type.Null()], {
    description: 'Null: never.'
  })
})
export type IssuedToken = Static<typeof IssuedToken>

/** What is asked of a new session. */
export const SessionRequest = Type.Object({ user: UserId }, closed)
export type SessionRequest = Static<typeof SessionRequest>

/** A session that was opened for a test. */
export const OpenedSession = Type.Object({
  cookie: Type.String({ description: 'The Cookie header: `dev=…; xsrf-token=…; vn=…`.' }),
  xsrfToken: Type.String({ description: 'The x-xsrf-token header that has to come with it.' })
})
export type OpenedSession = Static<typeof OpenedSession>

/** Settings to change; the others stay as they are. */
export const SettingsChange = Type.Partial(Settings, closed)
export type SettingsChange = Static<typeof SettingsChange>

/** What the names of snapshots look like, as a pattern. */
export const SNAPSHOT_NAME = '^[A-Za-z0-9_.-]{1,64}$'

/** How many snapshots there may be. */
export const MAX_SNAPSHOTS = 100

/** A state that was put by. */
export const Snapshot = Type.Object({
  name: Type.String({ pattern: SNAPSHOT_NAME, description: 'For example before-checkout.' }),
  createdAt: Type.String({ description: 'ISO 8601 in UTC, by the machine.' }),
  counts: StateCounts
})
export type Snapshot = Static<typeof Snapshot>

/** The snapshots, oldest first. */
export const SnapshotList = Type.Object({ snapshots: Type.Array(Snapshot), total: Type.Integer() })
export type SnapshotList = Static<typeof SnapshotList>

/** How the emulator is. @source control-api.md "State" */
export const Health = Type.Object({
  status: Type.Literal('ok'),
  version: Type.String(),
  uptimeMs: Type.Integer({ description: 'Milliseconds of wall time since the start.' }),
  sandboxes: Type.Integer({ description: 'How many emulators live here, the default one included.' }),
  database: Type.String({ description: 'The name of the database file, or :memory:.' })
})
export type Health = Static<typeof Health>
