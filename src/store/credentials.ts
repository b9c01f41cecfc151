import type { Session, Token } from '../schema/directory.js'
import type { Database } from './database.js'
import { createLookupCache } from './lookup-cache.js'
import { createRevocations } from './revocations.js'

/** Bearer tokens and cookie sessions. */
export type CredentialStore = ReturnType<typeof createCredentialStore>

/** A token, and the client id of the app that it was issued to: null when it was issued to none. */
export interface StoredToken extends Token {
  clientId: string | null
}

interface TokenRow {
  access_token: string
  user: string
  expires_at: string | null
  client_id: string | null
}

interface SessionRow {
  vn: string
  user: string
  xsrf_token: string
}

/** Prepares the queries for credentials. Both kinds are found by their key, never by a scan. */
export function createCredentialStore(database: Database) {
  const { sql, onRollback } = database
  const revokedTokens = createRevocations(database, 'token')
  const revokedSessions = createRevocations(database, 'session')
  const saveToken = sql.prepare<[TokenRow]>(`
    INSERT INTO tokens (access_token, user, expires_at, issued) VALUES (@access_token, @user, @expires_at, 0)
    ON CONFLICT (access_token) DO UPDATE SET user = @user, expires_at = @expires_at, issued = 0, client_id = NULL`)
  const issueToken = sql.prepare<[TokenRow]>(`
    INSERT INTO tokens (access_token, user, expires_at, client_id, issued)
    VALUES (@access_token, @user, @expires_at, @client_id, 1)`)
  const saveSession = sql.prepare<[SessionRow]>(`
    INSERT INTO sessions (vn, user, xsrf_token) VALUES (@vn, @user, @xsrf_token)
    ON CONFLICT (vn) DO UPDATE SET user = @user, xsrf_token = @xsrf_token`)
  const selectToken = sql.prepare<[string], TokenRow>(
    'SELECT access_token, user, expires_at, client_id FROM tokens WHERE access_token = ?'
  )
  const selectSession = sql.prepare<[string], SessionRow>('SELECT vn, user, xsrf_token FROM sessions WHERE vn = ?')
  const acceptedTokens = sql.prepare<[], TokenRow>(`
    SELECT access_token, user, expires_at, client_id FROM tokens
    WHERE client_id IS NULL OR client_id NOT IN (SELECT client_id FROM apps WHERE disabled = 1)
    ORDER BY access_token`)
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
    /**
     * Adds a token that was issued at run time: `deleteExpired` deletes it, unlike a fixture's.
     * @param clientId the app that it is issued to
     */
    issueToken: (token: Token, clientId?: string) => void issueToken.run(toTokenRow(token, clientId)),
    saveSession({ vn, user, xsrfToken }: Session): void {
      saveSession.run({ vn, user, xsrf_token: xsrfToken })
      invalidate()
    },
    findToken,
    findSession,
    /** Empties the caches, after these tables were written to elsewhere. */
    invalidate,
    /** Revokes a token, those of a user or an app, or all. @returns how many, expired ones included */
    revokeTokens({ accessToken, user, clientId }: { accessToken?: string; user?: string; clientId?: string }): number {
      invalidate()
      return revokedTokens.revoke({
        ...(accessToken !== undefined && { access_token: accessToken }),
        ...(user !== undefined && { user }),
        ...(clientId !== undefined && { client_id: clientId })
      })
    },
    /** Revokes a session, those of a user, or all. @returns how many */
    revokeSessions(match: { vn?: string; user?: string }): number {
      invalidate()
      return revokedSessions.revoke(match)
    },
    /** Whether a token that was not found was revoked. */
    isTokenRevoked: revokedTokens.isRevoked,
    /** Whether a session that was not found was revoked. */
    isSessionRevoked: revokedSessions.isRevoked,
    /** The tokens except those of disabled apps, expired ones included. */
    acceptedTokens: (): Token[] =>
      acceptedTokens.all().map(row => {
        const { clientId, ...token } = toToken(row)
        return token
      }),
    sessions: (): Session[] => allSessions.all().map(toSession),
    /** Deletes the issued tokens that expired before a time. */
    deleteExpired(before: Date): void {
      if (deleteExpired.run(before.toISOString()).changes > 0) invalidate()
    }
  }
}

/** Times are stored in UTC, so that they compare as texts. */
const toTokenRow = ({ accessToken, user, expiresAt }: Token, clientId?: string): TokenRow => ({
  access_token: accessToken,
  user,
  expires_at: expiresAt ? new Date(expiresAt).toISOString() : null,
  client_id: clientId ?? null
})

const toToken = ({ access_token, user, expires_at, client_id }: TokenRow): StoredToken => ({
  accessToken: access_token,
  user,
  expiresAt: expires_at,
  clientId: client_id
})

const toSession = ({ vn, user, xsrf_token }: SessionRow): Session => ({ user, vn, xsrfToken: xsrf_token })
