import { OAuthError } from '../../domain/errors/oauth.js'
import {
  type ClientCredentials,
  type Grant,
  type Parameters,
  parseClientCredentials,
  parseGrant,
  value
} from '../../domain/oauth-request.js'
import type { App, User } from '../../schema/directory.js'
import type { TokenResponse } from '../../schema/error.js'
import type { Store } from '../../store/store.js'
import type { NewId } from '../new-id.js'
import type { SettingsService } from '../state/settings.js'
import type { Clock } from '../time/clock.js'
import { isSameSecret, TOKEN_LENGTH } from './secrets.js'

/** Lifetime of an authorization code, in milliseconds. @source contract §7 */
const CODE_LIFETIME = 10 * 60_000

/** Retention of an expired token, in milliseconds, so that it is refused as `token_expired`, not `token_unknown`. */
const EXPIRED_TOKENS_KEPT = 24 * 3_600_000

const DISABLED = 'The app is disabled. PATCH /_emulator/apps/{client_id} enables it.'

/** A checked consent request: the app, the user it acts for, and where to redirect. */
export interface Consent {
  app: App
  user: User
  redirectUri: string
  state: string
}

/** The OAuth use cases. */
export type OAuthService = ReturnType<typeof createOAuthService>

/** Issues tokens to apps, and authorization codes after consent. @source contract §7 (v3, clients); RFC 6749 @assumed 0009 */
export function createOAuthService({
  store,
  clock,
  newId,
  settings
}: {
  store: Store
  clock: Clock
  newId: NewId
  settings: SettingsService
}) {
  const { directory, credentials, grants } = store

  const issue = ({ clientId }: App, user: string): TokenResponse => {
    const lifetime = settings.current().tokenLifetimeSeconds
    const now = clock().getTime()
    const token = newId(TOKEN_LENGTH, id => credentials.findToken(id) !== undefined)
    credentials.deleteExpired(new Date(now - EXPIRED_TOKENS_KEPT))
    const expiresAt = new Date(now + lifetime * 1000).toISOString()
    credentials.issueToken({ accessToken: token, user, expiresAt }, clientId)
    return { access_token: token, token_type: 'Bearer', expires_in: lifetime }
  }

  const authenticate = ({ clientId, clientSecret }: ClientCredentials): App => {
    const app = directory.findApp(clientId)
    // Compares a secret for an unknown app too, so that the time does not reveal which apps exist.
    const known = isSameSecret(clientSecret, app?.clientSecret ?? '')
    if (app?.disabled && known) throw new OAuthError('invalid_client', 'app_disabled', DISABLED)
    if (app !== undefined && known) return app
    throw new OAuthError('invalid_client', 'client_unknown', 'The client_id or client_secret is not valid.')
  }

  /** @returns the refusal of a code that was used, whose tokens are revoked: an error that is thrown would undo it */
  const exchangeCode = (app: App, { code, redirectUri }: Extract<Grant, { kind: 'authorization_code' }>) => {
    const found = grants.findCode(code)
    if (found === undefined || found.clientId !== app.clientId || Date.parse(found.expiresAt) <= clock().getTime()) {
      throw new OAuthError('invalid_grant', 'code_unknown', 'The code is not valid, was used, or has expired.')
    }
    if (found.given !== undefined) return refuseReuse(found.given)
    if (found.redirectUri !== redirectUri) {
      const description = 'The redirect_uri must be the one that the code was requested with.'
      throw new OAuthError('invalid_grant', 'redirect_uri_mismatch', description)
    }
    const refreshToken = newId(TOKEN_LENGTH)
    grants.addRefreshToken({ refreshToken, clientId: app.clientId, user: found.user })
    const issued = issue(app, found.user)
    grants.useCode(code, { refreshToken, accessToken: issued.access_token })
    return { ...issued, refresh_token: refreshToken }
  }

  /** Revokes what a code was exchanged for. @source RFC 6749 §4.1.2 @assumed 0009 */
  const refuseReuse = ([refreshToken = '', ...accessTokens]: string[]): OAuthError => {
    grants.removeRefreshToken(refreshToken)
    for (const accessToken of accessTokens) credentials.revokeTokens({ accessToken })
    const description = 'The code was used before. The tokens that it was exchanged for are revoked.'
    return new OAuthError('invalid_grant', 'code_reused', description)
  }

  const refresh = (app: App, refreshToken: string) => {
    const found = grants.findRefreshToken(refreshToken)
    if (found === undefined || found.clientId !== app.clientId) {
      throw new OAuthError('invalid_grant', 'refresh_token_unknown', 'The refresh_token is not valid.')
    }
    const issued = issue(app, found.user)
    grants.addGiven(refreshToken, issued.access_token)
    return { ...issued, refresh_token: refreshToken }
  }

  const consentUser = ({ user }: App): User => {
    const found = directory.findUser(user)
    if (found === undefined) throw new Error(`The user ${user} of an app does not exist.`) // a foreign key forbids it
    return found
  }

  return {
    /** Issues a token. @param authorization the Authorization header @throws OAuthError */
    token(parameters: Parameters, authorization: string | undefined): TokenResponse {
      const app = authenticate(parseClientCredentials(parameters, authorization))
      const grant = parseGrant(parameters)
      const issued = store.write(() => {
        if (grant.kind === 'authorization_code') return exchangeCode(app, grant)
        if (grant.kind === 'refresh_token') return refresh(app, grant.refreshToken)
        if (app.trusted) return issue(app, app.user)
        const description = 'Only trusted apps may use the client_credentials grant.'
        throw new OAuthError('unauthorized_client', 'client_untrusted', description)
      })
      if (issued instanceof OAuthError) throw issued
      return issued
    },

    /**
     * Checks the redirect_uri of a consent request: it must be registered for the app.
     * @throws OAuthError to show to the user, never to redirect
     */
    trustedRedirect(parameters: Parameters): { app: App; user: User; redirectUri: string } {
      const clientId = value(parameters, 'client_id')
      if (clientId === undefined) {
        throw new OAuthError('invalid_request', 'client_missing', 'The parameter client_id is missing.')
      }
      const app = directory.findApp(clientId)
      if (app === undefined) {
        throw new OAuthError('invalid_client', 'client_unknown', 'The client_id names no app that is known here.', 400)
      }
      if (app.disabled) throw new OAuthError('invalid_client', 'app_disabled', DISABLED, 400)
      const redirectUri = value(parameters, 'redirect_uri')
      if (redirectUri !== undefined && app.redirectUris.includes(redirectUri)) {
        return { app, user: consentUser(app), redirectUri }
      }
      const registered = app.redirectUris.join(' or ') || 'none, yet'
      const description = `The redirect_uri must be one that is registered for the app, character for character: ${registered}.`
      throw new OAuthError('invalid_request', 'redirect_uri_mismatch', description)
    },

    /** Issues an authorization code to an app, for its user. @returns the code */
    allow({ app, user, redirectUri }: Consent): string {
      const now = clock()
      const expiresAt = new Date(now.getTime() + CODE_LIFETIME).toISOString()
      return store.write(() => {
        const code = newId(TOKEN_LENGTH)
        grants.deleteExpired(now)
        grants.addCode({ code, clientId: app.clientId, user: user.id, redirectUri, expiresAt })
        return code
      })
    }
  }
}
