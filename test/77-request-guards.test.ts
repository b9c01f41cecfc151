import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import cookie from '@fastify/cookie'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { parseAllowedOrigins } from '../src/domain/allowed-origins.js'
import { replyWithControlError } from '../src/http/control/error-handler.js'
import { originGuard } from '../src/http/control/guards.js'
import { control } from '../src/http/control/plugin.js'
import { runGuards, shutdownGuard } from '../src/http/hooks/guard.js'
import { oauth } from '../src/http/oauth/plugin.js'
import { createFairScheduler } from '../src/http/server/fair-scheduler.js'
import { uapi } from '../src/http/uapi/plugin.js'
import { web } from '../src/http/web/plugin.js'
import { start } from './support/emulator.js'
import { runHere, serveHere } from './support/program.js'
import { send } from './support/socket.js'

const hasIpv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'))

/** Requests to each surface of an emulator that is stopping, before its connections are closed. */
async function stopping(t: Test) {
  const app = Fastify()
  t.teardown(() => app.close())
  const baseUrl = () => 'http://localhost'
  const health = () => ({ status: 'ok' as const, version: '1', uptimeMs: 1, sandboxes: 1, database: 'x' })
  app.addHook('onRequest', runGuards(shutdownGuard(() => true)))
  await app.register(cookie)
  await app.register(uapi, { prefix: '/uapi', baseUrl })
  await app.register(oauth, { prefix: '/oauth', baseUrl, autoConsent: false })
  const none = () => {
    throw new Error('nobody asks')
  }
  const sandboxes = { sandboxes: { createLarge: none, list: none, end: none }, rootUrl: baseUrl, sourcesOf: none }
  const rest = {
    sandboxes,
    baseUrl,
    version: '1',
    controlToken: undefined,
    readDocument: none,
    allowedOrigins: parseAllowedOrigins([], undefined)
  }
  await app.register(control, { prefix: '/_emulator', health, answers: () => [], ...rest })
  await app.register(web, { version: '1', pageFolder: '', isStopping: () => true })
  return app
}

t.test(
  'during shutdown every surface answers an error in its own format, and health and livez still answer',
  async t => {
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
  }
)

