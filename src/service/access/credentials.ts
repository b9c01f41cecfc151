import { ControlError } from '../../domain/errors/control.js'
import { LAST_TIME } from '../../domain/timestamp.js'
import type {
  IssuedToken,
  OpenedSession,
  Revoked,
  SessionRequest,
  SessionRevocation,
  TokenRequest,
  TokenRevocation
} from '../../schema/state.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import type { Clock } from '../time/clock.js'
import { SESSION_LENGTHS, TOKEN_LENGTH } from './secrets.js'

/** Issues tokens and sessions to tests, without OAuth and without a browser, and revokes them. @source control-api.md "State" */
export interface CredentialService {
  /**
   * Issues a bearer token that expires by the sandbox's clock, at the end of the year 9999 at the latest, or never.
   * @throws ControlError `request_invalid` when the user does not exist
   */
  issueToken(request: TokenRequest): IssuedToken
  /** @throws ControlError `request_invalid` when the user does not exist */
  openSession(request: SessionRequest): OpenedSession
  /**
   * Revokes one token, or those of a user, or all; in the last two cases refresh tokens and codes end, too.
   * @returns the number of access tokens, expired ones included
   * @throws ControlError `request_invalid` when the user does not exist, or both members are given
   * @assumed 0009
   */
  revokeTokens(which: TokenRevocation): Revoked
  /** Revokes one session, or those of a user, or all. @throws ControlError `request_invalid` in the same cases */
  revokeSessions(which: SessionRevocation): Revoked
}

/** Stores the credentials for the users of the directory. */
export function createCredentialService({
  store: { directory, credentials, grants, write },
  clock,
  newId
}: {
  store: Store
  clock: Clock
  newId: NewId
}): CredentialService {
  const check = (user: string) => {
    if (directory.findUser(user) !== undefined) return
    const message = `names "${user}", which does not exist; GET /_emulator/directory lists the users`
    throw new ControlError('request_invalid', { reason: 'user_unknown', details: [{ path: '$.user', message }] })
  }

  const checkRevocation = (which: TokenRevocation | SessionRevocation) => {
    const [one, other] = Object.keys(which)
    if (other !== undefined) {
      const details = [{ path: '$', message: `has ${one} and ${other}; send one of them, or {} to revoke all` }]
      throw new ControlError('request_invalid', { details })
    }
    if (which.user !== undefined) check(which.user)
  }

  return {
    issueToken({ user, expiresInSeconds }) {
      check(user)
      const end = expiresInSeconds === undefined ? undefined : clock().getTime() + expiresInSeconds * 1000
      const expiresAt = end === undefined ? null : new Date(Math.min(end, LAST_TIME)).toISOString()
      return write(() => {
        const accessToken = newId(TOKEN_LENGTH, id => credentials.findToken(id) !== undefined)
        credentials.issueToken({ accessToken, user, expiresAt })
        return { accessToken, expiresAt }
      })
    },
    openSession({ user }) {
      check(user)
      return write(() => {
        const xsrfToken = newId(SESSION_LENGTHS.xsrfToken)
        const vn = newId(SESSION_LENGTHS.vn, id => credentials.findSession(id) !== undefined)
        credentials.saveSession({ user, vn, xsrfToken })
        const cookies = { dev: newId(SESSION_LENGTHS.device), 'xsrf-token': xsrfToken, vn }
        const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        return { cookie: cookie.join('; '), xsrfToken }
      })
    },
    revokeTokens(which) {
      checkRevocation(which)
      const { accessToken, user } = which
      return write(() => {
        if (accessToken === undefined) grants.remove(user === undefined ? {} : { user })
        return { revoked: credentials.revokeTokens(which) }
      })
    },
    revokeSessions(which) {
      checkRevocation(which)
      return { revoked: write(() => credentials.revokeSessions(which)) }
    }
  }
}
