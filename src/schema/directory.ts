import Type, { type Static } from 'typebox'
import { IsoTime } from './time.js'

/** The kinds of extension, and whether phone call events can be assigned to each. @source page "Path Parameters › extension" */
export const EXTENSION_KINDS = {
  phoneTerminal: { label: 'Phone Terminal', hasPhoneCallEvents: true },
  queue: { label: 'Queue', hasPhoneCallEvents: true },
  conference: { label: 'Conference', hasPhoneCallEvents: true },
  ivr: { label: 'IVR', hasPhoneCallEvents: true },
  voicemail: { label: 'Voicemail', hasPhoneCallEvents: false },
  queueLogin: { label: 'Queue Login', hasPhoneCallEvents: false },
  callingCard: { label: 'Calling Card', hasPhoneCallEvents: false },
  callback: { label: 'Callback', hasPhoneCallEvents: false },
  intercom: { label: 'Intercom', hasPhoneCallEvents: false }
} as const

/** The account types that apps can be registered to. @source page "The Service is available to Apps registered to…" */
export const ROLES = ['user', 'organization', 'administrator'] as const

const closed = { additionalProperties: false }
export const Name = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[^\\u0000\\uD800-\\uDFFF]+$', // SQLite cannot return these as they were stored
  description: 'A display name.'
})
const Secret = Type.String({ minLength: 1, maxLength: 512, pattern: '^[\\x21-\\x7E]+$' })

export const OrganizationId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'For example 3.' })
export type OrganizationId = Static<typeof OrganizationId>

/** A user's id. It never begins with `@`, so that it cannot be taken for @me, @viewer or @owner. @assumed 0002 */
export const UserId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'For example 12.' })
export type UserId = Static<typeof UserId>

/** An extended extension number, `<organization prefix>*<short number>`. @source page (0003*210) @assumed 0003 */
export const ExtensionNumber = Type.String({
  pattern: '^[0-9]{1,16}\\*[0-9]{1,16}$',
  description: 'For example 0003*210.'
})
export type ExtensionNumber = Static<typeof ExtensionNumber>

/** The kind of an extension: a telephone, a queue, and so on. */
export const ExtensionKind = Type.Enum(
  // Object.keys widens to string; the keys of a const table are exactly its kinds.
  Object.keys(EXTENSION_KINDS) as [keyof typeof EXTENSION_KINDS, ...(keyof typeof EXTENSION_KINDS)[]]
)
export type ExtensionKind = Static<typeof ExtensionKind>

/** The account type of a user. */
export const Role = Type.Enum([...ROLES])
export type Role = Static<typeof Role>

/** A customer of the telephone system, with users. */
export const Organization = Type.Object({ id: OrganizationId, name: Name }, closed)
export type Organization = Static<typeof Organization>

/** A user: the owner of extensions, or an administrator. */
export const User = Type.Object(
  { id: UserId, name: Name, organization: Type.Union([OrganizationId, Type.Null()]), role: Role },
  closed
)
export type User = Static<typeof User>

const PublicNumber = Type.String({ pattern: '^\\+?[0-9]{4,20}$', description: 'For example +40312345210.' })

/** An extension of the telephone system. The first of its public numbers is `publicNumber`. */
export const Extension = Type.Object(
  {
    number: ExtensionNumber,
    owner: UserId,
    kind: ExtensionKind,
    name: Type.Optional(Name),
    publicNumber: Type.Optional(PublicNumber),
    publicNumbers: Type.Optional(
      Type.Array(PublicNumber, {
        maxItems: 100,
        description: 'All public numbers of an extension that has several. `publicNumber` is the first of them.'
      })
    )
  },
  closed
)
export type Extension = Static<typeof Extension>

/** An app that requests tokens. A trusted one may use the client_credentials grant. @source contract §7 */
export const App = Type.Object(
  {
    clientId: Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7E]+$' }),
    clientSecret: Secret,
    name: Type.Optional(Name),
    user: UserId,
    trusted: Type.Boolean(),
    redirectUris: Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 100 }),
    disabled: Type.Optional(
      Type.Boolean({ description: 'Whether it gets no tokens and those that it has are refused; false by default.' })
    )
  },
  closed
)
export type App = Static<typeof App>

/** A bearer token. Without `expiresAt` it never expires. */
export const Token = Type.Object(
  {
    accessToken: Type.String({
      pattern: '^(?:[\\w.-]{10,512}|(?:token|value|cookie)-[0-9]{1,9})$',
      description: 'The token, at least 10 characters, or a pseudonym of a recording: token-1.'
    }),
    user: UserId,
    expiresAt: Type.Optional(Type.Union([IsoTime, Type.Null()]))
  },
  closed
)
export type Token = Static<typeof Token>

/** A cookie session: the `vn` cookie and the xsrf token that is sent with it. @source page (its cURLs) */
export const Session = Type.Object({ user: UserId, vn: Secret, xsrfToken: Secret }, closed)
export type Session = Static<typeof Session>
