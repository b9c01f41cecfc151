import type { Database } from './database.js'
import { createStatementCache } from './lazy-statement.js'

/** Authorization codes and refresh tokens. */
export type GrantStore = ReturnType<typeof createGrantStore>

/** An authorization code that can be exchanged. `expiresAt` is ISO 8601 in UTC. */
export interface AuthorizationCode {
  code: string
  clientId: string
  user: string
  redirectUri: string
  expiresAt: string
}

/** A code that was found: one that was exchanged names the tokens that it gave, the refresh token first. */
export interface StoredCode extends AuthorizationCode {
  given: string[] | undefined
}

/** A refresh token; it never expires. */
export interface RefreshToken {
  refreshToken: string
  clientId: string
  user: string
}

/** Prepares the queries for grants. */
export function createGrantStore({ sql }: Database) {
  const addCode = sql.prepare<[AuthorizationCode]>(`
    INSERT INTO authorization_codes (code, client_id, user, redirect_uri, expires_at)
    VALUES (@code, @clientId, @user, @redirectUri, @expiresAt)`)
  const findCode = sql.prepare<[string], AuthorizationCode>(`
    SELECT code, client_id AS clientId, user, redirect_uri AS redirectUri, expires_at AS expiresAt
    FROM authorization_codes WHERE code = ?`)
  // A code that was exchanged needs its redirect URI no more: a JSON array of its tokens, which is no URI, replaces it.
  const useCode = sql.prepare<[string, string]>('UPDATE authorization_codes SET redirect_uri = ? WHERE code = ?')
  const addGiven = sql.prepare<[string, string]>(`
    UPDATE authorization_codes SET redirect_uri = json_insert(redirect_uri, '$[#]', ?)
    WHERE redirect_uri LIKE '[%' AND redirect_uri ->> 0 = ?`)
  const removeRefreshToken = sql.prepare<[string]>('DELETE FROM refresh_tokens WHERE refresh_token = ?')
  const deleteExpired = sql.prepare<[string]>('DELETE FROM authorization_codes WHERE expires_at <= ?')
  const addRefreshToken = sql.prepare<[RefreshToken]>(`
    INSERT INTO refresh_tokens (refresh_token, client_id, user) VALUES (@refreshToken, @clientId, @user)`)
  const findRefreshToken = sql.prepare<[string], RefreshToken>(`
    SELECT refresh_token AS refreshToken, client_id AS clientId, user FROM refresh_tokens WHERE refresh_token = ?`)

  const statement = createStatementCache(sql.prepare)

  return {
    addCode: (code: AuthorizationCode) => void addCode.run(code),
    findCode(code: string): StoredCode | undefined {
      const found = findCode.get(code)
      if (found === undefined) return undefined
      const isUsed = found.redirectUri.startsWith('[')
      return { ...found, given: isUsed ? (JSON.parse(found.redirectUri) as string[]) : undefined } // as it was written
    },
    /** Keeps with a code the tokens that it was exchanged for, until it expires. */
    useCode: (code: string, given: { refreshToken: string; accessToken: string }) =>
      void useCode.run(JSON.stringify([given.refreshToken, given.accessToken]), code),
    /** Keeps with the code of a refresh token a further access token. */
    addGiven: (refreshToken: string, accessToken: string) => void addGiven.run(accessToken, refreshToken),
    removeRefreshToken: (token: string) => void removeRefreshToken.run(token),
    /** Deletes the codes that have expired. */
    deleteExpired: (now: Date) => void deleteExpired.run(now.toISOString()),
    addRefreshToken: (token: RefreshToken) => void addRefreshToken.run(token),
    findRefreshToken: (token: string): RefreshToken | undefined => findRefreshToken.get(token),
    /** Deletes the codes and refresh tokens of a user or an app, or all. */
    remove(match: { user?: string; clientId?: string }): void {
      const where = Object.keys(match).map(name => ` AND ${name === 'user' ? 'user' : 'client_id'} = @${name}`)
      for (const table of ['authorization_codes', 'refresh_tokens']) {
        statement(`DELETE FROM ${table} WHERE 1${where.join('')}`).run(match)
      }
    }
  }
}
