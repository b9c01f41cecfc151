import type { App, Extension, ExtensionNumber, Organization, User } from '../schema/directory.js'
import type { Database } from './database.js'
import { remember } from './lookup-cache.js'
import { optional } from './optional.js'

/** Who exists: organizations, users, extensions and apps. */
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

/** Prepares what is asked of the directory. Saving replaces what has the same id or number. */
export function createDirectoryStore({ sql, onUndone }: Database) {
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

  // Every request asks for these, and the same ones again and again.
  const findUser = remember((id: string): User | undefined => selectUser.get(id))
  const findExtension = remember((number: ExtensionNumber): Extension | undefined =>
    optional(selectExtension.get(number), toExtension)
  )
  const reread = () => {
    findUser.forget()
    findExtension.forget()
  }
  onUndone(reread)

  return {
    saveOrganization: (organization: Organization) => void saveOrganization.run(organization),
    saveUser(user: User): void {
      saveUser.run(user)
      findUser.forget()
    },
    saveExtension(extension: Extension): void {
      saveExtension.run(toExtensionRow(extension))
      findExtension.forget()
    },
    saveApp: (app: App) => void saveApp.run(toAppRow(app)),
    findUser,
    findExtension,
    /** Looks again, after these tables were written to by others. */
    reread,
    /** The extension of an organization's user by its short number. @assumed 0008 */
    findShort: (short: string, organization: string): Extension | undefined =>
      optional(findShort.get(short, organization), toExtension),
    /** The extension that a public number reaches. */
    findPublic: (publicNumber: string): Extension | undefined => optional(findPublic.get(publicNumber), toExtension),
    findApp: (clientId: string): App | undefined => optional(findApp.get(clientId), toApp),
    organizations: (): Organization[] => allOrganizations.all(),
    users: (): User[] => allUsers.all(),
    extensions: (): Extension[] => allExtensions.all().map(toExtension),
    /** With their secrets. */
    apps: (): App[] => allApps.all().map(toApp)
  }
}

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
