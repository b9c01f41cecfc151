import type { Extension, Organization, User } from '../schema/directory.js'
import type { Fixture } from '../schema/fixture.js'
import { hasPhoneCallEvents } from './access.js'
import { shortNumber } from './extension-number.js'
import { isRequestable } from './phone-call-event.js'
import { isRealTime, isTimeZone } from './timestamp.js'

/** Something that is wrong with a fixture: where, as a JSON path, and what. */
export interface Problem {
  path: string
  message: string
}

/** What exists before a fixture is merged in. */
export interface Existing {
  organizations: Organization[]
  users: User[]
  extensions: Extension[]
}

/**
 * What a schema cannot say of a fixture: references that lead nowhere, keys that stand twice, times that do not exist.
 * @param fixture a document that has the form of the schema
 */
export function referenceProblems(fixture: Fixture, existing: Existing): Problem[] {
  const organizations = byKey([...existing.organizations, ...(fixture.organizations ?? [])], ({ id }) => id)
  const users = byKey([...existing.users, ...(fixture.users ?? [])], ({ id }) => id)
  const extensions = byKey([...existing.extensions, ...(fixture.extensions ?? [])], ({ number }) => number)
  return [
    ...repeats(fixture),
    ...unknown(fixture, 'users', ({ organization }) => organization, 'organization', organizations),
    ...unknown(fixture, 'extensions', ({ owner }) => owner, 'owner', users),
    ...unknown(fixture, 'apps', ({ user }) => user, 'user', users),
    ...unknown(fixture, 'tokens', ({ user }) => user, 'user', users),
    ...unknown(fixture, 'sessions', ({ user }) => user, 'user', users),
    ...unknown(fixture, 'phoneCallEvents', ({ extension }) => extension, 'extension', extensions),
    ...wrongKinds(fixture, extensions),
    ...sharedNumbers(fixture, users, extensions),
    ...values(fixture)
  ]
}

/** The lists of a fixture, and the key that no two entries of each may share. */
const KEYS = {
  organizations: 'id',
  users: 'id',
  extensions: 'number',
  apps: 'clientId',
  tokens: 'accessToken',
  sessions: 'vn',
  phoneCallEvents: 'id'
} as const

type List = keyof typeof KEYS
type Entry<L extends List> = NonNullable<Fixture[L]>[number]

const byKey = <T>(entries: T[], key: (entry: T) => string): Map<string, T> =>
  new Map(entries.map(entry => [key(entry), entry]))

function repeats(fixture: Fixture): Problem[] {
  return Object.entries(KEYS).flatMap(([list, key]) => {
    const first = new Map<unknown, number>()
    const entries: Record<string, unknown>[] = fixture[list as List] ?? [] // the keys of KEYS are the lists
    return entries.flatMap((entry, index) => {
      const value = entry[key]
      const earlier = first.get(value)
      if (value === undefined || earlier === undefined) {
        first.set(value, index)
        return []
      }
      return [
        {
          path: `$.${list}[${index}].${key}`,
          message: `is the same as that of $.${list}[${earlier}]; each must be unique`
        }
      ]
    })
  })
}

function unknown<L extends List>(
  fixture: Fixture,
  list: L,
  reference: (entry: Entry<L>) => string | null,
  member: string,
  known: ReadonlyMap<string, unknown>
): Problem[] {
  const entries = (fixture[list] ?? []) as Entry<L>[] // the union of the lists, narrowed to the one named
  return entries.flatMap((entry, index) => {
    const to = reference(entry)
    if (to === null || known.has(to)) return []
    return [
      {
        path: `$.${list}[${index}].${member}`,
        message: `names "${to}", which does not exist; known are ${some(known)}`
      }
    ]
  })
}

function wrongKinds({ phoneCallEvents = [] }: Fixture, extensions: ReadonlyMap<string, Extension>): Problem[] {
  return phoneCallEvents.flatMap(({ extension }, index) => {
    const kind = extensions.get(extension)?.kind
    if (kind === undefined || hasPhoneCallEvents(kind)) return []
    const message = `names "${extension}", whose kind ${kind} has no phone call events; use a phoneTerminal, queue, conference or ivr`
    return [{ path: `$.phoneCallEvents[${index}].extension`, message }]
  })
}

/** Public numbers are unique, and short numbers within an organization: a request could not tell which was meant. */
function sharedNumbers(
  fixture: Fixture,
  users: ReadonlyMap<string, User>,
  extensions: ReadonlyMap<string, Extension>
): Problem[] {
  const indexes = new Map((fixture.extensions ?? []).map(({ number }, index) => [number, index]))
  const taken = new Map<string, string>()
  const problems: Problem[] = []
  const claim = (number: string, key: string, member: string, what: string) => {
    const holder = taken.get(key)
    if (holder === undefined) return void taken.set(key, number)
    const index = indexes.get(number) ?? indexes.get(holder)
    problems.push({
      path: index === undefined ? '$' : `$.extensions[${index}].${member}`,
      message: `gives ${number} the same ${what} as ${holder}; each must be unique`
    })
  }
  for (const { number, owner, publicNumber } of extensions.values()) {
    const organization = users.get(owner)?.organization
    if (publicNumber !== undefined) claim(number, `public ${publicNumber}`, 'publicNumber', 'public number')
    if (organization) {
      claim(
        number,
        `short ${organization} ${shortNumber(number)}`,
        'number',
        `short number in organization ${organization}`
      )
    }
  }
  return problems
}

function values({ apps = [], tokens = [], phoneCallEvents = [], settings }: Fixture): Problem[] {
  const problems: Problem[] = []
  const expect = (holds: boolean, path: string, message: string) => {
    if (!holds) problems.push({ path, message })
  }
  for (const [index, { redirectUris }] of apps.entries()) {
    for (const [at, uri] of redirectUris.entries()) {
      const path = `$.apps[${index}].redirectUris[${at}]`
      expect(URL.canParse(uri) && !uri.includes('#'), path, 'must be an absolute URI without a fragment')
    }
  }
  for (const [index, { expiresAt }] of tokens.entries()) {
    expect(!expiresAt || isRealTime(expiresAt), `$.tokens[${index}].expiresAt`, 'must be a time that exists')
  }
  for (const [index, { url, modified }] of phoneCallEvents.entries()) {
    expect(isRequestable(url), `$.phoneCallEvents[${index}].url`, 'must be a URL whose host and port can be requested')
    expect(!modified || isRealTime(modified), `$.phoneCallEvents[${index}].modified`, 'must be a time that exists')
  }
  if (settings?.timeZone !== undefined) {
    expect(
      isTimeZone(settings.timeZone),
      '$.settings.timeZone',
      'must be an IANA time zone, for example Europe/Bucharest'
    )
  }
  return problems
}

/** A few of what is known, for a message. */
function some(known: ReadonlyMap<string, unknown>): string {
  const names = [...known.keys()]
  if (names.length === 0) return 'none'
  return (
    names
      .slice(0, 8)
      .map(name => `"${name}"`)
      .join(', ') + (names.length > 8 ? `, and ${names.length - 8} more` : '')
  )
}
