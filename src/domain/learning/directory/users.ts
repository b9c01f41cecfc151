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
  owned: Set<string>
  credentials: SeenCredential[]
}

/** The organization prefix of an extended number. */
export const prefixOf = (extension: string): string => extension.slice(0, extension.indexOf('*'))

/**
 * Chooses the fewest users that explain which credential reaches which extension. Credentials that reach the same
 * extension are of one user, unless one of them is refused another extension of it. One that reaches extensions of several
 * users is an organization's, of several organizations an administrator's.
 * @assumed 0028
 */
export function learnUsers(seen: SeenDirectory): LearnedUsers {
  const people = new Map<string, Person>()
  const owners = new Map<string, Person>()
  const holders = new Map<SeenCredential, Person>()
  const [first] = seen.extensions
  const defaultPrefix = first === undefined ? '0001' : prefixOf(first)
  const assumed = new Set<string>()

  const person = (id: string, prefix = defaultPrefix): Person => {
    const earlier = people.get(id)
    if (earlier !== undefined) return earlier
    const created: Person = { id, role: 'user', prefix, owned: new Set(), credentials: [] }
    people.set(id, created)
    return created
  }
  const newPerson = (prefix: string): Person => {
    let id = people.size + 1
    while (people.has(String(id)) || seen.users.has(String(id))) id += 1
    return person(String(id), prefix)
  }
  const give = (extension: string, owner: Person) => {
    owners.set(extension, owner)
    owner.owned.add(extension)
  }
  const hold = (credential: SeenCredential, holder: Person) => {
    holders.set(credential, holder)
    holder.credentials.push(credential)
  }
  /** Gives extensions that nobody owns yet to one user for each organization. */
  const giveToNew = (extensions: string[]) => {
    const created = new Map<string, Person>()
    for (const extension of extensions) {
      const prefix = prefixOf(extension)
      const owner = created.get(prefix) ?? newPerson(prefix)
      created.set(prefix, owner)
      give(extension, owner)
    }
  }

  for (const [extension, id] of seen.owners) give(extension, person(id, prefixOf(extension)))
  for (const id of seen.users) person(id)
  const bySize = [...seen.credentials].sort((one, other) => one.extensions.size - other.extensions.size)
  for (const credential of bySize) {
    const reached = [...credential.extensions]
    const prefixes = new Set(reached.map(prefixOf))
    const unowned = reached.filter(extension => !owners.has(extension))
    const known = new Set(reached.flatMap(extension => owners.get(extension) ?? []))
    const [only] = known
    const isShared = known.size > 1 || prefixes.size > 1 || (only !== undefined && conflicts(credential, only, unowned))
    if (reached.length === 0) {
      const holder = [...people.values()].find(({ role }) => role === 'user') ?? newPerson(defaultPrefix)
      hold(credential, holder)
      assumed.add(`No request shows which user ${nameOf(credential)} acts for: user ${holder.id} in the fixture.`)
    } else if (isShared) {
      giveToNew(unowned)
      const holder = newPerson(prefixOf(reached[0] ?? ''))
      holder.role = prefixes.size > 1 ? 'administrator' : 'organization'
      hold(credential, holder)
    } else {
      const holder = only ?? newPerson(prefixOf(reached[0] ?? ''))
      for (const extension of unowned) give(extension, holder)
      hold(credential, holder)
    }
  }
  for (const extension of seen.extensions.filter(extension => !owners.has(extension))) {
    const prefix = prefixOf(extension)
    const owner = [...people.values()].find(
      one =>
        one.prefix === prefix && one.role === 'user' && !one.credentials.some(({ refused }) => refused.has(extension))
    )
    give(extension, owner ?? newPerson(prefix))
    assumed.add('No request addresses some extensions that calls show: their users in the fixture are assumed.')
  }

  separateForbidden(people)
  if (people.size > 0) assumed.add('No answer shows the names of users. Ids that no request has are counted from 1.')
  return {
    ...directoryOf([...people.values()], seen.organizations),
    ownerOf: extension => owners.get(extension)?.id ?? '',
    userOf: credential => holders.get(credential)?.id ?? '',
    assumed: [...assumed]
  }
}

/** Whether a credential cannot be one of a user: one of the two is refused what the other one reaches. */
function conflicts(credential: SeenCredential, { id, owned, credentials }: Person, unowned: string[]): boolean {
  if (credential.forbidden.has(id) || [...owned].some(extension => credential.refused.has(extension))) return true
  return credentials.some(({ refused }) => unowned.some(extension => refused.has(extension)))
}

/** Users that an organization's credential may not act for are in another organization. */
function separateForbidden(people: ReadonlyMap<string, Person>): void {
  for (const { role, prefix, credentials } of people.values()) {
    if (role !== 'organization') continue
    for (const id of credentials.flatMap(({ forbidden }) => [...forbidden])) {
      const other = people.get(id)
      if (other?.prefix === prefix && other.owned.size === 0) other.prefix = `user-${id}`
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
