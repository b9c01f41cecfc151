import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import Type from 'typebox'
import { UapiError } from '../src/domain/errors/uapi.js'
import { createHttpApp } from '../src/http/app.js'
import { describeApis } from '../src/http/control/describe-apis.js'
import { parseJsonBodies } from '../src/http/hooks/bodies.js'
import { LIMITS } from '../src/http/server/options.js'
import { type Surface, surfaceOf } from '../src/http/surfaces.js'
import { VENDOR_SERVICES } from '../src/http/uapi/plugin.js'
import { membersOf } from '../src/http/uapi/request-parts.js'
import {
  EXTENSION_PARAMETERS,
  operationOptions,
  refTo,
  SECURITY,
  SHARED_ERRORS,
  type VendorService
} from '../src/http/uapi/vendor-service.js'
import { readOpenApiDocument } from '../src/package.js'
import { BODY_BOUNDS } from '../src/schema/body-bounds.js'
import { RequestMatch } from '../src/schema/journal.js'
import type { Operation, FaultOperation as Operations } from '../src/schema/operations.js'
import { REASONS } from '../src/schema/reasons.js'
import { createSandbox } from '../src/service/sandbox.js'
import { createSandboxes } from '../src/service/sandboxes.js'
import { EVENTS, NEW_EVENT, NOW, PAGE_HEADERS, readFixture, TOKENS } from './support/emulator.js'
import { send } from './support/socket.js'

/** The operation of the service of this test. The schema has no such name: a service adds its own there. */
const CREATE = 'echoes.create' as Operation & Operations

const SCHEMAS = { Echo: Type.Object({ text: Type.String() }) }

/** A further service: the only thing that it brings is what differs from service to service. */
const echoes: VendorService = {
  tag: { name: 'Echoes', description: 'Texts that are sent back.' },
  schemas: SCHEMAS,
  routes: async app => {
    parseJsonBodies(app, () => BODY_BOUNDS.uapi)
    const schema = {
      operationId: 'createEcho',
      summary: 'Create an echo',
      tags: ['Echoes'],
      security: SECURITY,
      params: Type.Object(EXTENSION_PARAMETERS),
      body: SCHEMAS.Echo,
      response: { 200: refTo(SCHEMAS, 'Echo') },
      errors: [...SHARED_ERRORS, 'content_type_unsupported']
    }
    app.post('/echoes/:userId/:extension', { ...operationOptions(CREATE), schema }, async request => {
      const { text } = membersOf(request)
      if (typeof text !== 'string') throw new UapiError('request_invalid', 'value_missing')
      return { text, secret: 'not in the schema' }
    })
  }
}

const ECHO = '/uapi/echoes/@me/0003*210'
const BEARER = { authorization: `Bearer ${TOKENS.user}` }

/** An emulator with the further service, and with a wall clock that a test sets. */
async function start(t: Test) {
  const time = { now: 0 }
  const options = {
    database: ':memory:',
    machineClock: () => NOW,
    fixtures: [{ name: 'test', document: readFixture('default') }]
  }
  const open = () => {
    const sandbox = createSandbox(options, { send: async () => ({ kind: 'interrupted', ms: 0 }), report: () => {} })
    sandbox.fixtures.seed()
    return sandbox
  }
  const main = open()
  const sandboxes = createSandboxes({
    defaultSandbox: main,
    open,
    newId: length => 'x'.repeat(length),
    isAutomatic: true,
    now: () => time.now
  })
  const app = await createHttpApp(
    {
      sandboxes,
      namedFixtures: { names: () => [], find: () => undefined },
      version: '1',
      database: ':memory:',
      pageFolder: '',
      readDocument: readOpenApiDocument,
      onClose: () => sandboxes.close(),
      services: [...VENDOR_SERVICES, echoes]
    },
    { drainMs: 0 }
  )
  t.teardown(() => app.close())
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object | string,
    headers = {}
  ) => {
    const isJson = payload !== undefined && { 'content-type': 'application/json' }
    const answer = await app.inject({
      method,
      url,
      ...(payload !== undefined && { payload }),
      headers: { host: 'localhost', ...BEARER, ...isJson, ...headers }
    })
    return {
      status: answer.statusCode,
      reason: answer.headers['x-emulator-reason'],
      body: answer.headers['content-type']?.toString().startsWith('application/json') ? answer.json() : answer.body
    }
  }
  const listen = async () => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    return (app.server.address() as AddressInfo).port // a server that listens on a port has one
  }
  return { main, sandboxes, time, ask, listen }
}

