import Type from 'typebox'
import { App } from '../directory.js'
import {
  AppChange,
  ChangedApp,
  IssuedToken,
  OpenedSession,
  Revoked,
  SessionRequest,
  SessionRevocation,
  TokenRequest,
  TokenRevocation
} from '../state.js'
import type { ControlOperation } from './operation.js'

/** Tokens, sessions and apps. @source control-api.md "State" */
export const ACCESS = {
  issueToken: {
    method: 'POST',
    path: '/tokens',
    tag: 'Access',
    summary: 'Issue a bearer token',
    body: TokenRequest,
    responses: { 201: IssuedToken }
  },
  revokeTokens: {
    method: 'POST',
    path: '/tokens/revoke',
    tag: 'Access',
    summary: 'Revoke bearer tokens',
    description:
      'One token, those of a user, or all. With the tokens of a user, or all, refresh tokens and authorization codes end too.',
    body: TokenRevocation,
    responses: { 200: Revoked }
  },
  openSession: {
    method: 'POST',
    path: '/sessions',
    tag: 'Access',
    summary: 'Open a browser session',
    body: SessionRequest,
    responses: { 201: OpenedSession }
  },
  revokeSessions: {
    method: 'POST',
    path: '/sessions/revoke',
    tag: 'Access',
    summary: 'Revoke browser sessions',
    description: 'One session, those of a user, or all.',
    body: SessionRevocation,
    responses: { 200: Revoked }
  },
  changeApp: {
    method: 'PATCH',
    path: '/apps/{clientId}',
    tag: 'Access',
    summary: 'Change an app',
    description:
      'While an app is disabled, it gets no tokens and those that it has are refused. A new secret ends its access tokens, refresh tokens and authorization codes.',
    params: Type.Object({ clientId: App.properties.clientId }),
    body: AppChange,
    responses: { 200: ChangedApp },
    errors: ['app_unknown']
  }
} as const satisfies Record<string, ControlOperation>
