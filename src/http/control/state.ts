import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { Fixture } from '../../schema/fixture.js'
import { Settings } from '../../schema/settings.js'
import {
  Directory,
  IssuedToken,
  OpenedSession,
  ResetRequest,
  SessionRequest,
  SettingsChange,
  StateCounts,
  TokenRequest
} from '../../schema/state.js'
import { LIMITS } from '../server/options.js'
import { described } from './described.js'
import { judgeBodyBy } from './validation.js'

/** What there is, and how tests put it in order. @source control-api.md "State" */
export const stateRoutes: FastifyPluginAsyncTypebox = async app => {
  const loads = ['request_invalid', 'fixture_invalid'] as const
  const reset = described(
    'resetState',
    'State',
    'Forgets everything and begins again, with the fixtures that the emulator was started with, or with another.',
    { 200: StateCounts },
    loads
  )
  app.post(
    '/reset',
    {
      schema: { ...reset, body: ResetRequest },
      validatorCompiler: judgeBodyBy(ANY_FIXTURE),
      bodyLimit: LIMITS.fixtureBody
    },
    async ({ sandbox: { fixtures }, body: { fixture } }) =>
      fixtures.replace(fixture === undefined ? undefined : fixtures.sourcesOf(fixture))
  )

  const load = described(
    'loadFixture',
    'State',
    'Merges a fixture, all or nothing: the same id or number replaces. Says what there is then.',
    { 200: StateCounts },
    loads
  )
  app.post(
    '/fixtures',
    { schema: { ...load, body: Fixture }, validatorCompiler: judgeBodyBy(Type.Any()), bodyLimit: LIMITS.fixtureBody },
    async ({ sandbox, body }) => sandbox.fixtures.load([{ name: 'fixture', document: body }])
  )

  const save = described(
    'getFixture',
    'State',
    'The state as a fixture that loads back to the same. It holds every secret.',
    { 200: Fixture },
    []
  )
  app.get('/fixtures', { schema: save }, async ({ sandbox }) => sandbox.fixtures.export())

  const directory = described('getDirectory', 'State', 'Who exists.', { 200: Directory }, [])
  app.get('/directory', { schema: directory }, async ({ sandbox }) => sandbox.directory())

  const token = described('issueToken', 'State', 'Makes a bearer token.', { 201: IssuedToken }, ['request_invalid'])
  app.post('/tokens', { schema: { ...token, body: TokenRequest } }, async ({ sandbox, body }, reply) =>
    reply.code(201).send(sandbox.credentials.issueToken(body))
  )

  const session = described('openSession', 'State', 'Opens a session, as a browser has one.', { 201: OpenedSession }, [
    'request_invalid'
  ])
  app.post('/sessions', { schema: { ...session, body: SessionRequest } }, async ({ sandbox, body }, reply) =>
    reply.code(201).send(sandbox.credentials.openSession(body))
  )

  const settings = described('getSettings', 'State', 'The settings that are in force.', { 200: Settings }, [])
  app.get('/settings', { schema: settings }, async ({ sandbox }) => sandbox.settings.current())

  const change = described(
    'changeSettings',
    'State',
    'Changes settings, above flags and fixtures, until a reset or a restart.',
    { 200: Settings },
    ['request_invalid']
  )
  app.patch('/settings', { schema: { ...change, body: SettingsChange } }, async ({ sandbox, body }) =>
    sandbox.settings.change(body)
  )
}

/** The service says what is wrong with a fixture, all of it, and repeats no secret. */
const ANY_FIXTURE = Type.Object({ fixture: Type.Optional(Type.Any()) }, { additionalProperties: false })
