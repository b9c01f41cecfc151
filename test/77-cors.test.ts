import t from 'tap'
import { startEmulator } from '../src/index.js'
import { EVENTS, type Running, start } from './support/emulator.js'
import { runHere, serveHere } from './support/program.js'
import { send } from './support/socket.js'

const PAGE = 'http://localhost:5173'
const OTHER = 'http://evil.test'
const PREFLIGHT = { 'access-control-request-method': 'POST' }
const TOKEN = 'control-secret'
const corsOf = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control') || name === 'vary'))
const OPEN = {
  vary: 'Origin',
  'access-control-allow-origin': PAGE,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'X-Emulator-Request-Id, X-Emulator-Reason, Retry-After'
}

/** A request of a page, without the credentials of a program. */
const from =
  ({ ask }: Pick<Running, 'ask'>, origin: string) =>
  (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    ask(method, path, { as: null, headers: { origin, ...headers }, body })

t.test('without --allowed-origin no answer has a header of CORS, and OPTIONS is answered as ever', async t => {
  const page = from(await start(t), PAGE)
  for (const [method, path, status] of [
    ['OPTIONS', EVENTS, 501],
    ['GET', EVENTS, 401],
    ['GET', '/_emulator/health', 200],
    ['OPTIONS', '/_emulator/health', 403]
  ] as const) {
    const answer = await page(method, path, method === 'OPTIONS' ? PREFLIGHT : {})
    t.equal(answer.status, status, `${method} ${path}`)
    t.strictSame(corsOf(answer.headers), {})
  }
})

t.test('a preflight of a named origin is answered 204 on every surface, without credentials or a token', async t => {
  const emulator = await start(t, { allowedOrigins: [PAGE], controlToken: TOKEN })
  const page = from(emulator, PAGE)
  const asked = {
    ...PREFLIGHT,
    'access-control-request-headers': 'authorization,content-type,x-xsrf-token',
    'access-control-request-private-network': 'true'
  }
  for (const path of [EVENTS, '/oauth/token.php', '/_emulator/faults', '/_emulator/catch/mine', '/', '/nothing/here']) {
    const { status, headers, text } = await page('OPTIONS', path, asked)
    t.strictSame([status, text], [204, ''], path)
    t.strictSame(corsOf(headers), {
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
      'access-control-allow-origin': PAGE,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization,content-type,x-xsrf-token',
      'access-control-allow-private-network': 'true'
    })
  }
  t.equal((await page('OPTIONS', '/sandboxes/never-made/uapi/x', asked)).status, 204, 'no sandbox is looked up')
  const bearer = { authorization: `Bearer ${TOKEN}` }
  t.strictSame((await page('GET', '/_emulator/requests', bearer)).body.total, 0, 'no preflight is in the journal')
})

t.test('any other OPTIONS is answered as ever, and is in the journal', async t => {
  const emulator = await start(t, { allowedOrigins: [PAGE] })
  for (const [why, headers] of [
    ['no requested method', { origin: PAGE }],
    ['an empty one', { origin: PAGE, 'access-control-request-method': '' }],
    ['no origin', PREFLIGHT],
    ['a foreign origin', { origin: OTHER, ...PREFLIGHT }],
    ['an opaque origin', { origin: 'null', ...PREFLIGHT }],
    ['another port', { origin: 'http://localhost:5174', ...PREFLIGHT }],
    ['another scheme', { origin: 'https://localhost:5173', ...PREFLIGHT }],
    ['another spelling', { origin: 'http://LOCALHOST:5173', ...PREFLIGHT }]
  ] as const) {
    const { status, headers: answered } = await emulator.ask('OPTIONS', EVENTS, { headers })
    t.equal(status, 501, why)
    t.equal(answered.has('access-control-allow-methods'), false, why)
  }
  const { total } = (await emulator.ask('GET', '/_emulator/requests')).body
  t.equal(total, 8)
})

t.test('every answer to a named origin has the headers, refusals too, or browsers would hide them', async t => {
  const emulator = await start(t, { allowedOrigins: [PAGE], controlToken: TOKEN })
  const page = from(emulator, PAGE)
  const own = { authorization: 'Bearer emulator-user-token' }
  const control = { authorization: `Bearer ${TOKEN}` }
  const fault = { on: { operation: 'list' }, do: { status: 429, headers: { 'Retry-After': '2' } } }
  const big = JSON.stringify({ note: 'x'.repeat(70_000) })
  const json = { 'content-type': 'application/json' }
  for (const [why, status, answer] of [
    ['success', 200, page('GET', EVENTS, own)],
    ['no credentials', 401, page('GET', EVENTS)],
    ['unknown path', 404, page('GET', '/nothing')],
    ['unknown operation', 501, page('PATCH', EVENTS, own)],
    ['unknown sandbox', 404, page('GET', `/sandboxes/none${EVENTS}`)],
    ['malformed body', 400, page('POST', `${EVENTS}/1`, { ...own, ...json }, '{')],
    ['large body', 413, page('POST', `${EVENTS}/1`, { ...own, ...json }, big)],
    ['malformed path', 400, page('GET', `${EVENTS}/%FF`, own)],
    ['path that no router reads', 400, page('GET', '/uapi/%zz', own)],
    ['long path', 414, page('GET', `/uapi/${'x'.repeat(9_000)}`, own)],
    ['oauth', 401, page('POST', '/oauth/token.php')],
    ['no control token', 401, page('GET', '/_emulator/directory')],
    ['control API', 200, page('GET', '/_emulator/directory', control)],
    ['a change', 201, page('POST', '/_emulator/faults', { ...control, 'sec-fetch-site': 'cross-site' }, fault)],
    ['documents', 200, page('GET', '/_emulator/openapi/control.json', control)],
    ['pages', 200, page('GET', '/_emulator/docs', control)]
  ] as const) {
    const { status: got, headers } = await answer
    t.equal(got, status, why)
    t.match(corsOf(headers), OPEN, why)
  }
  const limited = await page('GET', EVENTS, own)
  t.match(
    { status: limited.status, retry: limited.headers.get('retry-after'), ...corsOf(limited.headers) },
    {
      status: 429,
      retry: '2',
      ...OPEN
    }
  )

  const rebound = `GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\nOrigin: ${PAGE}\r\n\r\n`
  const foreign = await send(emulator.port, rebound)
  t.equal(foreign.status, 403)
  t.match(Object.fromEntries(foreign.headers), { 'Access-Control-Allow-Origin': PAGE })
  const unreadable = await send(
    emulator.port,
    `GET ${EVENTS} HTTP/1.1\r\nOrigin: ${PAGE}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`
  )
  t.equal(unreadable.status, 431)
  t.match(Object.fromEntries(unreadable.headers), { 'Access-Control-Allow-Origin': PAGE, Vary: 'Origin' })
})

t.test('an origin that is not allowed gets no headers but Vary, and may not change anything', async t => {
  const page = from(await start(t, { allowedOrigins: [PAGE] }), OTHER)
  for (const path of [EVENTS, '/_emulator/health', '/']) {
    t.strictSame(corsOf((await page('GET', path)).headers), { vary: path === '/' ? 'Origin, Accept' : 'Origin' }, path)
  }
  t.match(await page('POST', '/_emulator/reset', {}, {}), { status: 403, reason: 'origin_foreign' })
})

t.test('a request without Origin has no header of CORS', async t => {
  const { ask } = await start(t, { allowedOrigins: [PAGE] })
  t.strictSame(corsOf((await ask('GET', EVENTS)).headers), {})
})

t.test('the event stream can be read by a page of a named origin', async t => {
  const { url } = await start(t, { allowedOrigins: [PAGE] })
  const stop = new AbortController()
  const stream = await fetch(`${url}/_emulator/stream`, { headers: { origin: PAGE }, signal: stop.signal })
  t.match(corsOf(stream.headers), OPEN)
  stop.abort()
})

t.test(
  '"*" opens the surface of the vendor and OAuth only, without cookies; a named origin beside it opens all',
  async t => {
    const emulator = await start(t, { allowedOrigins: ['*', PAGE] })
    const other = from(emulator, OTHER)
    for (const path of [EVENTS, '/oauth/token.php']) {
      t.match(await other('OPTIONS', path, PREFLIGHT), { status: 204 }, path)
      const { 'access-control-allow-origin': origin, ...rest } = corsOf((await other('POST', path)).headers)
      t.equal(origin, '*', path)
      t.notHas(rest, { 'access-control-allow-credentials': 'true' })
    }
    for (const path of ['/_emulator/faults', '/_emulator/directory', '/']) {
      t.notMatch((await other('OPTIONS', path, PREFLIGHT)).status, 204, path)
      t.strictSame(
        corsOf((await other('GET', path)).headers),
        { vary: path === '/' ? 'Origin, Accept' : 'Origin' },
        path
      )
    }
    t.match(await other('POST', '/_emulator/reset', {}, {}), { status: 403 })
    t.match(corsOf((await from(emulator, PAGE)('GET', '/_emulator/directory')).headers), OPEN)
    t.match(corsOf((await from(emulator, PAGE)('GET', EVENTS)).headers), OPEN, 'a named one may send cookies')
  }
)

t.test('"*" with a control token opens the control API, which requires the token on loopback, too', async t => {
  const { url, stop } = await serveHere(t, [
    '--database',
    ':memory:',
    '--allowed-origin',
    '*',
    '--control-token',
    TOKEN
  ])
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(url + path, { method, headers: { origin: OTHER, ...headers } })
  const bearer = { authorization: `Bearer ${TOKEN}` }
  t.equal((await ask('/_emulator/reset', PREFLIGHT, 'OPTIONS')).status, 204)
  const refused = await ask('/_emulator/directory', {})
  t.equal(refused.status, 401)
  t.match(corsOf(refused.headers), { 'access-control-allow-origin': '*' })
  t.equal((await ask('/_emulator/directory', bearer)).status, 200)
  t.equal((await ask('/_emulator/reset', { ...bearer, 'sec-fetch-site': 'cross-site' }, 'POST')).status, 200)
  await stop()
})

t.test('"*" that would open the control API to every page without a token is refused with exit code 2', async t => {
  const message =
    /--allowed-origin: the control API is not open to every origin without a token: set a control token, or name an origin/
  for (const words of [
    [],
    ['--control-token', 'none'],
    ['--host', '0.0.0.0', '--control-token', 'none'],
    ['--allowed-origin', '*']
  ])
    t.match(await runHere(['--database', ':memory:', '--allowed-origin', '*', ...words]), { code: 2, err: message })
  await t.rejects(startEmulator({ allowedOrigins: ['*'] }), {
    name: 'TypeError',
    message: /^startEmulator: allowedOrigins: the control API is not open/
  })
})

t.test('an --allowed-origin that no page has is refused, with what it should be', async t => {
  for (const [origin, expected] of [
    ['http://localhost:3000/', /an origin alone, as browsers send it: http:\/\/localhost:3000; got/],
    ['http://localhost:3000/app', /as browsers send it: http:\/\/localhost:3000;/],
    ['HTTP://LocalHost:3000', /as browsers send it: http:\/\/localhost:3000;/],
    ['http://localhost:80', /as browsers send it: http:\/\/localhost;/],
    ['https://me:word@app.test', /as browsers send it: https:\/\/app\.test; got "https:\/\/…@app\.test"/],
    ['http://bücher.test', /as browsers send it: http:\/\/xn--bcher-kva\.test;/],
    [
      'https://*.example.com',
      /one whole origin such as https:\/\/app\.example\.com, or "\*" alone: globs are not supported/
    ],
    ['null', /files and sandboxed pages, whose origin is null, cannot be named/],
    ['localhost:3000', /an origin such as http:\/\/localhost:3000, or "\*"; got/],
    ['ftp://files.test', /an origin such as/],
    ['', /--allowed-origin must be a non-empty text; got ""/]
  ] as const) {
    const { code, err } = await runHere(['--database', ':memory:', '--allowed-origin', origin])
    t.equal(code, 2, origin)
    t.match(err, expected, origin)
    if (origin !== '') await t.rejects(startEmulator({ allowedOrigins: [origin] }), { name: 'TypeError' }, origin)
  }
})

t.test('startEmulator takes allowedOrigins', async t => {
  const emulator = await startEmulator({ allowedOrigins: [PAGE] })
  t.teardown(() => emulator.close())
  const answer = await fetch(`${emulator.controlUrl}/health`, { headers: { origin: PAGE } })
  t.match(corsOf(answer.headers), OPEN)
  const secured = await startEmulator({ allowedOrigins: ['*'], controlToken: TOKEN })
  t.teardown(() => secured.close())
  t.equal(secured.controlToken, TOKEN)
  await secured.reset()
  t.equal((await fetch(`${secured.controlUrl}/directory`)).status, 401)
})
