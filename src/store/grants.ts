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
  const removeCode = sql.prepare<[string]>('DELETE FROM authorization_codes WHERE code = ?')
  const deleteExpired = sql.prepare<[string]>('DELETE FROM authorization_codes WHERE expires_at <= ?')
  const addRefreshToken = sql.prepare<[RefreshToken]>(`
    INSERT INTO refresh_tokens (refresh_token, client_id, user) VALUES (@refreshToken, @clientId, @user)`)
  const findRefreshToken = sql.prepare<[string], RefreshToken>(`
    SELECT refresh_token AS refreshToken, client_id AS clientId, user FROM refresh_tokens WHERE refresh_token = ?`)

  const statement = createStatementCache(sql.prepare)

  return {
    addCode: (code: AuthorizationCode) => void addCode.run(code),
    findCode: (code: string): AuthorizationCode | undefined => findCode.get(code),
    removeCode: (code: string) => void removeCode.run(code),
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
