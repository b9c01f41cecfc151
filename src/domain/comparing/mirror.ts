import type { Role } from '../../schema/directory.js'
import { type Fixture, FixtureEvent } from '../../schema/fixture.js'
import { lazyCheck } from '../../schema/lazy-check.js'

/** What is said of the PBX that the emulator shall mirror. */
export interface Mirrored {
  /** The id of the user whose extension it is; undefined for `@me`. */
  user: string | undefined
  role: Role
  extension: string
  /** The body of the list of its events, as the PBX answered; undefined for none. */
  list: unknown
}

/** The token of the mirrored user. */
export const MIRROR_TOKEN = 'uapi-emulator-mirror-token'

const MIRROR_USER = 'uapiEmulatorMirror'

/** A fixture with the extension, the user and the events of a PBX. Events that cannot be read are left out. */
export function mirrorOf({ user = MIRROR_USER, role, extension, list }: Mirrored): Fixture {
  const organization = extension.slice(0, extension.indexOf('*'))
  return {
    organizations: [{ id: organization, name: 'Mirror' }],
    users: [{ id: user, name: 'Mirror', organization: role === 'administrator' ? null : organization, role }],
    extensions: [{ number: extension, owner: user, kind: 'phoneTerminal' }],
    tokens: [{ accessToken: MIRROR_TOKEN, user }],
    phoneCallEvents: entriesOf(list).flatMap(entry => {
      const event = eventOf(entry, extension)
      return event === undefined ? [] : [event]
    })
  }
}

/** Whether a document is a list of the vendor's API, with the array around it or without; an empty one may be an empty array. */
export function isCollection(list: unknown): boolean {
  const collection: unknown = Array.isArray(list) ? (list.length === 0 ? { entry: [] } : list[0]) : list
  return ['entry', 'totalResults', 'itemsPerPage'].some(name => Reflect.has(Object(collection), name))
}

/** The entries of a collection, with the array around it or without. */
function entriesOf(list: unknown): unknown[] {
  const collection: unknown = Array.isArray(list) ? list[0] : list
  const entries: unknown = Reflect.get(Object(collection), 'entry')
  return Array.isArray(entries) ? entries : []
}

const isFixtureEvent = lazyCheck(FixtureEvent)

/** An event of a fixture with the members of one of a list; undefined when it has not the form of one. */
function eventOf(entry: unknown, extension: string): FixtureEvent | undefined {
  const texts = ['type', 'id', 'method', 'url', 'status', 'note', 'modified'].flatMap(name => {
    const value: unknown = Reflect.get(Object(entry), name)
    return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : []
  })
  const event = { extension, ...Object.fromEntries(texts) }
  return isFixtureEvent(event) ? event : undefined
}
