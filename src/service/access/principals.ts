import { UapiError } from '../../domain/errors/uapi.js'
import type { Session, User } from '../../schema/directory.js'
import type { Reason } from '../../schema/reasons.js'
import type { Store } from '../../store/store.js'
import type { SettingsService } from '../state/settings.js'
import type { Clock } from '../time/clock.js'
import { isSameSecret } from './secrets.js'

/** The credentials of a request. */
export type Credentials =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'session'; vn: string | undefined; xsrfCookie: string | undefined; xsrfHeader: string | undefined }

/** Finds the principal of requests. */
export interface PrincipalService {
  /**
   * Returns the user that a request acts as.
   * @throws UapiError `access_denied`: 401 where the credentials fail, 403 where only the xsrf pair does
   * @source page "Authentication"; contract §5
   */
  authenticate(credentials: Credentials): User
}

/** Looks tokens and sessions up in the store. */
export function createPrincipalService({
  store: { credentials, directory },
  clock,
  settings
}: {
  store: Store
  clock: Clock
  settings: SettingsService
}): PrincipalService {
  /**
   * The holder of a bearer token; a setting has the status for an invalid one.
   * @source contract §4 (clients), §7 (disabled apps); control-api.md "State" (revoked tokens)
   * @assumed 0010
   */
  const byToken = (sent: string): User => {
    const found = credentials.findToken(sent)
    if (found === undefined) throw invalidToken(credentials.isTokenRevoked(sent) ? 'token_revoked' : 'token_unknown')
    const { expiresAt, user, clientId } = found
    if (expiresAt && Date.parse(expiresAt) <= clock().getTime()) throw invalidToken('token_expired')
    if (clientId !== null && directory.findApp(clientId)?.disabled) throw invalidToken('app_disabled')
    return holderOf(user)
  }

  const invalidToken = (reason: Reason) => new UapiError('access_denied', reason, settings.current().invalidTokenStatus)

  const bySession = (vn: string | undefined): Session => {
    const found = vn === undefined ? undefined : credentials.findSession(vn)
    if (found !== undefined) return found
    const isRevoked = vn !== undefined && credentials.isSessionRevoked(vn)
    throw new UapiError('access_denied', isRevoked ? 'session_revoked' : 'session_unknown', 401)
  }

  const holderOf = (id: string): User => {
    const user = directory.findUser(id)
    if (user === undefined) throw new Error(`User ${id} has credentials and does not exist.`) // a foreign key forbids it
    return user
  }

  return {
    authenticate(sent) {
      if (sent.kind === 'none') throw new UapiError('access_denied', 'credentials_missing', 401)
      if (sent.kind === 'token') return byToken(sent.token)
      const found = bySession(sent.vn)
      checkXsrf(found.xsrfToken, sent.xsrfCookie, sent.xsrfHeader)
      return holderOf(found.user)
    }
  }
}

function checkXsrf(xsrfToken: string, cookie: string | undefined, header: string | undefined): void {
  if (!cookie || !header) throw new UapiError('access_denied', 'xsrf_missing', 403)
  // header !== cookie may take any time: the client sent both, so it learns nothing.
  if (header !== cookie || !isSameSecret(header, xsrfToken)) throw new UapiError('access_denied', 'xsrf_mismatch', 403)
}
