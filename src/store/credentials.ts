import type { Session, Token, User } from '../schema/directory.js'
import type { Database } from './database.js'

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

/** Prepares what is asked of credentials. Both are found by their key, never by a scan. */
export function createCredentialStore({ sql }: Database) {
  const saveToken = sql.prepare<[TokenRow]>(`
    INSERT INTO tokens (access_token, user, expires_at, issued) VALUES (@access_token, @user, @expires_at, 0)
    ON CONFLICT (access_token) DO UPDATE SET user = @user, expires_at = @expires_at, issued = 0`)
  const issueToken = sql.prepare<[TokenRow]>(`
    INSERT INTO tokens (access_token, user, expires_at, issued) VALUES (@access_token, @user, @expires_at, 1)`)
  const saveSession = sql.prepare<[SessionRow]>(`
    INSERT INTO sessions (vn, user, xsrf_token) VALUES (@vn, @user, @xsrf_token)
    ON CONFLICT (vn) DO UPDATE SET user = @user, xsrf_token = @xsrf_token`)
  const findToken = sql.prepare<[string], User & { expiresAt: string | null }>(`
    SELECT u.id, u.name, u.organization, u.role, t.expires_at AS expiresAt
    FROM tokens t JOIN users u ON u.id = t.user WHERE t.access_token = ?`)
  const findSession = sql.prepare<[string], User & { xsrfToken: string }>(`
    SELECT u.id, u.name, u.organization, u.role, s.xsrf_token AS xsrfToken
    FROM sessions s JOIN users u ON u.id = s.user WHERE s.vn = ?`)
  const allTokens = sql.prepare<[], TokenRow>('SELECT access_token, user, expires_at FROM tokens ORDER BY access_token')
  const allSessions = sql.prepare<[], SessionRow>('SELECT vn, user, xsrf_token FROM sessions ORDER BY vn')
  const forgetExpired = sql.prepare<[string]>('DELETE FROM tokens WHERE issued = 1 AND expires_at < ?')

  return {
    saveToken: (token: Token) => void saveToken.run(toTokenRow(token)),
    /** Keeps a token that was issued here until some time after its end. */
    issueToken: (token: Token) => void issueToken.run(toTokenRow(token)),
    saveSession: ({ vn, user, xsrfToken }: Session) => void saveSession.run({ vn, user, xsrf_token: xsrfToken }),
    /** Who holds a token, and until when; null is for ever. */
    findToken: (accessToken: string): (User & { expiresAt: string | null }) | undefined => findToken.get(accessToken),
    /** Whose session it is, and the xsrf token that has to come with it. */
    findSession: (vn: string): (User & { xsrfToken: string }) | undefined => findSession.get(vn),
    /** All of them, expired ones too. */
    tokens: (): Token[] => allTokens.all().map(toToken),
    sessions: (): Session[] =>
      allSessions.all().map(({ vn, user, xsrf_token }) => ({ user, vn, xsrfToken: xsrf_token })),
    /** Deletes the issued tokens that expired before a time. */
    forgetExpired: (before: Date) => void forgetExpired.run(before.toISOString())
  }
}

/** Times are kept in UTC, so that they compare as texts. */
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
