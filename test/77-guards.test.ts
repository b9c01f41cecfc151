import cookie from '@fastify/cookie'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { replyWithControlError } from '../src/http/control/error-handler.js'
import { originGuard } from '../src/http/control/guards.js'
import { control } from '../src/http/control/plugin.js'
import { inTurn, stopGuard } from '../src/http/guard.js'
import { oauth } from '../src/http/oauth/plugin.js'
import { takeTurns } from '../src/http/take-turns.js'
import { uapi } from '../src/http/uapi/plugin.js'
import { web } from '../src/http/web/plugin.js'
import { start } from './support/emulator.js'
import { send } from './support/socket.js'

/** The surfaces of an emulator that is told to stop, before its connections are gone. */
async function stopping(t: Test) {
  const app = Fastify()
  t.teardown(() => app.close())
  const baseUrl = () => 'http://localhost'
  const health = () => ({ status: 'ok' as const, version: '1', uptimeMs: 1, sandboxes: 1, database: 'x' })
  app.addHook('onRequest', inTurn(stopGuard(() => true)))
  await app.register(cookie)
  await app.register(uapi, { prefix: '/uapi', baseUrl })
  await app.register(oauth, { prefix: '/oauth', baseUrl, autoConsent: false })
  const none = () => {
    throw new Error('nobody asks')
  }
  const sandboxes = { sandboxes: { create: none, list: none, end: none }, rootUrl: baseUrl, sourcesOf: none }
  const rest = { sandboxes, version: '1', controlToken: undefined, allowedOrigins: new Set<string>() }
  await app.register(control, { prefix: '/_emulator', health, answers: () => [], ...rest })
  await app.register(web, { version: '1', isStopping: () => true })
  return app
}

t.test('while it stops, every surface says so in its own shape, and health and livez go on', async t => {
  const app = await stopping(t)
  for (const [method, url, status, body] of [
    ['GET', '/uapi/extensions/@me/210/phoneCallEvents', 503, { error: { code: 'service_unavailable' } }],
    ['POST', '/uapi/extensions/@me/210/phoneCallEvents', 503, { error: { code: 'service_unavailable' } }],
    ['POST', '/oauth/token.php', 503, { error: 'temporarily_unavailable' }],
    ['GET', '/_emulator/openapi/uapi.json', 503, { error: { code: 'stopping' } }],
    ['GET', '/readyz', 503, { status: 'stopping' }],
    ['GET', '/livez', 200, { status: 'ok' }],
    ['GET', '/_emulator/health', 200, { status: 'ok' }]
  ] as const) {
    const answer = await app.inject({ method, url })
    t.match({ status: answer.statusCode, body: answer.json() }, { status, body }, `${method} ${url}`)
    if (status === 503 && url !== '/readyz') t.equal(answer.headers['x-emulator-reason'], 'stopping', url)
  }
})

t.test('a change that a page of another origin asks for is refused, and reading is not', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler(replyWithControlError)
  app.addHook('onRequest', originGuard(new Set(['http://allowed.test:3000'])))
  app.post('/', async () => 'changed')
  app.delete('/', async () => 'changed')
  app.get('/', async () => 'read')
  const host = 'localhost:4772'
  for (const [why, headers, status] of [
    ['a program', {}, 200],
    ['our own page', { origin: 'http://localhost:4772', 'sec-fetch-site': 'same-origin' }, 200],
    ['a person, by hand', { 'sec-fetch-site': 'none' }, 200],
    ['an origin that the operator named', { origin: 'http://allowed.test:3000', 'sec-fetch-site': 'cross-site' }, 200],
    ['a foreign origin', { origin: 'http://evil.example' }, 403],
    ['our host over another scheme', { origin: 'https://localhost:4772' }, 403],
    ['another port of our host', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }, 403]
  ] as const) {
    for (const method of ['POST', 'DELETE'] as const) {
      const answer = await app.inject({ method, url: '/', headers: { host, ...headers } })
      t.equal(answer.statusCode, status, `${method} by ${why}`)
      if (status === 403) t.match(answer.json(), { error: { code: 'origin_not_allowed', message: /origin/ } }, why)
    }
    t.equal((await app.inject({ url: '/', headers: { host, ...headers } })).statusCode, 200, `GET by ${why}`)
  }
})

