import type { Session, Token } from '../schema/directory.js'
import type { Database } from './database.js'
import { createLookupCache } from './lookup-cache.js'

/** Bearer tokens and cookie sessions. */
export type CredentialStore = ReturnType<typeof createCredentialStore>

interface TokenRow {
  access_token: string
  user: string
  expires_at: string | null
}

interface SessionRow {
  vn: string
  user: string
  xsrf_token: string
}

/** Prepares the queries for credentials. Both kinds are found by their key, never by a scan. */
export function createCredentialStore({ sql, onRollback }: Database) {
  const saveToken = sql.prepare<[TokenRow]>(`
    INSERT INTO tokens (access_token, user, expires_at, issued) VALUES (@access_token, @user, @expires_at, 0)
    ON CONFLICT (access_token) DO UPDATE SET user = @user, expires_at = @expires_at, issued = 0`)
  const issueToken = sql.prepare<[TokenRow]>(`
    INSERT INTO tokens (access_token, user, expires_at, issued) VALUES (@access_token, @user, @expires_at, 1)`)
  const saveSession = sql.prepare<[SessionRow]>(`
    INSERT INTO sessions (vn, user, xsrf_token) VALUES (@vn, @user, @xsrf_token)
    ON CONFLICT (vn) DO UPDATE SET user = @user, xsrf_token = @xsrf_token`)
  const selectToken = sql.prepare<[string], TokenRow>(
    'SELECT access_token, user, expires_at FROM tokens WHERE access_token = ?'
  )
  const selectSession = sql.prepare<[string], SessionRow>('SELECT vn, user, xsrf_token FROM sessions WHERE vn = ?')
  const allTokens = sql.prepare<[], TokenRow>('SELECT access_token, user, expires_at FROM tokens ORDER BY access_token')
  const allSessions = sql.prepare<[], SessionRow>('SELECT vn, user, xsrf_token FROM sessions ORDER BY vn')
  const deleteExpired = sql.prepare<[string]>('DELETE FROM tokens WHERE issued = 1 AND expires_at < ?')

  // Every request needs one of these, and mostly the same ones.
  const findToken = createLookupCache((accessToken: string) => {
    const row = selectToken.get(accessToken)
    return row && toToken(row)
  })
  const findSession = createLookupCache((vn: string) => {
    const row = selectSession.get(vn)
    return row && toSession(row)
  })
  const invalidate = () => {
    findToken.clear()
    findSession.clear()
  }
  onRollback(invalidate)

  return {
    saveToken(token: Token): void {
      saveToken.run(toTokenRow(token))
      invalidate()
    },
    /** Adds a token that OAuth issued: `deleteExpired` deletes it, unlike a fixture's. */
    issueToken: (token: Token) => void issueToken.run(toTokenRow(token)),
    saveSession({ vn, user, xsrfToken }: Session): void {
      saveSession.run({ vn, user, xsrf_token: xsrfToken })
      invalidate()
    },
    findToken,
    findSession,
    /** Empties the caches, after these tables were written to elsewhere. */
    invalidate,
    /** All tokens, expired ones included. */
    tokens: (): Token[] => allTokens.all().map(toToken),
    sessions: (): Session[] => allSessions.all().map(toSession),
    /** Deletes the issued tokens that expired before a time. */
    deleteExpired(before: Date): void {
      if (deleteExpired.run(before.toISOString()).changes > 0) invalidate()
    }
  }
}

/** Times are stored in UTC, so that they compare as texts. */
const toTokenRow = ({ accessToken, user, expiresAt }: Token): TokenRow => ({
  access_token: accessToken,
  user,
  expires_at: expiresAt ? new Date(expiresAt).toISOString() : null
})

const toToken = ({ access_token, user, expires_at }: TokenRow): Token => ({
  accessToken: access_token,
  user,
  expiresAt: expires_at
})

const toSession = ({ vn, user, xsrf_token }: SessionRow): Session => ({ user, vn, xsrfToken: xsrf_token })