t.test('a further service shares authentication, error envelope and alias', async t => {
  const { ask } = await start(t)
  t.strictSame(await ask('POST', ECHO, { text: 'hi' }), { status: 200, reason: undefined, body: { text: 'hi' } })
  t.equal(
    (await ask('POST', `${ECHO}/?accessRequestToken=${TOKENS.user}`, { text: 'hi' }, { authorization: '' })).status,
    200
  )
  t.equal((await ask('POST', ECHO.replace('uapi', 'unifiedapi'), { text: 'hi' })).status, 200)
  t.equal((await ask('POST', ECHO, { text: 'hi' }, { ...PAGE_HEADERS, authorization: '' })).status, 200, 'by cookies')
  for (const [why, payload, headers, status, code, reason] of [
    ['no credentials', { text: 'x' }, { authorization: '' }, 401, 'access_denied', 'credentials_missing'],
    ['an unknown token', { text: 'x' }, { authorization: 'Bearer x' }, 401, 'access_denied', 'token_unknown'],
    ['no JSON', '{', {}, 400, 'request_invalid', 'json_malformed'],
    ['an array', '[]', {}, 400, 'request_invalid', 'json_not_an_object'],
    ['its own error', {}, {}, 400, 'request_invalid', 'value_missing'],
    ['another content type', 'x', { 'content-type': 'text/plain' }, 415, 'content_type_unsupported', undefined],
    ['a body that is too large', ' '.repeat(LIMITS.uapiBody + 1), {}, 413, 'request_too_large', undefined]
  ] as const) {
    const answer = await ask('POST', ECHO, payload, headers)
    t.match(answer, { status, body: { error: { code, message: String } }, ...(reason && { reason }) }, why)
    t.strictSame(Object.keys(answer.body), ['error'], why)
  }
})

t.test('other methods and paths are 501, derived from the routes of each service', async t => {
  const { ask } = await start(t)
  const rows = [
    ['PUT', ECHO, 'method_unknown'],
    ['GET', `${ECHO}/?x=/y`, 'method_unknown'],
    ['DELETE', `${ECHO}/more`, 'route_unknown'],
    ['POST', '/uapi/echoes', 'route_unknown'],
    ['POST', '/uapi/other/@me/0003*210', 'route_unknown'],
    ['PUT', '/uapi/echoes//210', 'method_unknown'],
    ['POST', `${EVENTS}/1/some`, 'method_unknown'],
    ['POST', `${EVENTS}/1/some/more`, 'route_unknown'],
    ['POST', EVENTS.replace('/uapi', '/uapi/more'), 'route_unknown'],
    ['GET', '/uapi', 'route_unknown']
  ] as const
  for (const [method, url, reason] of rows) {
    for (const headers of [{}, { authorization: '' }]) {
      const refused = { status: 501, reason, body: { error: { code: 'request_not_implemented' } } }
      t.match(await ask(method, url, undefined, headers), refused, `${method} ${url}`)
    }
  }
  const { body } = await ask('GET', '/_emulator/requests?unmatched=true')
  t.equal(body.total, rows.length * 2, 'and the journal has them as unmatched')
})

t.test('requests of a further service are journaled, counted and hit by faults under its operation', async t => {
  const { main, ask } = await start(t)
  await ask('POST', '/uapi/echoes/@me/210', { text: 'hi' })
  main.faults.add({ on: { operation: CREATE, extension: '0003*210' }, times: 1, do: { status: 503 } })
  t.equal((await ask('POST', `${EVENTS}/1`, NEW_EVENT)).status, 200, 'not the Create of another service')
  t.match(await ask('POST', '/uapi/echoes/@me/210', { text: 'hi' }), {
    status: 503,
    reason: 'fault_injected',
    body: { error: { code: 'service_unavailable' } }
  })
  t.equal((await ask('POST', ECHO, { text: 'hi' })).status, 200, 'once')

  const { body: journal } = await ask('GET', '/_emulator/requests')
  t.match(
    journal.requests.map(({ operation, user, extension, status }: Record<string, unknown>) => [
      operation,
      user !== undefined,
      extension,
      status
    ]),
    [
      [CREATE, true, '210', 200],
      ['create', true, '0003*210', 200],
      [CREATE, true, '0003*210', 503],
      [CREATE, true, '0003*210', 200]
    ],
    'the extension is the extended number where faults or the service resolved it'
  )
  const { body: metrics } = await ask('GET', '/_emulator/metrics')
  t.match(metrics, /requests_total\{surface="uapi",operation="echoes\.create",status="2xx"\} 2\n/)
  t.match(metrics, /requests_total\{surface="uapi",operation="echoes\.create",status="5xx"\} 1\n/)
})

t.test('a further service is described in the OpenAPI document beside the others', async t => {
  const { uapi } = JSON.parse(JSON.stringify(await describeApis('1', [...VENDOR_SERVICES, echoes])))
  t.strictSame(
    uapi.tags.map(({ name }: { name: string }) => name),
    ['PhoneCallEvents', 'PhoneCalls', 'Echoes', 'OAuth']
  )
  const { post } = uapi.paths['/uapi/echoes/{userId}/{extension}']
  t.match(post, { operationId: 'createEcho', tags: ['Echoes'], security: SECURITY })
  t.strictSame(Object.keys(post.responses).sort(), [
    ...new Set(['200', '400', '401', '403', '404', '408', '413', '414', '415', '431', '500', '501', '503'])
  ])
  t.ok(uapi.components.schemas.Echo, 'its schemas are named')
  t.ok(uapi.paths['/uapi/extensions/{userId}/{extension}/phoneCallEvents'], 'the first is there')
  t.ok(uapi.paths['/uapi/phoneCalls/{userId}/simple'], 'and the second')
})

