import type { Extension, User } from '../schema/directory.js'
import type { Fixture } from '../schema/fixture.js'
import { hasPhoneCallEvents } from './access.js'
import { shortNumber } from './extension-number.js'
import { isRequestable } from './phone-call-event.js'
import type { Problem } from './problem.js'
import { isRealTime, isTimeZone } from './timestamp.js'

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

/** The names of the lists of a fixture. */
export const LISTS = Object.keys(KEYS) as List[] // Object.keys widens to string

/** What of a fixture can be read, entries at their index: all of one that has its form, else what is left of it. */
export type FixtureParts = { [L in List]?: Partial<Entry<L>>[] } & { settings?: Fixture['settings'] }

/** Who exists, by id and by number. */
export interface Known {
  organizations: ReadonlyMap<string, unknown>
  users: ReadonlyMap<string, Partial<User>>
  extensions: ReadonlyMap<string, Partial<Extension>>
}

/** Who exists once a fixture is merged in. */
export const knownWith = (known: Known, { organizations = [], users = [], extensions = [] }: FixtureParts): Known => ({
  organizations: new Map([...known.organizations, ...byKey(organizations, ({ id }) => id)]),
  users: new Map([...known.users, ...byKey(users, ({ id }) => id)]),
  extensions: new Map([...known.extensions, ...byKey(extensions, ({ number }) => number)])
})

/**
 * What a schema cannot say of a fixture: references that lead nowhere, keys that stand twice, times that do not exist.
 * @param known who exists once it is merged in
 */
export function referenceProblems(fixture: FixtureParts, known: Known): Problem[] {
  const { organizations, users, extensions } = known
  return [
    ...repeats(fixture),
    ...unknown(fixture.users, ({ organization }) => organization, 'users', 'organization', organizations),
    ...unknown(fixture.extensions, ({ owner }) => owner, 'extensions', 'owner', users),
    ...unknown(fixture.apps, ({ user }) => user, 'apps', 'user', users),
    ...unknown(fixture.tokens, ({ user }) => user, 'tokens', 'user', users),
    ...unknown(fixture.sessions, ({ user }) => user, 'sessions', 'user', users),
    ...unknown(fixture.phoneCallEvents, ({ extension }) => extension, 'phoneCallEvents', 'extension', extensions),
    ...wrongKinds(fixture, extensions),
    ...sharedNumbers(fixture, known),
    ...values(fixture)
  ]
}

function byKey<T>(entries: T[], key: (entry: T) => string | undefined): [string, T][] {
  return entries.flatMap(entry => {
    const value = key(entry)
    return value === undefined ? [] : [[value, entry]]
  })
}

function repeats(fixture: FixtureParts): Problem[] {
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

function unknown<T>(
  entries: T[] = [],
  reference: (entry: T) => string | null | undefined,
  list: List,
  member: string,
  known: ReadonlyMap<string, unknown>
): Problem[] {
  return entries.flatMap((entry, index) => {
    const to = reference(entry)
    if (to === undefined || to === null || known.has(to)) return []
    return [
      {
        path: `$.${list}[${index}].${member}`,
        message: `names "${to}", which does not exist; known are ${some(known)}`
      }
    ]
  })
}

function wrongKinds({ phoneCallEvents = [] }: FixtureParts, extensions: Known['extensions']): Problem[] {
  return phoneCallEvents.flatMap(({ extension = '' }, index) => {
    const kind = extensions.get(extension)?.kind
    if (kind === undefined || hasPhoneCallEvents(kind)) return []
    const message = `names "${extension}", whose kind ${kind} has no phone call events; use a phoneTerminal, queue, conference or ivr`
    return [{ path: `$.phoneCallEvents[${index}].extension`, message }]
  })
}

/** Public numbers are unique, and short numbers within an organization: a request could not tell which was meant. */
function sharedNumbers({ users = [], extensions = [] }: FixtureParts, known: Known): Problem[] {
  const taken = new Map<string, string>()
  const problems: Problem[] = []
  /** Where this fixture says so: an extension's number, or else the organization that an owner was moved to. */
  const placesOf = (numbers: string[], member: string): string[] => {
    const extension = extensions.findLastIndex(({ number = '' }) => numbers.includes(number))
    if (extension !== -1) return [`$.extensions[${extension}].${member}`]
    const owners = numbers.map(number => known.extensions.get(number)?.owner)
    const user = users.findLastIndex(({ id }) => owners.includes(id))
    return user === -1 ? [] : [`$.users[${user}].organization`] // an earlier fixture did, and was told
  }
  const claim = (number: string, key: string, member: string, what: string) => {
    const holder = taken.get(key)
    if (holder === undefined) return void taken.set(key, number)
    const message = `gives ${number} the same ${what} as ${holder}; each must be unique`
    problems.push(...placesOf([number, holder], member).map(path => ({ path, message })))
  }
  for (const [number, { owner = '', publicNumber }] of known.extensions) {
    const organization = known.users.get(owner)?.organization
    if (publicNumber !== undefined) claim(number, `public ${publicNumber}`, 'publicNumber', 'public number')
    if (organization) {
      const what = `short number in organization ${organization}`
      claim(number, `short ${organization} ${shortNumber(number)}`, 'number', what)
    }
  }
  return problems
}

function values({ apps = [], tokens = [], phoneCallEvents = [], settings }: FixtureParts): Problem[] {
  const problems: Problem[] = []
  const expect = (holds: boolean, path: string, message: string) => {
    if (!holds) problems.push({ path, message })
  }
  for (const [index, { redirectUris = [] }] of apps.entries()) {
    for (const [at, uri] of redirectUris.entries()) {
      const path = `$.apps[${index}].redirectUris[${at}]`
      expect(
        isRedirectUri(uri),
        path,
        'must be an absolute URI without a fragment, percent-encoded where needed, for example http://localhost/callback'
      )
    }
  }
  for (const [index, { expiresAt }] of tokens.entries()) {
    expect(!expiresAt || isRealTime(expiresAt), `$.tokens[${index}].expiresAt`, 'must be a time that exists')
  }
  for (const [index, { url, modified }] of phoneCallEvents.entries()) {
    const path = `$.phoneCallEvents[${index}]`
    expect(url === undefined || isRequestable(url), `${path}.url`, 'must be a URL whose host and port can be requested')
    expect(!modified || isRealTime(modified), `${path}.modified`, 'must be a time that exists')
  }
  const { timeZone } = settings ?? {}
  const isZone = timeZone === undefined || isTimeZone(timeZone)
  expect(isZone, '$.settings.timeZone', 'must be an IANA time zone, for example Europe/Bucharest')
  return problems
}

/** One problem a place: the first. */
export function onePerPlace(problems: Problem[]): Problem[] {
  const places = new Set<string>()
  return problems.filter(({ path }) => places.size < places.add(path).size)
}

/**
 * Whether answers can be sent there: in the characters of RFC 3986, because it becomes a header. What stands in a list
 * beside others may be no text at all.
 */
const isRedirectUri = (uri: unknown): boolean =>
  typeof uri === 'string' &&
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?[\]-]|%[0-9A-Fa-f]{2})+$/.test(uri) &&
  URL.canParse(uri)

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
