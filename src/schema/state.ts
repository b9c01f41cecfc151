import Type, { type Static } from 'typebox'
import { App, Extension, Organization, Session, Token, User, UserId } from './directory.js'
import { Fixture } from './fixture.js'
import { MAX_TOKEN_SECONDS, Settings } from './settings.js'
import { UtcTime } from './time.js'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

/** The number of entries of each kind. */
export const StateCounts = Type.Object({
  organizations: Count,
  users: Count,
  extensions: Count,
  apps: Count,
  tokens: Count,
  sessions: Count,
  phoneCallEvents: Count,
  phones: Count
})
export type StateCounts = Static<typeof StateCounts>

/** A fixture in a request: a name or a document. */
export const GivenFixture = Type.Union([
  Type.String({ description: 'The name of a fixture that comes with the emulator, or that it was started with.' }),
  Fixture
])
export type GivenFixture = Static<typeof GivenFixture>

/** The request of a reset. The default is the fixtures that the emulator was started with. */
export const ResetRequest = Type.Object({ fixture: Type.Optional(GivenFixture) }, closed)
export type ResetRequest = Static<typeof ResetRequest>

/** Replaces a masked secret. */
export const MASK = '***'

/** An app without its secret. */
export const ListedApp = Type.Object({
  ...App.properties,
  clientSecret: Type.Literal(MASK, { description: 'The secret is masked.' })
})
export type ListedApp = Static<typeof ListedApp>

/** Organizations, users, extensions and apps. */
export const Directory = Type.Object({
  organizations: Type.Array(Organization),
  users: Type.Array(User),
  extensions: Type.Array(Extension),
  apps: Type.Array(ListedApp)
})
export type Directory = Static<typeof Directory>

/** The request of a new token. By default it never expires; with 0 it has expired already. */
export const TokenRequest = Type.Object(
  { user: UserId, expiresInSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_TOKEN_SECONDS })) },
  closed
)
export type TokenRequest = Static<typeof TokenRequest>

/** A token that was issued. */
export const IssuedToken = Type.Object({
  accessToken: Token.properties.accessToken,
  expiresAt: Type.Union([UtcTime(), Type.Null()], {
    description: 'Null when it never expires.'
  })
})
export type IssuedToken = Static<typeof IssuedToken>

/** The request of a new session. */
export const SessionRequest = Type.Object({ user: UserId }, closed)
export type SessionRequest = Static<typeof SessionRequest>

/** A session that was opened. */
export const OpenedSession = Type.Object({
  cookie: Type.String({ description: 'The Cookie header: `dev=…; xsrf-token=…; vn=…`.' }),
  xsrfToken: Type.String({ description: 'The x-xsrf-token header to send with it.' })
})
export type OpenedSession = Static<typeof OpenedSession>

/** The tokens to revoke: one, those of a user, or all. At most one member. */
export const TokenRevocation = Type.Partial(
  Type.Object({ accessToken: Token.properties.accessToken, user: UserId }),
  closed
)
export type TokenRevocation = Static<typeof TokenRevocation>

/** The sessions to revoke: one by the decoded value of its cookie `vn`, those of a user, or all. At most one member. */
export const SessionRevocation = Type.Partial(Type.Object({ vn: Session.properties.vn, user: UserId }), closed)
export type SessionRevocation = Static<typeof SessionRevocation>

/** The number of tokens or sessions that were revoked. */
export const Revoked = Type.Object({ revoked: Type.Integer() })
export type Revoked = Static<typeof Revoked>

/** The members of an app to change. A new secret ends its tokens. */
export const AppChange = Type.Partial(
  Type.Object({ disabled: Type.Boolean(), clientSecret: App.properties.clientSecret }),
  closed
)
export type AppChange = Static<typeof AppChange>

/** An app that was changed, without its secret. */
export const ChangedApp = Type.Object({ ...ListedApp.properties, disabled: Type.Boolean() })
export type ChangedApp = Static<typeof ChangedApp>

/** The settings to change; the others keep their values. */
export const SettingsChange = Type.Partial(Settings, closed)
export type SettingsChange = Static<typeof SettingsChange>

/** The pattern of the names of snapshots. */
export const SNAPSHOT_NAME = '^[A-Za-z0-9_.-]{1,64}$'

/** The maximum number of snapshots. */
export const MAX_SNAPSHOTS = 100

/** A named copy of the state. */
export const Snapshot = Type.Object({
  name: Type.String({ pattern: SNAPSHOT_NAME, description: 'For example before-checkout.' }),
  createdAt: UtcTime("by the machine's clock"),
  counts: StateCounts
})
export type Snapshot = Static<typeof Snapshot>

/** The snapshots, oldest first. */
export const SnapshotList = Type.Object({ snapshots: Type.Array(Snapshot), total: Type.Integer() })
export type SnapshotList = Static<typeof SnapshotList>

/** Version, uptime and database of the emulator. @source control-api.md "State" */
export const Health = Type.Object({
  status: Type.Literal('ok'),
  version: Type.String(),
  uptimeMs: Type.Integer({ description: 'Milliseconds of wall time since the start.' }),
  sandboxes: Type.Integer({ description: 'The number of sandboxes, the default one included.' }),
  database: Type.String({ description: 'The name of the database file, or :memory:.' })
})
export type Health = Static<typeof Health>
