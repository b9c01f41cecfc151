// Who may do what: permissions, tokens, sessions, OAuth, and the guards of the control API.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const ACCESS = {
  'src/domain/addressing.ts': [
    {
      name: 'an organization reaches the extensions of others',
      text: 'organization: { self: true, sameOrganization: true, elsewhere: false }',
      instead: 'organization: { self: true, sameOrganization: true, elsewhere: true }',
      test: '30-access › every cell of the permission matrix holds for all four operations'
    },
    {
      name: 'users without an organization share one',
      text: 'principal.organization !== null && principal.organization',
      instead: 'principal.organization',
      test: '30-access › two users without an organization are not in the same organization'
    }
  ],
  'src/domain/allowed-origins.ts': [
    {
      name: '"*" opens the control API without a token',
      text: '(isVendors ? isAny : isAnyForControl)',
      instead: '(isAny || isAnyForControl)',
      test: '77-cors › "*" opens the surface of the vendor and OAuth only, without cookies; a named origin beside it opens all'
    }
  ],
  'src/domain/callbacks/host.ts': [
    {
      name: 'every Host is allowed',
      text: "!host.includes('.') || // localhost",
      instead: "host !== '' || // localhost",
      test: '30-access › a Host that a web page could choose is refused before any other check, in the error format of the surface'
    }
  ],
  'src/domain/control-token.ts': [
    {
      name: 'the control API is open on every address',
      text: 'const isOpen = isLoopback(host) &&',
      instead: 'const isOpen = host !== undefined &&',
      test: '96-in-process › bound to every address, the control API requires a token, which the emulator has'
    },
    {
      name: 'a seed is accepted off loopback without a control token',
      text: 'if (seed === undefined || isLoopback(host) ||',
      instead: 'if (seed !== undefined || isLoopback(host) ||',
      test: '99-seed › off loopback, a seed is refused unless a control token was chosen'
    }
  ],
  'src/service/access/oauth.ts': [
    {
      name: 'an authorization code never expires',
      text: ' || Date.parse(found.expiresAt) <= clock().getTime()',
      instead: '',
      test: '50-oauth › a code expires after 10 minutes'
    },
    {
      name: 'a code is exchanged with any redirect_uri',
      text: 'if (found.redirectUri !== redirectUri) {',
      instead: 'if (found.redirectUri === undefined) {',
      test: '50-oauth › a code is valid for its app and its redirect URI only, and a failed exchange does not use it up'
    },
    {
      name: 'a consent redirects to any address',
      text: 'redirectUri !== undefined && app.redirectUris.includes(redirectUri)',
      instead: 'redirectUri !== undefined',
      test: '50-oauth › a mistake without a trusted redirect URI is shown on a page, and never redirected'
    },
    {
      name: 'an untrusted app gets a token by its secret alone',
      text: 'if (app.trusted) return issue(app, app.user)',
      instead: 'if (app !== undefined) return issue(app, app.user)',
      test: '50-oauth › every mistake in a token request is answered with an error of RFC 6749'
    },
    {
      name: 'a refresh token is accepted from any app',
      text: 'if (found === undefined || found.clientId !== app.clientId) {',
      instead: 'if (found === undefined) {',
      test: '50-oauth › a refresh token can be used again, by its app only, and redirect_uri is ignored'
    }
  ],
  'src/service/access/principals.ts': [
    {
      name: 'the xsrf header is not compared with the session',
      text: 'header !== cookie || !isSameSecret(header, xsrfToken)',
      instead: 'header !== cookie',
      test: '30-access › a session › needs its XSRF token as a cookie and as a header, on all four operations'
    },
    {
      name: 'a token is valid at the millisecond of its expiry',
      text: 'if (expiresAt && Date.parse(expiresAt) <= clock().getTime())',
      instead: 'if (expiresAt && Date.parse(expiresAt) < clock().getTime())',
      test: '30-access › a bearer token › expires at its time, to the millisecond, with the reason token_expired'
    },
    {
      name: 'the token of a disabled app is accepted',
      text: 'if (clientId !== null && directory.findApp(clientId)?.disabled)',
      instead: 'if (clientId === "")',
      test: '50-oauth › a disabled app gets no tokens, and those that it has are refused until it is enabled'
    }
  ],
  'src/service/extensions.ts': [
    {
      name: 'an extension of another kind has phone call events',
      text: 'if (!isAllowed(found.kind)) throw',
      instead: "if (found.number === '') throw",
      test: '30-access › phone call events can be assigned to four kinds of extension'
    },
    {
      name: '@owner reaches every extension',
      text: "if (ref.kind === 'owner') checkReach(principal, ownerOf(found))",
      instead: "if (ref.kind === 'owner') ownerOf(found)",
      test: '30-access › every cell of the permission matrix holds for all four operations'
    }
  ],
  'src/store/credentials.ts': [
    {
      name: 'a revoked session is still in the cache',
      text: 'revokeSessions(match: { vn?: string; user?: string }): number {\n      invalidate()',
      instead: 'revokeSessions(match: { vn?: string; user?: string }): number {',
      test: '30-access › a session is revoked by its vn, by its user, or with all others, and refused with session_revoked'
    },
    {
      name: 'the cache of credentials survives a rollback',
      text: 'onRollback(invalidate)\n',
      instead: '\n',
      test: '60-database › caches are discarded when a transaction is rolled back'
    }
  ],
  'src/store/revocations.ts': [
    {
      name: 'a revoked credential stays valid',
      text: 'trim.run()',
      instead: 'if (trim.run()) return 1',
      test: '30-access › a token is revoked by its text, by its user, or with all others, and refused with token_revoked'
    }
  ],
  'src/http/control/guards.ts': [
    {
      name: 'the control token is not compared',
      text: 'if (sent === undefined || !isSameSecret(sent.trim(), token)) {',
      instead: 'if (sent === undefined) {',
      test: '77-request-guards › the control token is compared as a whole'
    },
    {
      name: 'the control API needs no token',
      text: 'if (token === undefined || routeOptions.config?.open)',
      instead: 'if (token === undefined || routeOptions.config)',
      test: '77-request-guards › every operation of the control API is protected, also with an unusual spelling of its path'
    },
    {
      name: 'a page of another origin may change the state',
      text: 'if (foreign || crossSite) throw',
      instead: 'if (crossSite) throw',
      test: '77-request-guards › changes from a page of another origin are refused, reads are not'
    },
    {
      name: 'Sec-Fetch-Site is not read',
      text: 'if (foreign || crossSite) throw new ControlError',
      instead: 'if (foreign) throw new ControlError',
      test: '77-request-guards › changes from a page of another origin are refused, reads are not'
    }
  ]
}
