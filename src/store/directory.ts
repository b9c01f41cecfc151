import { publicNumbersOf } from '../domain/addressing.js'
import type { App, Extension, ExtensionNumber, Organization, User } from '../schema/directory.js'
import type { Database } from './database.js'
import { createLookupCache } from './lookup-cache.js'

/** Organizations, users, extensions and apps. */
export type DirectoryStore = ReturnType<typeof createDirectoryStore>

interface ExtensionRow {
  number: string
  owner: string
  kind: Extension['kind']
  name: string | null
  public_numbers: string
}

interface AppRow {
  client_id: string
  client_secret: string
  name: string | null
  user: string
  trusted: number
  redirect_uris: string
  disabled: number
}

/** The columns of an extension `e`, with its public numbers as a list in JSON. */
const EXTENSION = `e.number, e.owner, e.kind, e.name, (SELECT json_group_array(number)
  FROM (SELECT number FROM public_numbers WHERE extension = e.number ORDER BY position)) AS public_numbers`

const APP = 'client_id, client_secret, name, user, trusted, redirect_uris, disabled'

/** Prepares the queries for the directory. Saving replaces the entry that has the same id or number. */
export function createDirectoryStore({ sql, onRollback }: Database) {
  const saveOrganization = sql.prepare<[Organization]>(`
    INSERT INTO organizations (id, name) VALUES (@id, @name)
    ON CONFLICT (id) DO UPDATE SET name = @name`)
  const saveUser = sql.prepare<[User]>(`
    INSERT INTO users (id, name, organization, role) VALUES (@id, @name, @organization, @role)
    ON CONFLICT (id) DO UPDATE SET name = @name, organization = @organization, role = @role`)
  const saveExtension = sql.prepare<[Omit<ExtensionRow, 'public_numbers'>]>(`
    INSERT INTO extensions (number, owner, kind, name) VALUES (@number, @owner, @kind, @name)
    ON CONFLICT (number) DO UPDATE SET owner = @owner, kind = @kind, name = @name`)
  const removePublicNumbers = sql.prepare<[string]>('DELETE FROM public_numbers WHERE extension = ?')
  const addPublicNumber = sql.prepare<[string, string, number]>(
    'INSERT INTO public_numbers (number, extension, position) VALUES (?, ?, ?)'
  )
  const saveApp = sql.prepare<[AppRow]>(`
    INSERT INTO apps (${APP}) VALUES (@client_id, @client_secret, @name, @user, @trusted, @redirect_uris, @disabled)
    ON CONFLICT (client_id) DO UPDATE SET client_secret = @client_secret, name = @name, user = @user,
      trusted = @trusted, redirect_uris = @redirect_uris, disabled = @disabled`)

  const selectUser = sql.prepare<[string], User>('SELECT id, name, organization, role FROM users WHERE id = ?')
  const selectOrganization = sql.prepare<[string], Organization>('SELECT id, name FROM organizations WHERE id = ?')
  const selectExtension = sql.prepare<[string], ExtensionRow>(`SELECT ${EXTENSION} FROM extensions e WHERE number = ?`)
  const findShort = sql.prepare<[string, string], ExtensionRow>(`
    SELECT ${EXTENSION} FROM extensions e JOIN users u ON u.id = e.owner
    WHERE e.short = ? AND u.organization = ?
    ORDER BY e.number LIMIT 1`)
  const findPublic = sql.prepare<[string], ExtensionRow>(`
    SELECT ${EXTENSION} FROM extensions e WHERE number = (SELECT extension FROM public_numbers WHERE number = ?)`)
  const selectApp = sql.prepare<[string], AppRow>(`SELECT ${APP} FROM apps WHERE client_id = ?`)

  const allOrganizations = sql.prepare<[], Organization>('SELECT id, name FROM organizations ORDER BY id')
  const allUsers = sql.prepare<[], User>('SELECT id, name, organization, role FROM users ORDER BY id')
  const allExtensions = sql.prepare<[], ExtensionRow>(`SELECT ${EXTENSION} FROM extensions e ORDER BY number`)
  const numbers = sql.prepare<[number], Pick<Extension, 'number' | 'owner'>>(
    'SELECT number, owner FROM extensions ORDER BY number LIMIT ?'
  )
  const ofOwner = sql.prepare<[string], ExtensionRow>(`
    SELECT ${EXTENSION} FROM extensions e WHERE owner = ? ORDER BY number`)
  const allApps = sql.prepare<[], AppRow>(`SELECT ${APP} FROM apps ORDER BY client_id`)

  // Every request needs these, and mostly the same ones.
  const findUser = createLookupCache((id: string): User | undefined => selectUser.get(id))
  const findExtension = createLookupCache((number: ExtensionNumber) => extensionOf(selectExtension.get(number)))
  // Every token of an app depends on it.
  const findApp = createLookupCache((clientId: string) => {
    const row = selectApp.get(clientId)
    return row && toApp(row)
  })
  const invalidate = () => {
    findUser.clear()
    findExtension.clear()
    findApp.clear()
  }
  onRollback(invalidate)

  return {
    saveOrganization: (organization: Organization) => void saveOrganization.run(organization),
    saveUser(user: User): void {
      saveUser.run(user)
      findUser.clear()
    },
    /** Saves an extension without its public numbers, and frees those that it had. */
    saveExtension({ number, owner, kind, name }: Extension): void {
      saveExtension.run({ number, owner, kind, name: name ?? null })
      removePublicNumbers.run(number)
      findExtension.clear()
    },
    /** Adds the public numbers of a saved extension, the first one first. */
    addPublicNumbers(extension: Extension): void {
      for (const [position, number] of publicNumbersOf(extension).entries()) {
        addPublicNumber.run(number, extension.number, position)
      }
      findExtension.clear()
    },
    saveApp(app: App): void {
      saveApp.run(toAppRow(app))
      findApp.clear()
    },
    findUser,
    findExtension,
    findApp,
    /** Empties the caches, after these tables were written to elsewhere. */
    invalidate,
    /** The extension of an organization's user by its short number. @assumed 0008 */
    findShort: (short: string, organization: string): Extension | undefined =>
      extensionOf(findShort.get(short, organization)),
    /** The extension that has a public number, the first or another one. */
    findPublic: (publicNumber: string): Extension | undefined => extensionOf(findPublic.get(publicNumber)),
    findOrganization: (id: string): Organization | undefined => selectOrganization.get(id),
    organizations: (): Organization[] => allOrganizations.all(),
    users: (): User[] => allUsers.all(),
    /** The extensions of a user. */
    extensionsOf: (user: string): Extension[] => ofOwner.all(user).map(toExtension),
    extensions: (): Extension[] => allExtensions.all().map(toExtension),
    /** The numbers of extensions and their owners: the first ones by number, and cheaper than whole extensions. */
    numbers: (limit: number): Pick<Extension, 'number' | 'owner'>[] => numbers.all(limit),
    /** All apps, with their secrets. */
    apps: (): App[] => allApps.all().map(toApp)
  }
}

