import { membersOf } from '../resources.js'
import type { SeenExchange } from '../seen-exchange.js'
import { errorCodeOf, headerOf, isSuccess } from '../seen-exchange.js'

/** How many credentials, and how many extensions of each, are remembered. */
const MAX_CREDENTIALS = 5_000
const MAX_REACHED = 5_000

/** What lines show of the user behind a credential. Extensions are as paths name them. */
export interface Reach {
  /** The extensions that it reaches, and those that are refused. */
  extensions: Set<string>
  refused: Set<string>
  /** Users that it may not act for. */
  forbidden: Set<string>
}

/** A token, a session, or an app with its tokens. */
export interface SeenCredential extends Reach {
  tokens: Set<string>
  sessions: Map<string, string>
  app?: SeenApp
  /** Whether any answer shows that it is valid. */
  isAccepted: boolean
}

/** An app that got tokens. */
export interface SeenApp {
  clientId: string
  clientSecret: string
  isTrusted: boolean
  redirectUris: Set<string>
}

/** Collects the credentials of requests, and what each reaches. */
export class SeenCredentials {
  readonly #found = new Map<string, SeenCredential>()
  readonly #owners = new Map<string, string>()
  readonly #guesses = new Map<string, string>()
  readonly #ended = new Set<string>()
  #hasGrants = false
  readonly #users = new Set<string>()

  list = (): SeenCredential[] => [...new Set(this.#found.values())].filter(({ isAccepted }) => isAccepted)

  /** Sentences on what a fixture cannot hold of the credentials. */
  left = (): string[] => [
    ...[...this.#ended].map(token => `${token} was accepted and later refused: in the fixture it does not expire.`),
    ...(this.#hasGrants
      ? ['A fixture holds no refresh tokens and codes: requests with recorded ones are refused.']
      : [])
  ]

  /** The users of extensions that answers show, by the extension as paths name it. */
  owners = (): ReadonlyMap<string, string> => this.#owners

  /** The users of extensions, as paths name both that a credential may not use. */
  guesses = (): ReadonlyMap<string, string> => this.#guesses

  /** The ids of users that paths name, and that exist. */
  users = (): ReadonlySet<string> => this.#users

  exchange(seen: SeenExchange): void {
    if (seen.operation === 'token') this.#readToken(seen)
    else if (seen.operation !== undefined && seen.operation !== 'authorize') this.#readRequest(seen)
  }

  #readRequest(seen: SeenExchange): void {
    const { address, operation, credential, status } = seen
    const { userId } = address
    if (credential.kind === 'token' && status === 401 && this.#found.get(`token ${credential.token}`)?.isAccepted)
      addTo(this.#ended, credential.token)
    const extension = operation === 'phoneCalls.create' ? membersOf(seen.sent).extension : address.extension
    const code = errorCodeOf(seen)
    const isOwn = /^(?:@me|@viewer|)$/.test(userId)
    const isForbidden = status === 403 && !isOwn
    const isReached = isSuccess(seen) || (status === 400 && code !== undefined && !NOT_REACHED.includes(code))
    if (!isReached && !isForbidden && code !== 'extension_invalid' && code !== 'user_invalid') return
    if (credential.kind === 'none') return
    const found = this.#at(credential.kind === 'token' ? `token ${credential.token}` : `session ${credential.vn}`)
    if (found === undefined) return
    found.isAccepted = true
    if (credential.kind === 'token') found.tokens.add(credential.token)
    else found.sessions.set(credential.vn, credential.xsrfToken ?? '')
    if (!isOwn && userId !== '@owner' && code !== 'user_invalid') this.#users.add(userId)
    if (isForbidden && userId !== '@owner') addTo(found.forbidden, userId)
    if (typeof extension !== 'string' || !/^[0-9*]+$/.test(extension)) return
    if (isReached) {
      addTo(found.extensions, extension)
      if (!userId.startsWith('@') && userId !== '' && this.#owners.size < MAX_REACHED)
        this.#owners.set(extension, userId)
    } else if (isOwn || userId === '@owner') addTo(found.refused, extension)
    else if (isForbidden && this.#guesses.size < MAX_REACHED) this.#guesses.set(extension, userId)
  }

  /** An app that gets a token is one credential with it. */
  #readToken(seen: SeenExchange): void {
    const sent = membersOf(seen.sent)
    if (sent.grant_type === 'refresh_token' || sent.grant_type === 'authorization_code') this.#hasGrants = true
    const { access_token: token } = membersOf(seen.answer)
    const { clientId, clientSecret } = appOf(seen, sent)
    if (!isSuccess(seen) || typeof token !== 'string' || clientId === '' || clientSecret === '') return
    const found = this.#at(`app ${clientId}`)
    if (found === undefined) return
    found.isAccepted = true
    found.app ??= { clientId, clientSecret, isTrusted: false, redirectUris: new Set() }
    found.app.clientSecret = clientSecret
    if (sent.grant_type === 'client_credentials') found.app.isTrusted = true
    if (typeof sent.redirect_uri === 'string') addTo(found.app.redirectUris, sent.redirect_uri)
    if (this.#found.size < MAX_CREDENTIALS) this.#found.set(`token ${token}`, found)
  }

  #at(key: string): SeenCredential | undefined {
    const earlier = this.#found.get(key)
    if (earlier !== undefined || this.#found.size >= MAX_CREDENTIALS) return earlier
    const credential: SeenCredential = {
      tokens: new Set(),
      sessions: new Map(),
      extensions: new Set(),
      refused: new Set(),
      forbidden: new Set(),
      isAccepted: false
    }
    this.#found.set(key, credential)
    return credential
  }
}

/** The codes of requests that have not reached an extension. */
const NOT_REACHED: readonly string[] = ['user_invalid', 'extension_invalid', 'request_invalid', 'access_denied']

function addTo(set: Set<string>, value: string): void {
  if (set.size < MAX_REACHED) set.add(value)
}

/** Client id and pseudonym of the secret: of the body, or of Basic authentication, which recordings show decoded. */
function appOf(
  { recorded }: SeenExchange,
  sent: Readonly<Record<string, unknown>>
): Pick<SeenApp, 'clientId' | 'clientSecret'> {
  const text = (name: string) => (typeof sent[name] === 'string' ? sent[name] : undefined)
  const authorization = headerOf(recorded.request.headers, 'authorization') ?? ''
  const [, clientId = '', clientSecret = ''] = /^basic +([^:]+):(.*)$/is.exec(authorization) ?? []
  return { clientId: text('client_id') ?? clientId, clientSecret: text('client_secret') ?? clientSecret }
}