t.test('every call of our own API is guarded, however its path is written', async t => {
  const { ask, url, port } = await start(t, { controlToken: 'the-token-of-this-test' })
  const token = { authorization: 'Bearer the-token-of-this-test' }
  const { body: document } = await ask('GET', '/_emulator/openapi/control.json', { as: null, headers: token })
  const calls = Object.entries<Record<string, unknown>>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x1')] as const)
  )
  t.ok(calls.length >= 40, `${calls.length} calls`)
  const before = await ask('GET', '/_emulator/fixtures', { as: null, headers: token })
  for (const [method, path] of calls) {
    const isOpen = path === '/_emulator/health'
    const written = [
      path,
      `${path}/`,
      `${path}?`,
      path.replace('/_emulator/', '/_emulator/%2e/../_emulator/'),
      path.replace('_emulator', '%5femulator'),
      path.replace(/.$/, last => `%${last.charCodeAt(0).toString(16)}`),
      `/${path}`,
      path.replace('/_emulator/', '/_emulator//'),
      `/sandboxes/x1${path}`
    ]
    for (const target of written) {
      const raw = async (headers: string) =>
        (await send(port, `${method} ${target} HTTP/1.1\r\n${headers}Content-Length: 0\r\nConnection: close\r\n\r\n`))
          .status
      const host = `Host: 127.0.0.1:${port}\r\n`
      const known = `${host}Authorization: Bearer the-token-of-this-test\r\n`
      t.equal(
        await raw(`Host: evil.example\r\nAuthorization: Bearer the-token-of-this-test\r\n`),
        403,
        `${method} ${target}: Host`
      )
      const unknown = await raw(host)
      t.ok(unknown === 401 || unknown === 404 || (isOpen && unknown === 200), `${method} ${target}: token, ${unknown}`)
      if (method === 'GET') continue
      for (const foreign of [
        'Origin: http://evil.example',
        'Origin: null',
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Site: same-site'
      ]) {
        const status = await raw(`${known}${foreign}\r\n`)
        t.ok(status === 403 || status === 404, `${method} ${target}: ${foreign}, ${status}`)
      }
    }
  }
  const after = await ask('GET', '/_emulator/fixtures', { as: null, headers: token })
  t.strictSame(after.body, before.body, `and nothing was changed at ${url}`)
})

t.test(
  'of very many requests at once, those for which a turn has no time wait for the next, in their order',
  async t => {
    let time = 0
    const awaitTurn = takeTurns(() => time)
    const turns: number[][] = [[]]
    const arrive = (id: number) =>
      Reflect.apply(awaitTurn, undefined, [
        undefined,
        undefined,
        () => {
          turns.at(-1)?.push(id)
          time += 0.25 // what a request takes, in milliseconds
        }
      ])
    for (let id = 0; id < 200; id++) arrive(id)
    t.equal(turns[0]?.length, 40, 'ten milliseconds of them are taken up at once')
    while (turns.flat().length < 200 && turns.length < 20) {
      turns.push([])
      await new Promise(resolve => setImmediate(resolve))
    }
    t.strictSame(
      turns.flat(),
      Array.from({ length: 200 }, (_, id) => id),
      'each once, in the order in which they came'
    )
    t.strictSame(
      turns.filter(turn => turn.length > 0).map(turn => turn.length),
      [40, 40, 40, 40, 40],
      'and a turn for everybody else between'
    )
    turns.push([])
    arrive(200)
    t.strictSame(turns.at(-1), [200], 'one alone waits for nobody')
  }
)

t.test('a slow request in a crowd does not hold the others for ever, and all of them are answered', async t => {
  const { url } = await start(t)
  const asked = Array.from({ length: 400 }, () => fetch(`${url}/livez`).then(({ status }) => status))
  t.strictSame(new Set(await Promise.all(asked)), new Set([200]))
})