t.test('the event type of a body is read for faults and the journal, whatever becomes of the request', async t => {
  const { main, ask } = await start(t)
  main.faults.add({ on: { operation: 'create', type: '3' }, do: { status: 500 } })
  for (const [url, type, status, recorded] of [
    [EVENTS, 3, 500, '3'],
    [EVENTS, '3', 500, '3'],
    [`${EVENTS}/3`, '3', 500, '3'],
    [EVENTS, '1', 200, '1'],
    [EVENTS, 'seven', 400, 'seven'],
    [EVENTS, ['3'], 400, undefined],
    [`${EVENTS}/1`, '2', 400, '1']
  ] as const) {
    const what = `${url} ${JSON.stringify(type)}`
    t.match(await ask('POST', url, { ...NEW_EVENT, type }), { status, body: {} }, what)
    const { body } = await ask('GET', '/_emulator/requests?limit=1')
    t.equal(body.requests[0].type, recorded, what)
  }
})

t.test('a request that is refused before its sandbox is found does not keep the sandbox from ending', async t => {
  const { sandboxes, time, ask, listen } = await start(t)
  const port = await listen()
  sandboxes.create('w1')
  time.now = 60_000
  const at = '/sandboxes/w1'
  const host = 'Host: localhost\r\n'
  const close = 'Connection: close\r\n\r\n'
  for (const [why, bytes, status] of [
    ['a long target', `GET ${at}/${'x'.repeat(LIMITS.target)} HTTP/1.1\r\n${host}${close}`, 414],
    ['two Hosts', `GET ${at}/x HTTP/1.1\r\n${host}${host}${close}`, 400],
    ['no Host', `GET ${at}/ HTTP/1.1\r\n${close}`, 400],
    ['a foreign Host', `GET ${at}/x HTTP/1.1\r\nHost: evil.example\r\n${close}`, 403],
    ['a path that is not UTF-8', `GET ${at}${EVENTS}/%FF HTTP/1.1\r\n${host}${close}`, 400],
    ['a route that cannot be decoded', `GET ${at}/uapi/% HTTP/1.1\r\n${host}${close}`, 400],
    ['headers that are too large', `GET ${at}/ HTTP/1.1\r\nX: ${'x'.repeat(LIMITS.headerBytes)}\r\n${close}`, 431],
    ['no HTTP', `GET ${at}/ HTTP/9.9\r\n\r\n`, 400],
    ['CONNECT', `CONNECT ${at}/ HTTP/1.1\r\n${host}${close}`, 501]
  ] as const) {
    t.equal((await send(port, bytes)).status, status, why)
    t.equal((await send(port, bytes.replaceAll(at, '/sandboxes/other'))).status, status, `${why}, elsewhere`)
    t.match(sandboxes.list(), [{ name: 'w1', idleMs: 60_000 }], `${why}: neither used nor created`)
  }
  const journaled = sandboxes.peek('w1')?.journal.list({}).total ?? 0
  t.ok(journaled >= 7, `the journal of the sandbox has them: ${journaled}`)
  t.match(sandboxes.list(), [{ idleMs: 60_000 }], 'and reading it that way is no use')
  t.equal((await ask('GET', `${at}/livez`)).status, 200)
  t.match(sandboxes.list(), [{ idleMs: 0 }], 'a request that reaches it is one')
})

t.test('the surface of a path is found by its prefix', async t => {
  const rows: [string, Surface['name']][] = [
    ['/uapi', 'uapi'],
    ['/uapi/', 'uapi'],
    ['/uapi?x', 'uapi'],
    ['/uapix', 'web'],
    ['/oauth/token.php', 'oauth'],
    ['/_emulator/calls?x=/uapi', 'control'],
    ['/_emulators', 'web'],
    ['/', 'web'],
    ['', 'web'],
    ['*', 'web']
  ]
  for (const [path, name] of rows) t.equal(surfaceOf(path).name, name, path)
})

t.test('documented limits are the limits in force', async t => {
  t.match(REASONS.target_too_long.meaning, `${LIMITS.target} bytes`)
  t.match(REASONS.headers_too_large.meaning, `${LIMITS.headerBytes / 1024} KiB, or more than ${LIMITS.headers}`)
  t.match(RequestMatch.properties.path, { maxLength: LIMITS.target })
  t.ok(LIMITS.headersTimeout < LIMITS.requestTimeout)
})
