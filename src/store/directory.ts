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
  public_number: string | null
}

interface AppRow {
  client_id: string
  client_secret: string
  name: string | null
  user: string
  trusted: number
  redirect_uris: string
}

/** Prepares the queries for the directory. Saving replaces the entry that has the same id or number. */
export function createDirectoryStore({ sql, onRollback }: Database) {
  const saveOrganization = sql.prepare<[Organization]>(`
    INSERT INTO organizations (id, name) VALUES (@id, @name)
    ON CONFLICT (id) DO UPDATE SET name = @name`)
  const saveUser = sql.prepare<[User]>(`
    INSERT INTO users (id, name, organization, role) VALUES (@id, @name, @organization, @role)
    ON CONFLICT (id) DO UPDATE SET name = @name, organization = @organization, role = @role`)
  const saveExtension = sql.prepare<[ExtensionRow]>(`
    INSERT INTO extensions (number, owner, kind, name, public_number)
    VALUES (@number, @owner, @kind, @name, @public_number)
    ON CONFLICT (number) DO UPDATE SET owner = @owner, kind = @kind, name = @name, public_number = @public_number`)
  const saveApp = sql.prepare<[AppRow]>(`
    INSERT INTO apps (client_id, client_secret, name, user, trusted, redirect_uris)
    VALUES (@client_id, @client_secret, @name, @user, @trusted, @redirect_uris)
    ON CONFLICT (client_id) DO UPDATE SET
      client_secret = @client_secret, name = @name, user = @user, trusted = @trusted, redirect_uris = @redirect_uris`)

  const selectUser = sql.prepare<[string], User>('SELECT id, name, organization, role FROM users WHERE id = ?')
  const selectExtension = sql.prepare<[string], ExtensionRow>(`
    SELECT number, owner, kind, name, public_number FROM extensions WHERE number = ?`)
  const findShort = sql.prepare<[string, string], ExtensionRow>(`
    SELECT e.number, e.owner, e.kind, e.name, e.public_number
    FROM extensions e JOIN users u ON u.id = e.owner
    WHERE e.short = ? AND u.organization = ?
    ORDER BY e.number LIMIT 1`)
  const findPublic = sql.prepare<[string], ExtensionRow>(`
    SELECT number, owner, kind, name, public_number FROM extensions WHERE public_number = ?`)
  const findApp = sql.prepare<[string], AppRow>(`
    SELECT client_id, client_secret, name, user, trusted, redirect_uris FROM apps WHERE client_id = ?`)

  const allOrganizations = sql.prepare<[], Organization>('SELECT id, name FROM organizations ORDER BY id')
  const allUsers = sql.prepare<[], User>('SELECT id, name, organization, role FROM users ORDER BY id')
  const allExtensions = sql.prepare<[], ExtensionRow>(`
    SELECT number, owner, kind, name, public_number FROM extensions ORDER BY number`)

  const allApps = sql.prepare<[], AppRow>(`
    SELECT client_id, client_secret, name, user, trusted, redirect_uris FROM apps ORDER BY client_id`)

  // Every request needs these, and mostly the same ones.
  const findUser = createLookupCache((id: string): User | undefined => selectUser.get(id))
  const findExtension = createLookupCache((number: ExtensionNumber) => extensionOf(selectExtension.get(number)))
  const invalidate = () => {
    findUser.clear()
    findExtension.clear()
  }
  onRollback(invalidate)

  return {
    saveOrganization: (organization: Organization) => void saveOrganization.run(organization),
    saveUser(user: User): void {
      saveUser.run(user)
      findUser.clear()
    },
    saveExtension(extension: Extension): void {
      saveExtension.run(toExtensionRow(extension))
      findExtension.clear()
    },
    saveApp: (app: App) => void saveApp.run(toAppRow(app)),
    findUser,
    findExtension,
    /** Empties the caches, after these tables were written to elsewhere. */
    invalidate,
    /** The extension of an organization's user by its short number. @assumed 0008 */
    findShort: (short: string, organization: string): Extension | undefined =>
      extensionOf(findShort.get(short, organization)),
    /** The extension that a public number reaches. */
    findPublic: (publicNumber: string): Extension | undefined => extensionOf(findPublic.get(publicNumber)),
    findApp(clientId: string): App | undefined {
      const row = findApp.get(clientId)
      return row && toApp(row)
    },
    organizations: (): Organization[] => allOrganizations.all(),
    users: (): User[] => allUsers.all(),
    extensions: (): Extension[] => allExtensions.all().map(toExtension),
    /** All apps, with their secrets. */
    apps: (): App[] => allApps.all().map(toApp)
  }
}

const extensionOf = (row: ExtensionRow | undefined): Extension | undefined => row && toExtension(row)

const toExtension = ({ number, owner, kind, name, public_number }: ExtensionRow): Extension => ({
  number,
  owner,
  kind,
  ...(name !== null && { name }),
  ...(public_number !== null && { publicNumber: public_number })
})

const toExtensionRow = ({ number, owner, kind, name, publicNumber }: Extension): ExtensionRow => ({
  number,
  owner,
  kind,
  name: name ?? null,
  public_number: publicNumber ?? null
})

const toApp = ({ client_id, client_secret, name, user, trusted, redirect_uris }: AppRow): App => ({
  clientId: client_id,
  clientSecret: client_secret,
  ...(name !== null && { name }),
  user,
  trusted: trusted === 1,
  redirectUris: JSON.parse(redirect_uris)
})

const toAppRow = ({ clientId, clientSecret, name, user, trusted, redirectUris }: App): AppRow => ({
  client_id: clientId,
  client_secret: clientSecret,
  name: name ?? null,
  user,
  trusted: trusted ? 1 : 0,
  redirect_uris: JSON.stringify(redirectUris)
})