t.test('changes from a page of another origin are refused, reads are not', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler(replyWithControlError)
  app.addHook('onRequest', originGuard(parseAllowedOrigins(['http://allowed.test:3000'], undefined)))
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

t.test('every operation of the control API is protected, also with an unusual spelling of its path', async t => {
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

t.test('the control token is compared as a whole', async t => {
  const { ask } = await start(t, { controlToken: 'secret-token' })
  const statusWith = async (token: string) =>
    (await ask('GET', '/_emulator/clock', { as: null, headers: { authorization: `Bearer ${token}` } })).status
  for (const wrong of ['secret-tokeN', 'secret-toke', 'secret-token1', 'x', '""']) {
    t.equal(await statusWith(wrong), 401, wrong)
  }
  t.equal(await statusWith('secret-token'), 200)
})

/** A request as the scheduler reads it. */
const requestOn = (socket: object, method: string) => ({ raw: { socket, method } })

t.test('a request that reads does not wait for all that write, but for those before it on its connection', async t => {
  const { hook } = createFairScheduler(() => Number.POSITIVE_INFINITY)
  const started: string[] = []
  const arrive = (name: string, socket: object, method: string) =>
    Reflect.apply(hook, undefined, [requestOn(socket, method), undefined, () => started.push(name)])
  const pipelined = {}
  for (let at = 0; at < 8; at++) arrive('', {}, 'POST')
  started.length = 0
  for (let at = 0; at < 5; at++) arrive(`write ${at}`, {}, 'POST')
  arrive('create', pipelined, 'POST')
  arrive('list', pipelined, 'GET')
  arrive('read 0', {}, 'GET')
  arrive('read 1', {}, 'GET')
  const turns = []
  for (let turn = 0; turn < 8; turn++) {
    await new Promise(resolve => setImmediate(resolve))
    turns.push(started.splice(0))
  }
  t.strictSame(turns, [
    [],
    ['read 0', 'write 0'],
    ['read 1', 'write 1'],
    ['write 2'],
    ['write 3'],
    ['write 4'],
    ['create'],
    ['list']
  ])
  arrive('later', pipelined, 'GET')
  t.strictSame(started, ['later'], 'nothing is kept of a connection')
})

t.test('queued requests start in their order, as many in a turn as two milliseconds hold', async t => {
  let time = 0
  const { hook, drained } = createFairScheduler(() => time)
  const turns: number[][] = [[]]
  const arrive = async (id: number, ms: number) => {
    // Most work of a request comes after the hook: reading the body and making the answer.
    const takeUp = () =>
      process.nextTick(() => {
        turns.at(-1)?.push(id)
        time += ms
      })
    Reflect.apply(hook, undefined, [requestOn({}, 'POST'), undefined, takeUp])
    await new Promise<void>(done => process.nextTick(done)) // as each socket is read separately
  }
  // Runs when the requests of a turn have started: their immediates were set before.
  const turn = () => new Promise(resolve => setImmediate(resolve))
  for (let id = 0; id < 20; id++) await arrive(id, 1)
  for (let id = 20; id < 30; id++) await arrive(id, 0.5)
  await arrive(30, 100)
  for (let id = 31; id < 35; id++) await arrive(id, 1)
  for (let id = 35; id < 105; id++) await arrive(id, 0)
  t.strictSame(
    turns,
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    'the requests of the first ten milliseconds are started at once'
  )
  let isDrained = false
  void drained().then(() => {
    isDrained = true
  })
  await arrive(105, 0)
  while (turns.flat().length < 107 && turns.length < 40) {
    turns.push([])
    await turn()
    if (turns.length === 3) await arrive(106, 0) // this turn has time left, and others wait
    if (turns.flat().length < 105) t.notOk(isDrained)
  }
  t.ok(isDrained, 'drained() resolves')
  t.strictSame(
    turns.flat(),
    Array.from({ length: 107 }, (_, id) => id),
    'each once, in the order in which they came'
  )
  t.strictSame(
    turns
      .slice(1)
      .filter(({ length }) => length > 0)
      .map(({ length }) => length),
    [2, 2, 2, 2, 2, 4, 4, 3, 2, 2, 32, 32, 8],
    'a long one ends its turn, and no turn starts more than 32'
  )
  await turn()
  turns.push([])
  await arrive(107, 1)
  t.strictSame(turns.at(-1), [107], 'a single request does not wait')
})

t.test('nothing is kept of a request that has started, although others are always queued', async t => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const { hook } = createFairScheduler(() => Number.POSITIVE_INFINITY) // a pair in each turn
  const socket = {}
  const started: WeakRef<object>[] = []
  let arrived = 0
  const arrive = () => {
    const request = { ...requestOn(arrived++ % 2 ? socket : {}, 'POST'), body: 'of the request' }
    const done = () => void started.push(new WeakRef(request))
    Reflect.apply(hook, undefined, [request, undefined, done])
  }
  for (let at = 0; at < 50; at++) arrive()
  for (let turn = 0; turn < 200; turn++) {
    arrive()
    await new Promise(resolve => setImmediate(resolve))
  }
  const before = started.length
  collect()
  t.ok(before > 150 && arrived > before, `${before} of ${arrived} have started`)
  t.equal(started.filter(reference => reference.deref() !== undefined).length, 0)
})

t.test('a request that fails at its start is started once, and so are those behind it', async t => {
  const { hook } = createFairScheduler(() => Number.POSITIVE_INFINITY)
  const taken: number[] = []
  const failed: unknown[] = []
  const onError = (error: unknown) => void failed.push(error)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', onError)
  t.teardown(() => {
    process.off('uncaughtException', onError)
    for (const other of others) process.on('uncaughtException', other)
  })
  for (let id = 0; id < 20; id++) {
    const done = () => {
      taken.push(id)
      if (id === 12) throw new Error('as it is taken up')
    }
    Reflect.apply(hook, undefined, [requestOn({}, 'GET'), undefined, done])
  }
  for (let turn = 0; turn < 30; turn++) await new Promise(resolve => setImmediate(resolve))
  t.strictSame(
    taken,
    Array.from({ length: 20 }, (_, id) => id)
  )
  t.equal(failed.length, 1)
})

t.test('many concurrent requests from before the shutdown are all answered', async t => {
  const { app } = await start(t)
  const asked = Array.from({ length: 2_000 }, async () => (await app.inject({ url: '/' })).statusCode)
  const first = await Promise.race(asked)
  const [statuses] = await Promise.all([Promise.all(asked), app.close()])
  t.equal(first, 200)
  t.strictSame(new Set(statuses), new Set([200]), 'none is refused')
})

t.test('--allowed-host takes globs, for which a page of another name stays foreign', async t => {
  const globs = ['*.svc.cluster.local', 'PBX-?.Example.com:8080', 'plain.example.com', 'a*b*c.example.']
  const { port } = await start(t, { allowedHosts: globs })
  const statusOf = async (host: string) =>
    (await send(port, `GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status
  for (const host of [
    'emulator.svc.cluster.local',
    'emulator.ns.svc.cluster.local:4772',
    'Emulator.SVC.cluster.LOCAL.',
    'pbx-1.example.com',
    'plain.example.com',
    'abc.example',
    'a-x-b-b.c.example'
  ])
    t.equal(await statusOf(host), 200, host)
  for (const host of [
    'svc.cluster.local',
    'emulator.svc.cluster.local.evil.example',
    'evil-svc.cluster.local',
    'pbx-10.example.com',
    'pbx-.example.com',
    'x.plain.example.com',
    'acb.example',
    `${'ab'.repeat(2_000)}.example`
  ])
    t.equal(await statusOf(host), 403, host)
  const { port: all } = await start(t, { allowedHosts: ['*'] })
  t.equal((await send(all, 'GET /livez HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n')).status, 200)
})

t.test('an --allowed-host that can match nothing is refused at the start, with what it should be', async t => {
  for (const glob of [
    'https://*.example.com',
    '*.example.com/path',
    '*.example.com:*',
    '*.example.com:99999',
    '*..example.com',
    '.example.com',
    'one..two.example',
    '*.exam ple.com',
    '*.bücher.example',
    '[*]',
    '[::*]',
    '10.*',
    '192.168.?.?',
    `*.${'x'.repeat(64)}.example`,
    `*.${'long.'.repeat(51)}example`,
    '*.{a,b}.example',
    '[ab].example'
  ]) {
    const { code, err, out } = await runHere(['--port', '0', '--database', ':memory:', '--allowed-host', glob])
    t.strictSame({ code, out }, { code: 2, out: '' }, glob)
    t.match(err, /^--allowed-host must be a .*\*\.svc\.cluster\.local.*; got "/, glob)
  }
})

t.test('--host localhost listens on 127.0.0.1 and on ::1, where a machine has both', async t => {
  const { url, port, ready } = await serveHere(t, ['--database', ':memory:', '--host', 'localhost'])
  t.equal(ready.url, `http://localhost:${port}`)
  const kept = new Agent({ keepAlive: true })
  for (const address of hasIpv6 ? ['127.0.0.1', '[::1]', 'localhost'] : ['127.0.0.1', 'localhost']) {
    const base = `http://${address}:${port}`
    t.match(await (await fetch(`${base}/livez`)).json(), { status: 'ok' }, address)
    await new Promise(done => get(`${base}/livez`, { agent: kept }, answer => answer.resume().on('end', done)))
    const event = { extension: '0003*210', type: '0', method: '0', url: `${base}/hook` }
    await fetch(`${url}/_emulator/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event)
    })
  }
  const placed = { from: '0721000000', to: '0003*210' }
  await fetch(`${url}/_emulator/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(placed)
  })
  await fetch(`${url}/_emulator/idle`)
  const { deliveries } = Object(await (await fetch(`${url}/_emulator/deliveries`)).json())
  const own = deliveries.filter(({ request }: { request: { url: string } }) => request.url.includes('/hook'))
  t.equal(
    own.filter(({ request }: { request: { url: string } }) => request.url.includes(`:${port}/`)).length,
    hasIpv6 ? 3 : 2
  )
  for (const { request, state, attempts } of own)
    if (request.url.includes(`:${port}/`))
      t.match(
        { state, attempts },
        { state: 'blocked', attempts: [{ failure: { reason: 'own_listener' } }] },
        request.url
      )
})

t.test('--host localhost refuses a port that is taken on ::1', { skip: !hasIpv6 && 'no ::1 here' }, async t => {
  const other = createServer().listen(0, '::1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { code, err } = await runHere(['--port', String(port), '--database', ':memory:', '--host', 'localhost'])
  t.equal(code, 2)
  t.match(err, `port ${port} of ::1 is taken`)
})