const extensionOf = (row: ExtensionRow | undefined): Extension | undefined => row && toExtension(row)

/** `publicNumbers` is left out unless there are several: the one is `publicNumber`. */
function toExtension({ number, owner, kind, name, public_numbers }: ExtensionRow): Extension {
  const publicNumbers: string[] = public_numbers === '[]' ? [] : JSON.parse(public_numbers)
  const [publicNumber] = publicNumbers
  return {
    number,
    owner,
    kind,
    ...(name !== null && { name }),
    ...(publicNumber !== undefined && { publicNumber }),
    ...(publicNumbers.length > 1 && { publicNumbers })
  }
}

const toApp = ({ client_id, client_secret, name, user, trusted, redirect_uris, disabled }: AppRow): App => ({
  clientId: client_id,
  clientSecret: client_secret,
  ...(name !== null && { name }),
  user,
  trusted: trusted === 1,
  redirectUris: JSON.parse(redirect_uris),
  ...(disabled === 1 && { disabled: true })
})

const toAppRow = ({ clientId, clientSecret, name, user, trusted, redirectUris, disabled }: App): AppRow => ({
  client_id: clientId,
  client_secret: clientSecret,
  name: name ?? null,
  user,
  trusted: trusted ? 1 : 0,
  redirect_uris: JSON.stringify(redirectUris),
  disabled: disabled ? 1 : 0
})
