import type { Organization, Role, User } from '../../../schema/directory.js'
import type { SeenCredential } from './seen-credentials.js'

/** What lines show of extensions and credentials. All extensions are extended numbers. */
export interface SeenDirectory {
  /** The extensions that exist, in the order in which lines show them. */
  extensions: readonly string[]
  /** The user of an extension, where a line shows it. */
  owners: ReadonlyMap<string, string>
  /** Users that exist. */
  users: ReadonlySet<string>
  credentials: readonly SeenCredential[]
  /** The name of the organization with a prefix. */
  organizations: ReadonlyMap<string, string>
}

/** The users of a fixture: who owns each extension, and whom each credential acts for. */
export interface LearnedUsers {
  organizations: Organization[]
  users: User[]
  ownerOf(extension: string): string
  userOf(credential: SeenCredential): string
  /** Sentences on what no line shows. */
  assumed: string[]
}

interface Person {
  id: string
  role: Role
  /** The prefix of its organization. */
  prefix: string
  /** Whether it owns an extension. */
  isOwner: boolean
}

/** A credential, and the users whose extensions it reaches, and whose it is refused. */
interface Holder {
  credential: SeenCredential
  reached: Set<Person>
  refused: Set<Person>
}

/** The organization prefix of an extended number. */
export const prefixOf = (extension: string): string => extension.slice(0, extension.indexOf('*'))

/**
 * Chooses the fewest users that explain which credential reaches which extension. Extensions that one credential reaches
 * are of one user, unless another credential reaches one of them and is refused the other. A credential that reaches
 * extensions of several users is an organization's, of several organizations an administrator's.
 * @assumed 0028
 */
export function learnUsers(seen: SeenDirectory): LearnedUsers {
  const people = new Map<string, Person>()
  const owners = new Map<string, Person>()
  const holders = seen.credentials.map(credential => ({
    credential,
    reached: new Set<Person>(),
    refused: new Set<Person>()
  }))
  const reachers = indexBy(holders, ({ credential }) => credential.extensions)
  const refusers = indexBy(holders, ({ credential }) => credential.refused)
  const defaultPrefix = prefixOf(seen.extensions[0] ?? '0001*')
  const assumed = new Set<string>()

  const person = (id: string, prefix: string): Person => {
    const earlier = people.get(id)
    if (earlier !== undefined) return earlier
    const created: Person = { id, role: 'user', prefix, isOwner: false }
    people.set(id, created)
    return created
  }
  let last = 0
  const newPerson = (prefix: string): Person => {
    do last += 1
    while (people.has(String(last)))
    return person(String(last), prefix)
  }
  const give = (extension: string, owner: Person) => {
    owners.set(extension, owner)
    owner.isOwner = true
    for (const { reached } of reachers.get(extension) ?? []) reached.add(owner)
    for (const { refused } of refusers.get(extension) ?? []) refused.add(owner)
  }
  /** The first user that can own an extension: one that a credential reaches together with it. */
  const findOwner = (extension: string): Person | undefined => {
    const prefix = prefixOf(extension)
    const reaching = reachers.get(extension) ?? []
    const others = new Set([
      ...reaching.flatMap(({ refused }) => [...refused]),
      ...(refusers.get(extension) ?? []).flatMap(({ reached }) => [...reached])
    ])
    const canOwn = (one: Person) => one.prefix === prefix && one.isOwner && !others.has(one)
    if (reaching.length > 0) return reaching.flatMap(({ reached }) => [...reached]).find(canOwn)
    assumed.add('No request reaches some extensions that calls show: their users in the fixture are assumed.')
    return [...people.values()].find(canOwn)
  }

  for (const [extension, id] of seen.owners) give(extension, person(id, prefixOf(extension)))
  for (const id of seen.users) person(id, defaultPrefix)
  for (const extension of seen.extensions)
    if (!owners.has(extension)) give(extension, findOwner(extension) ?? newPerson(prefixOf(extension)))

  const userOf = new Map<SeenCredential, Person>()
  for (const { credential, reached, refused } of holders) {
    const prefixes = new Set([...credential.extensions].map(prefixOf))
    const [only] = reached
    if (only === undefined) {
      const holder = [...people.values()].find(({ isOwner }) => isOwner) ?? newPerson(defaultPrefix)
      userOf.set(credential, holder)
      assumed.add(`No request shows which user ${nameOf(credential)} acts for: user ${holder.id} in the fixture.`)
    } else if (reached.size > 1 || prefixes.size > 1 || refused.has(only) || credential.forbidden.has(only.id)) {
      const holder = newPerson(only.prefix)
      holder.role = prefixes.size > 1 ? 'administrator' : 'organization'
      userOf.set(credential, holder)
    } else userOf.set(credential, only)
  }
  separateForbidden(people, userOf)
  if (people.size > 0) assumed.add('No answer shows the names of users. Ids that no request has are counted from 1.')
  return {
    ...directoryOf([...people.values()], seen.organizations),
    ownerOf: extension => owners.get(extension)?.id ?? '',
    userOf: credential => userOf.get(credential)?.id ?? '',
    assumed: [...assumed]
  }
}

/** The holders of credentials by each extension. */
function indexBy(
  holders: readonly Holder[],
  extensionsOf: (holder: Holder) => Iterable<string>
): Map<string, Holder[]> {
  const index = new Map<string, Holder[]>()
  for (const holder of holders)
    for (const extension of extensionsOf(holder)) {
      const earlier = index.get(extension)
      if (earlier === undefined) index.set(extension, [holder])
      else earlier.push(holder)
    }
  return index
}

/** Users that an organization's credential may not act for are in another organization. */
function separateForbidden(people: ReadonlyMap<string, Person>, userOf: ReadonlyMap<SeenCredential, Person>): void {
  for (const [{ forbidden }, { role, prefix }] of userOf) {
    if (role !== 'organization') continue
    for (const id of forbidden) {
      const other = people.get(id)
      if (other?.prefix === prefix && !other.isOwner) other.prefix = `user-${id}`
    }
  }
}

function directoryOf(
  people: Person[],
  names: ReadonlyMap<string, string>
): Pick<LearnedUsers, 'organizations' | 'users'> {
  const prefixes = [...new Set(people.filter(({ role }) => role !== 'administrator').map(({ prefix }) => prefix))]
  const idOf = new Map(prefixes.map(prefix => [prefix, /^\d+$/.test(prefix) ? String(BigInt(prefix)) : prefix]))
  return {
    organizations: prefixes.map(prefix => ({
      id: idOf.get(prefix) ?? prefix,
      name: names.get(prefix) ?? `Organization ${prefix}`
    })),
    users: people.map(({ id, role, prefix }) => ({
      id,
      name: role === 'administrator' ? 'Administrator' : `User ${id}`,
      organization: role === 'administrator' ? null : (idOf.get(prefix) ?? prefix),
      role
    }))
  }
}

/** A credential in a sentence, by its first pseudonym. */
function nameOf({ app, tokens, sessions }: SeenCredential): string {
  const [name = 'a credential'] = [...tokens, ...sessions.keys(), ...(app === undefined ? [] : [app.clientId])]
  return app === undefined ? name : `the app ${app.clientId}`
}
