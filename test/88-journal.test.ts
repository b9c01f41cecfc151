import t, { type Test } from 'tap'
import { VENDOR_ROUTES } from '../src/schema/control-api/vendor-routes.js'
import { printRequest } from '../src/service/watch/recorded-request.js'
import { CANARIES, sendCanaries } from './support/canaries.js'
import { sizeOf } from './support/effort.js'
import {
  EVENTS,
  NEW_EVENT,
  NOW,
  PAGE_EVENT,
  PAGE_HEADERS,
  type Running,
  readFixture,
  start,
  TOKENS
} from './support/emulator.js'
import { request, send } from './support/socket.js'

const journalOf = ({ ask }: Running) => ({
  list: async (query = '') => (await ask('GET', `/_emulator/requests${query}`)).body,
  get: (id: string) => ask('GET', `/_emulator/requests/${id}`),
  clear: () => ask('DELETE', '/_emulator/requests'),
  verify: (body: unknown) => ask('POST', '/_emulator/requests/verify', { body })
})

/** The ids of a list of requests. */
const idsOf = ({ requests }: { requests: { id: string }[] }) => requests.map(({ id }) => id)

async function setUp(t: Test, options: Parameters<typeof start>[1] = {}) {
  const emulator = await start(t, options)
  return { ...emulator, ...journalOf(emulator) }
}

t.test('a request is recorded with its answer, under the X-Emulator-Request-Id of that answer', async t => {
  const { ask, get } = await setUp(t)
  const answer = await ask('POST', `${EVENTS}/1?nope=1`, { body: { ...NEW_EVENT, URL: 'x' } })
  const id = answer.headers.get('x-emulator-request-id') ?? ''
  const { body } = await get(id)
  t.match(body, {
    id,
    at: NOW.toISOString(),
    method: 'POST',
    path: `${EVENTS}/1?nope=1`,
    operation: 'create',
    user: '12',
    extension: '0003*210',
    type: '1',
    eventId: answer.body.PhoneCallEvent.id,
    status: 200,
    ignoredFields: ['URL', 'nope'],
    request: { headers: { authorization: 'Bearer ***', 'content-type': 'application/json' } },
    response: { headers: { 'Content-Type': 'application/json; charset=utf-8', 'X-Emulator-Request-Id': id } }
  })
  t.equal(body.request.body, JSON.stringify({ ...NEW_EVENT, URL: 'x' }), 'the body as it was sent')
  t.equal(body.response.body, answer.text)
  t.type(body.ms, 'number')
  for (const member of ['reason', 'unmatched', 'truncated']) t.notOk(member in body, member)
})

t.test(
  'each request has the name of its operation, and the user, extension, type and event that it addresses',
  async t => {
    const { ask, list } = await setUp(t)
    const short = '/unifiedapi/extensions/@me/210/phoneCallEvents'
    await ask('GET', short)
    await ask('POST', short, { body: { ...NEW_EVENT, type: 3 } })
    await ask('PUT', `${EVENTS}/0/${PAGE_EVENT}`, { body: { note: 'x' } })
    await ask('DELETE', `${EVENTS}/0`)
    await ask('POST', '/oauth/token.php', { as: null, body: {} })
    await ask('GET', '/oauth/authorize.php', { as: null })
    const { requests } = await list()
    t.match(requests, [
      { operation: 'list', path: short, extension: '0003*210', user: '12' },
      { operation: 'create', extension: '0003*210', type: '3' },
      { operation: 'update', type: '0', eventId: PAGE_EVENT },
      { operation: 'delete', type: '0' },
      { operation: 'token', status: 401, reason: 'client_missing' },
      { operation: 'authorize', status: 400, reason: 'client_missing' }
    ])
    t.notOk('type' in requests[0], 'a list of all types has none')
  }
)

t.test('a refused request has its reason, and the address as far as it was resolved', async t => {
  const { ask, list, port } = await setUp(t)
  await ask('GET', EVENTS, { as: null })
  await ask('GET', '/uapi/extensions/@me/9999*1/phoneCallEvents')
  await ask('PUT', '/uapi/extensions/@me/210/phoneCallEvents/0/unknown', { body: { URL: 'x' } })
  await ask('POST', EVENTS, { body: { ...NEW_EVENT, type: 7 } })
  await send(port, `GET ${EVENTS} HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n`)
  const { requests } = await list()
  t.match(requests, [
    { status: 401, reason: 'credentials_missing', operation: 'list', extension: '0003*210' },
    { status: 400, reason: 'extension_unknown', user: '12', extension: '9999*1' },
    { status: 400, reason: 'event_unknown', extension: '0003*210', eventId: 'unknown', ignoredFields: ['URL'] },
    { status: 400, reason: 'value_malformed', extension: '0003*210', type: '7' },
    { status: 403, reason: 'host_not_allowed', operation: 'list' }
  ])
  t.notOk('user' in requests[0])
  t.ok(
    requests.every((one: object) => !('unmatched' in one)),
    'a 400 of a known operation is not unmatched'
  )
})

t.test('requests that match no operation are unmatched, and those of the control API are not recorded', async t => {
  const { ask, list, port } = await setUp(t)
  for (const path of ['/nowhere', '/uapi/nowhere', '/oauth/nowhere', '/_emulatorx']) await ask('GET', path)
  await ask('PATCH', EVENTS)
  await ask('GET', '/oauth/token.php')
  await ask('GET', '/_emulator/nowhere')
  await send(port, request('FOO /uapi'))
  await ask('GET', EVENTS)
  const { requests, total } = await list('?unmatched=true')
  t.strictSame(
    requests.map(({ method, path, status }: { method: string; path: string; status: number }) => [
      method,
      path,
      status
    ]),
    [
      ['GET', '/nowhere', 404],
      ['GET', '/uapi/nowhere', 501],
      ['GET', '/oauth/nowhere', 404],
      ['GET', '/_emulatorx', 404],
      ['PATCH', EVENTS, 501],
      ['GET', '/oauth/token.php', 405],
      ['FOO', '/uapi', 501]
    ]
  )
  t.equal(total, 7)
  t.match(await list('?unmatched=false'), { total: 1, requests: [{ operation: 'list' }] })
  t.match(await list('?path=/_emulator/*'), { total: 0 }, 'and the control API is not recorded')
})

t.test('an unreadable request is recorded once, with the parts that could be read', async t => {
  const { list, port } = await setUp(t, {
    timeouts: { requestTimeout: 150, headersTimeout: 100, timeoutCheckInterval: 25 }
  })
  const head = `POST ${EVENTS}/1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKENS.user}\r\n`
  await send(port, 'what is this\r\n\r\n')
  await send(port, `GET ${EVENTS}?accessRequestToken=canary.token HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n`)
  await send(port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await send(port, 'CONNECT there.test:80 HTTP/1.1\r\nHost: there\r\n\r\n')
  await send(port, `${head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\nshort`)
  await send(port, request(`GET ${EVENTS}`, ['Host: other']))
  await send(port, request('GET /uapi/%zz'))
  await send(port, request(`GET /_emulator/${'x'.repeat(20_000)}`))
  const { requests } = await list()
  const seen = requests.map(({ method, status, reason }: { method: string; status: number; reason: string }) => [
    method,
    status,
    reason
  ])
  t.strictSame(seen, [
    ['', 400, 'http_unreadable'],
    ['GET', 400, 'http_unreadable'],
    ['GET', 414, 'target_too_long'],
    ['CONNECT', 501, 'method_unknown'],
    ['POST', 408, 'request_timeout'],
    ['GET', 400, 'host_repeated'],
    ['GET', 400, 'encoding_malformed']
  ])
  t.match(requests[1], { path: `${EVENTS}?accessRequestToken=***` })
  t.match(requests[4], { path: `${EVENTS}/1`, request: { headers: { Authorization: 'Bearer ***' } } })
  t.notMatch(JSON.stringify(requests), new RegExp(`canary|${TOKENS.user}`))
})

t.test('secrets are masked in every part of a request', async t => {
  const emulator = await setUp(t, { fixture: CANARIES, autoConsent: true, journalSize: 10_000 })
  const issued = await sendCanaries({ url: emulator.url, port: emulator.port } as Parameters<typeof sendCanaries>[0])
  const { requests } = await emulator.list('?limit=10000')
  t.ok(requests.length > 150, `${requests.length} requests`)
  const secret = /canary\.(?!redirect|example)[\w.]+/g
  for (const entry of requests) t.strictSame(JSON.stringify(entry).match(secret), null, `${entry.id} ${entry.path}`)
  const all = JSON.stringify(requests)
  for (const token of issued) t.notOk(all.includes(token), 'an issued secret')
  const each = await Promise.all(requests.slice(0, 50).map(({ id }: { id: string }) => emulator.get(id)))
  t.notMatch(JSON.stringify(each.map(({ body }) => body)), secret)
  const refuted = (await emulator.verify({ match: { operation: 'token' }, count: 0 })).body
  t.equal(refuted.nearest.length, 5)
  t.notMatch(JSON.stringify(refuted), secret)
})

t.test('secrets are masked in every body format, header and query', async t => {
  const { ask, port, list } = await setUp(t)
  const posts: [path: string, type: string, body: string][] = []
  for (const path of ['/oauth/token.php', '/token.php', `${EVENTS}/1`, '/oauth/authorize.php']) {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      for (const body of BODIES) posts.push([path, type, body])
    }
  }
  for (const [path, type, body] of posts) await ask('POST', path, { body, headers: { 'content-type': type } })
  for (const [name, value] of HEADERS) await send(port, request(`GET ${EVENTS}`, [`${name}: ${value}`]))
  for (const query of QUERIES) await send(port, request(`GET ${EVENTS}?${query}`))
  const { requests, total } = await list()
  t.equal(total, posts.length + HEADERS.length + QUERIES.length)
  for (const entry of requests) t.notMatch(JSON.stringify(entry), /canary/, `${entry.id}`)
})

const BODIES = [
  '{"client_secret":"canary"}',
  '{"client_secret":"canary"',
  '{"a":{"access_token":"canary"},"a":1}',
  '{"client\\u005fsecret":"canary"}',
  '{"client\\u005fsecret":"canary"',
  '{"refresh_token":["canary","canary"]}',
  '{"code":"canary", "vn": "canary"}',
  "{'code': 'canary'}",
  '{"url":"http://x.test/?access_token=canary&b=1"}',
  'client_secret=canary',
  'a=1&code=canary&refresh%5Ftoken=canary',
  '&client_secret=canary&%',
  'client_secret: canary, canary',
  'Authorization: Bearer canary',
  '--x\r\nContent-Disposition: form-data; name="code"\r\n\r\ncanary\r\n--x--'
]

const HEADERS: [string, string][] = [
  ['Authorization', 'Bearer canary'],
  ['Authorization', 'Basic canary=='],
  ['Authorization', 'canary canary'],
  ['Proxy-Authorization', 'Basic canary'],
  ['Cookie', 'dev=canary; vn=canary; canary'],
  ['X-XSRF-Token', 'canary'],
  ['Referer', 'http://x.test/?accessRequestToken=canary#code=canary'],
  ['X-Original', 'Bearer canary']
]

const QUERIES = [
  'accessRequestToken=canary',
  'accessRequestToken=Bearer+canary&a=1',
  'access%52equestToken=canary',
  'ACCESSREQUESTTOKEN=canary"canary',
  'a=1&&client_secret=canary',
  'code=canary&count=1',
  'refresh_token[]=canary'
]

t.test('the cURL of the vendor page is recorded without its session', async t => {
  const { ask, list } = await setUp(t)
  await ask('GET', EVENTS, { as: null, headers: PAGE_HEADERS })
  const [{ request: sent, user }] = (await list()).requests
  t.equal(user, '12')
  t.match(sent.headers, { cookie: 'dev=***; xsrf-token=***; vn=***', 'x-xsrf-token': '***' })
})

t.test(
  'a request is shown as it was sent: its target, and its body in the format and encoding of its client',
  async t => {
    const { ask, port, list } = await setUp(t)
    const targets = [
      `${EVENTS}?&count=1&&accessRequestToken=secret&`,
      `http://127.0.0.1:${port}/unifiedapi/extensions/@me/210/phoneCallEvents?count=1`,
      `HTTP://name:pass@word@127.0.0.1:${port}${EVENTS}`,
      `http://127.0.0.1:${port}/sandboxes/one${EVENTS}?count=1`,
      `http://127.0.0.1:${port}?a=1`,
      '/sandboxes/one?a=1'
    ]
    await ask('POST', '/_emulator/sandboxes', { body: { name: 'one' } })
    for (const target of targets) await send(port, request(`${target.endsWith('?a=1') ? 'POST' : 'GET'} ${target}`))
    const part = (name: string, value: string, more = '') =>
      `--x1\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
    const multipart = (secret: string, file: string) =>
      `${part('grant_type', 'client_credentials')}${part('client_secret', secret)}${part('scope', 'a', file)}--x1--\r\n`
    const file = '; filename="a.txt"'
    const bodies: [type: string, sent: string, shown: string][] = [
      [
        'application/x-www-form-urlencoded',
        '&grant_type=a%2Db+c&&x&client_secret=s%20s&',
        '&grant_type=a%2Db+c&&x&client_secret=***&'
      ],
      [
        'multipart/form-data; boundary=x1',
        multipart('s', file),
        multipart('***', file).replace('\r\na\r\n', '\r\n***\r\n')
      ],
      ['application/json', '{ "grant_type": "a",  "scope": 1 }', '{ "grant_type": "a",  "scope": 1 }'],
      ['application/json', '{ "client_secret": "s", "a": 1 }', '{"client_secret":"***","a":1}']
    ]
    for (const path of ['/oauth/token.php', '/token.php']) {
      for (const [type, body] of bodies) await ask('POST', path, { as: null, body, headers: { 'content-type': type } })
    }
    const { requests } = await list()
    const inOne = (await ask('GET', '/sandboxes/one/_emulator/requests')).body.requests
    const pathsOf = (entries: { path: string }[]) => entries.map(({ path }) => path)
    t.strictSame(pathsOf(requests).slice(0, 4), [
      `${EVENTS}?&count=1&&accessRequestToken=***&`,
      targets[1],
      `HTTP://***@127.0.0.1:${port}${EVENTS}`,
      targets[4]
    ])
    t.strictSame(pathsOf(inOne), [`http://127.0.0.1:${port}${EVENTS}?count=1`, '/?a=1'])
    t.strictSame(
      requests.slice(4).map((entry: { request: { body: string } }) => entry.request.body),
      [...bodies, ...bodies].map(([, , shown]) => shown)
    )
    t.equal((await list(`?path=${encodeURIComponent(EVENTS)}`)).total, 2, 'a filter by path needs no origin')
    const match = { path: '/oauth/token.php', body: { grant_type: 'client_credentials' } }
    const verified = await ask('POST', '/_emulator/requests/verify', { body: { match } })
    t.match(verified, { status: 200, body: { count: 1 } }, 'the members of a multipart body can be matched')
  }
)

t.test('at most 64 KiB of a body are kept', async t => {
  const { ask, list } = await setUp(t, {
    fixture: {
      ...readFixture('default'),
      phoneCallEvents: Array.from({ length: 100 }, (_, index) => ({
        extension: '0003*210',
        type: '0',
        id: `e${index}`,
        method: '0',
        url: 'http://x.test/',
        note: 'ș'.repeat(1000)
      }))
    }
  })
  const answer = await ask('GET', `${EVENTS}?count=100`)
  await ask('POST', '/nowhere', { body: 'x'.repeat(100_000) })
  const [list1, post] = (await list()).requests
  t.equal(list1.response.truncated, true)
  t.ok(answer.text.startsWith(list1.response.body))
  t.ok(Buffer.byteLength(list1.response.body) > 65_500 && Buffer.byteLength(list1.response.body) <= 65_536)
  t.match(post.request, { body: 'x'.repeat(65_536), truncated: true })
})

t.test('requests can be filtered by each property, alone and combined', async t => {
  const { ask, list } = await setUp(t)
  await ask('GET', EVENTS)
  await ask('GET', EVENTS.replace('*', '%2A'), { as: 'other' })
  await ask('POST', `${EVENTS}/4`, { body: NEW_EVENT })
  await ask('PUT', `${EVENTS}/0/${PAGE_EVENT}`, { body: { method: '7' } })
  await ask('GET', '/nowhere?path=/uapi')
  for (const [query, ids] of [
    ['method=GET', ['1', '2', '5']],
    ['operation=create', ['3']],
    ['status=400', ['2', '4']],
    ['user=40', ['2']],
    ['extension=0003*210', ['1', '2', '3', '4']],
    ['type=4', ['3']],
    [`eventId=${PAGE_EVENT}`, ['4']],
    [`path=${EVENTS}`, ['1', '2']],
    [`path=${EVENTS}/*`, ['3', '4']],
    ['path=/nowhere', ['5']],
    ['path=*', ['1', '2', '3', '4', '5']],
    ['unmatched=true', ['5']],
    ['method=GET&user=12', ['1']],
    ['operation=create&status=400', []],
    ['limit=2', ['4', '5']],
    ['limit=0', []],
    ['after=3', ['4', '5']],
    ['after=1&limit=1', ['5']]
  ] as const) {
    t.strictSame(idsOf(await list(`?${query}`)), ids, query)
  }
  t.match(await list('?limit=2'), { total: 5, dropped: 0 })
})

t.test('the journal keeps the newest requests, counts the dropped ones, and can be cleared', async t => {
  const { ask, list, get, clear } = await setUp(t, { journalSize: 3 })
  for (let count = 0; count < 5; count++) await ask('GET', `${EVENTS}?n=${count}`)
  t.strictSame(idsOf(await list()), ['3', '4', '5'])
  t.match(await list('?limit=1'), { total: 3, dropped: 2 })
  t.match(await get('1'), { status: 404, body: { error: { code: 'request_unknown' } } })
  t.match(await clear(), { status: 200, body: { cleared: 3 } })
  t.strictSame(await list(), { requests: [], total: 0, dropped: 0 })
})

t.test('all journals together keep a number of bytes, and drop the oldest requests of all', async t => {
  const size = 60_000
  const { ask, list } = await setUp(t, { journalBytes: size * 4 + 10_000 })
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'one' } })
  const inOne = async () => (await ask('GET', '/sandboxes/one/_emulator/requests')).body
  const post = (prefix: string, name: string) => ask('POST', `${prefix}/${name}`, { body: 'x'.repeat(size - 2_000) })
  await post('', 'a')
  await post('/sandboxes/one', 'b')
  await post('', 'c')
  await post('/sandboxes/one', 'd')
  t.match(
    [await list(), await inOne()],
    [
      { total: 2, dropped: 0 },
      { total: 2, dropped: 0 }
    ]
  )
  await post('/sandboxes/one', 'e')
  t.match(await list(), { requests: [{ path: '/c' }], total: 1, dropped: 1 }, 'the oldest of all')
  t.match(await inOne(), { requests: [{ path: '/b' }, { path: '/d' }, { path: '/e' }], dropped: 0 })
  await post('', 'f')
  t.match(await inOne(), { requests: [{ path: '/d' }, { path: '/e' }], dropped: 1 })
  await ask('DELETE', '/sandboxes/one/_emulator/requests')
  await post('', 'g')
  await post('', 'h')
  t.match(await list(), { requests: [{ path: '/c' }, { path: '/f' }, { path: '/g' }, { path: '/h' }], dropped: 1 })
  await post('/sandboxes/one', 'i')
  await ask('DELETE', '/_emulator/sandboxes/one')
  await post('', 'j')
  t.match(await list(), { requests: [{ path: '/f' }, { path: '/g' }, { path: '/h' }, { path: '/j' }], dropped: 2 })
})

t.test('the journal of a full ring keeps the order when bytes drop some of it', async t => {
  const { ask, list } = await setUp(t, { journalSize: 3, journalBytes: 30_000 })
  for (const name of ['a', 'b', 'c', 'd']) await ask('POST', `/${name}`, { body: 'x' })
  await ask('POST', '/e', { body: 'x'.repeat(26_000) })
  t.match(await list(), { requests: [{ path: '/d' }, { path: '/e' }], total: 2, dropped: 3 })
  await ask('POST', '/f', { body: 'x' })
  t.match(await list(), { requests: [{ path: '/e' }, { path: '/f' }], total: 2, dropped: 4 })
})

t.test('what a browser requests to show the page is in no journal, no stream, no line and no verification', async t => {
  const lines: unknown[] = []
  const activity = { request: (line: unknown) => void lines.push(line), webhook() {} }
  const logger = { level: 'info', stream: { write() {} } }
  const running = await setUp(t, { activity, logger, sandboxes: 'auto' })
  const { ask, list, verify } = running
  const feed = running.sandbox.feed.subscribe({ types: ['request'], onReadable() {}, onEnd() {} })
  for (const prefix of ['', '/sandboxes/one']) {
    for (const [path, status] of [
      ['/', 200],
      ['/favicon.ico', 200],
      ['/favicon.ico?v=2', 200],
      ['/apple-touch-icon.png', 404],
      ['/apple-touch-icon-precomposed.png', 404],
      ['/.well-known/appspecific/com.chrome.devtools.json', 404]
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        const { headers, status: answered } = await ask(method, prefix + path, { as: null })
        t.equal(answered, status, `${method} ${path}`)
        t.match(headers.get('x-emulator-request-id'), /^\d+$/)
      }
      await ask('GET', prefix + path, { as: null, headers: { accept: 'text/html,*/*' } })
    }
    const { requests, total } = (await ask('GET', `${prefix}/_emulator/requests`)).body
    t.strictSame([requests, total], [[], 0], prefix)
    const none = { body: { match: { unmatched: true }, count: 0 } }
    t.match(await ask('POST', `${prefix}/_emulator/requests/verify`, none), { status: 200, body: { verified: true } })
  }
  t.strictSame(lines, [])
  t.equal(feed.next(), undefined)

  for (const path of ['/favicon.ico', '/apple-touch-icon.png', '/']) await ask('POST', path, { body: {} })
  for (const path of ['/favicon.ico/x', '/favicon.png', '/uapi/favicon.ico']) await ask('GET', path)
  t.match(await list('?unmatched=true'), { total: 6 }, 'other methods and paths are recorded')
  t.equal(lines.length, 6)
  t.match(await verify({ match: { unmatched: true }, count: 6 }), { status: 200 })
  await send(running.port, 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
  t.match(lines.at(-1), { path: '/', status: 403, reason: 'host_not_allowed' }, 'and a page that is refused has a line')
  t.match(await list(), { total: 6 })
})

t.test('a 400 or an unmatched request has a hint of what comes closest in the sandbox', async t => {
  const { ask, list, get } = await setUp(t)
  const events = (user: string, extension: string, rest = '') =>
    `/uapi/extensions/${user}/${extension}/phoneCallEvents${rest}`
  const cases: [method: string, path: string, hint: string | undefined][] = [
    ['GET', events('@me', '0003*219'), 'The nearest extension is 0003*210 of user 12.'],
    ['GET', events('@me', '0003210'), 'A * is missing: there is 0003*210 of user 12.'],
    ['GET', events('@me', '0003-210'), 'A * is missing: there is 0003*210 of user 12.'],
    ['GET', events('12', '0003*211'), '0003*211 belongs to user 13. User 12 has 0003*210'],
    ['GET', events('me', '0003*210'), 'The nearest user is @me. 0003*210 belongs to user 12.'],
    ['DELETE', events('@me', '0003*210', `/0/${PAGE_EVENT.slice(0, -1)}`), `The nearest event is ${PAGE_EVENT}.`],
    ['GET', events('@me', '0003*210', '/dial-in'), 'The nearest type is 0 (Dial-In).'],
    ['GET', '/uapi/extension/@me/0003*210/phonecallevents/', `The nearest path is ${EVENTS}.`],
    ['GET', '/extensions/@me/0003*210/phoneCallEvents?a=1', `The nearest path is ${EVENTS}.`],
    ['PUT', '/unifiedapi/phoneCalls/@me/0003*210/17/18', 'The nearest path is /unifiedapi/phoneCalls/@me/0003*210/17.'],
    ['GET', '/oauth/token', 'The nearest path is /oauth/token.php, with POST.'],
    ['PATCH', EVENTS, 'The path has the methods GET, POST and DELETE.'],
    ['PATCH', `${EVENTS}/0/${PAGE_EVENT}`, 'The path has the methods GET, PUT and DELETE. The nearest is PUT.'],
    ['GET', '/oauth/token.php', 'The path has the method POST.'],
    ['GET', EVENTS.replace('/extensions', '//extensions'), `The nearest path is ${EVENTS}.`],
    ['POST', '/uapi/phoneCalls/@me', 'The nearest path is /uapi/phoneCalls/@me/simple.'],
    ['GET', '/icon.png', undefined],
    ['GET', '/uapi/nowhere', undefined],
    ['GET', '/uapi/extensions/@me/presence', undefined],
    ['GET', '/uapi/extensions/@me/0003*210/recordings', undefined],
    ['GET', '/uapi/extensions/@me/0003*210', `The nearest path is ${EVENTS}.`],
    ['GET', `/${'a/'.repeat(3_000)}`, undefined],
    ['GET', `${EVENTS}?count=x`, undefined],
    ['GET', EVENTS, undefined]
  ]
  for (const [method, path, hint] of cases) {
    const { headers, text } = await ask(method, path)
    const { body } = await get(headers.get('x-emulator-request-id') ?? '')
    if (hint === undefined) t.notOk('hint' in body, path.slice(0, 60))
    else t.ok(body.hint?.startsWith(hint), `${method} ${path}: ${body.hint}`)
    t.notMatch(text, /nearest|belongs to/, 'the answer stays that of the vendor')
  }
  const { requests } = await list(`?limit=${cases.length}`)
  t.equal(requests[0].hint, cases[0]?.[2], 'in lists, too')
})

t.test('the paths that hints compare are those of the server', async t => {
  const { ask } = await setUp(t)
  const { paths } = (await ask('GET', '/_emulator/openapi/uapi.json')).body
  const ofServices = Object.entries<object>(paths).filter(([path]) => path.startsWith('/uapi'))
  const documented = ofServices.map(([path, item]) => [
    path.replace(/\{(\w+)\}/g, ':$1').replace(/\/$/, ''),
    Object.keys(item)
      .filter(key => key !== 'parameters')
      .map(key => key.toUpperCase())
      .sort()
  ])
  const compared = VENDOR_ROUTES.filter(({ path }) => path.startsWith('/uapi')).map(({ path, methods }) => [
    path,
    [...methods].sort()
  ])
  t.strictSame(new Map(documented.sort() as []), new Map(compared.sort() as []))
})

t.test('secrets are masked in addresses inside of addresses, and behind a semicolon', async t => {
  const { port, list } = await setUp(t)
  const inner = (secret: string) => `http://a:${secret}@h.test/?access_token=${secret}&b=1`
  const masked = 'http://***@h.test/?access_token=***&b=1'
  const twice = (text: string) => encodeURIComponent(encodeURIComponent(text))
  const targets: [sent: string, printed: string][] = [
    [`?redirect_uri=${encodeURIComponent(inner('s1'))}&c=a+b`, `?redirect_uri=${encodeURIComponent(masked)}&c=a+b`],
    [`?redirect_uri=${twice(inner('s1'))}`, `?redirect_uri=${twice(masked)}`],
    ['?redirect_uri=http://h.test/?code=s1&c=1', '?redirect_uri=http://h.test/?code=***&c=1'],
    ['?a=1;token=s1', '?a=1;token=***'],
    ['?a=b%3Dc%26d;e=%zz&f=g=h', '?a=b%3Dc%26d;e=%zz&f=g=h'],
    [`?a=${'%25'.repeat(2_000)}=`, `?a=${'%25'.repeat(2_000)}=`]
  ]
  for (const [sent] of targets) await send(port, request(`GET /uapi/x${sent}`))
  const headers = ['X-Session-Id', 'X-Auth-Key', 'Cookie2'].map(name => `${name}: a=s1`)
  await send(
    port,
    request('GET /uapi/x', [...headers, `Referer: http://h.test/?next=${encodeURIComponent(inner('s1'))}`])
  )
  const { requests } = await list()
  t.strictSame(
    requests.slice(0, -1).map(({ path }: { path: string }) => path),
    targets.map(([, printed]) => `/uapi/x${printed}`)
  )
  t.match(requests.at(-1).request.headers, {
    'X-Session-Id': '***',
    'X-Auth-Key': '***',
    Cookie2: 'a=***',
    Referer: `http://h.test/?next=${encodeURIComponent(masked)}`
  })
})

t.test(
  'a token behind a semicolon in a path is masked in journal, stream, metrics and log, however it is written',
  async t => {
    const lines: unknown[] = []
    const { port, ask, url } = await start(t, {
      activity: { request: line => lines.push(line), webhook: line => lines.push(line) }
    })
    const stream = await fetch(`${url}/_emulator/stream`)
    const reader = stream.body?.getReader()
    const names = ['token', 'accessRequestToken', 'vn']
    const segments = names.flatMap(name =>
      [';', '%3B', '%3b'].flatMap(semicolon => ['=', '%3D', '%3d'].map(equals => `${semicolon}${name}${equals}s3cret`))
    )
    const targets = segments.flatMap(part => [
      `${EVENTS}${part}`,
      `/uapi/extensions/@me${part}/0003*210/phoneCallEvents`,
      `/uapi/extensions/@me/0003*210${part}/phoneCallEvents`,
      `${EVENTS}/0${part}`,
      `${EVENTS}/0/x${part}`,
      `/uapi/phoneCalls/@me/0003*210${part}`,
      `/uapi/phoneCalls/@me/0003*210/1${part};b=1`,
      `/oauth/token.php${part}`,
      `/nowhere${part}/x?a=1${part}`
    ])
    const bearer = `Authorization: Bearer ${TOKENS.user}`
    for (const target of targets) {
      await send(port, request(`GET ${target}`, [bearer, `Referer: http://h.test${target}`]))
    }
    const shown: string[] = [JSON.stringify(lines)]
    for (const path of [
      '/_emulator/requests?limit=10000',
      '/_emulator/requests/export?format=har',
      '/_emulator/metrics'
    ])
      shown.push((await ask('GET', path)).text)
    for (let text = ''; text.split('event: request').length <= targets.length; shown.push(text)) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) break
      text += Buffer.from(value ?? []).toString()
    }
    await reader?.cancel()
    for (const text of shown) t.notMatch(text, /s3cret/)
    t.ok(shown[1]?.includes('"0003*210;token=***"'), 'the rest of the path is shown')
  }
)

t.test('an invalid query or verification is refused with the name of the parameter', async t => {
  const { ask, verify } = await setUp(t)
  for (const query of [
    'nope=1',
    'method=get',
    'operation=read',
    'status=abc',
    'status=99',
    'status=200&status=201',
    'extension=210',
    'type=7',
    'eventId=a-b',
    'user=@me',
    'path=uapi',
    'path=',
    'unmatched=1',
    'limit=-1',
    'limit=10001',
    'after=x',
    'after=99'
  ]) {
    const { status, body } = await ask('GET', `/_emulator/requests?${query}`)
    const [name = ''] = query.split('=')
    t.match({ status, body }, { status: 400, body: { error: { code: 'request_invalid' } } }, query)
    t.match(JSON.stringify(body.error.details), name, query)
  }
  for (const [body, path] of [
    [{}, '$.match'],
    [{ match: {}, nope: 1 }, '$.nope'],
    [{ match: { moment: 'hangup' } }, '$.match.moment'],
    [{ match: { status: '200' } }, '$.match.status'],
    [{ match: { unmatched: 'true' } }, '$.match.unmatched'],
    [{ match: { limit: 1 } }, '$.match.limit'],
    [{ match: {}, count: -1 }, '$.count'],
    [{ match: {}, count: {} }, '$.count'],
    [{ match: {}, timeoutMs: 60_001 }, '$.timeoutMs']
  ] as const) {
    const answer = await verify(body)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.ok(
      answer.body.error.details.some((detail: { path: string }) => detail.path === path),
      JSON.stringify(answer.body)
    )
  }
  t.equal((await ask('GET', '/_emulator/requests/0')).status, 404)
  t.match(await ask('DELETE', '/_emulator/requests?x=1'), { status: 400, reason: 'query_unknown' })
})

t.test('requests can be verified by match and count', async t => {
  const { ask, verify } = await setUp(t)
  await ask('GET', EVENTS)
  await ask('GET', EVENTS)
  for (const [count, verified] of [
    [undefined, true],
    [2, true],
    [1, false],
    [3, false],
    [{ min: 2 }, true],
    [{ max: 1 }, false],
    [{ min: 1, max: 2 }, true],
    [0, false]
  ] as const) {
    const answer = await verify({ match: { operation: 'list' }, ...(count !== undefined && { count }) })
    t.match(answer, { status: verified ? 200 : 409, body: { verified, count: 2 } }, JSON.stringify(count))
    t.equal(answer.reason, verified ? null : 'not_verified')
  }
})

t.test('a failed verification shows the nearest requests with their differences, and hints', async t => {
  const { ask, verify } = await setUp(t)
  await ask('POST', '/uapi/extensions/@me/0003*210/phoneCallEvents/1', { body: { ...NEW_EVENT, url: 'nope' } })
  await ask('GET', '/uapi/extension/@me')
  const { body } = await verify({ match: { operation: 'create', extension: '0003*211', status: 200, type: '1' } })
  t.match(body, { verified: false, count: 0, expected: { min: 1 } })
  t.strictSame(body.nearest[0].differs, ['status 400, expected 200', 'extension 0003*210, expected 0003*211'].reverse())
  t.equal(body.nearest[0].request.id, '1')
  t.match(body.nearest[1].differs, ['no operation, expected create'])
  t.match(body.hints.join('\n'), /Request 1 was refused with 400 value_malformed: the value is not one of/)
  t.match(body.hints.join('\n'), /1 of all requests matched no operation, GET \/uapi\/extension\/@me the last/)
  const nobody = (await verify({ match: { user: '99', extension: '1*1' } })).body
  t.match(nobody.hints, ['No user has the id 99.', 'No extension has the number 1*1.'])
})

t.test('a count is not verified if dropped requests could have changed it', async t => {
  const { ask, verify, clear } = await setUp(t, { journalSize: 3 })
  for (let count = 0; count < 4; count++) await ask('GET', EVENTS)
  const match = { operation: 'list' }
  for (const count of [3, { max: 3 }, { min: 1, max: 3 }, 0]) {
    const answer = await verify({ match, count })
    t.match(answer, { status: 409, body: { verified: false, hints: [/1 older requests.*--journal-size/] } })
  }
  t.match(await verify({ match, count: { min: 3 } }), { status: 200 }, 'a minimum holds without them')
  t.match(await verify({ match, count: { max: 5 } }), { status: 200 }, 'and a maximum that even they could not exceed')
  t.match(await verify({ match, count: { min: 4 } }), { status: 409, body: { hints: [/--journal-size/] } })
  await clear()
  t.match(
    await verify({ match, count: 0 }),
    { status: 200, body: { count: 0 } },
    'cleared requests do not prevent a verification'
  )
})

t.test('a verification never misses a request that arrives at the same time', { timeout: 60_000 }, async t => {
  const { ask, verify, sandbox } = await setUp(t, { journalSize: 100_000 })
  for (let round = 0; round < sizeOf(60, 20); round++) {
    const waiting = verify({ match: { path: `/race/${round}` }, count: 3, timeoutMs: 20_000 })
    const requests = [0, 1, 2].map(() => ask('GET', `/race/${round}`))
    t.match((await waiting).body, { verified: true, count: 3 })
    await Promise.all(requests)
  }
  // Thousands without sockets: the wait begins before or after the request, in the same turn or a later one.
  const [recorded] = sandbox.journal.matching({})
  if (recorded === undefined) throw new Error('nothing was recorded')
  const { facts: _facts, ...entry } = recorded
  const record = (target: string) => sandbox.journal.record({ ...entry, target })
  const waits: Promise<unknown>[] = []
  for (let race = 0; race < sizeOf(3000, 1000); race++) {
    const target = `/thousand/${race}`
    const wait = () => waits.push(sandbox.journal.verify({ match: { path: target }, count: 1, timeoutMs: 30_000 }))
    if (race % 3 === 0) record(target)
    wait()
    if (race % 3 === 1) record(target)
    if (race % 3 === 2) queueMicrotask(() => record(target))
    if (race % 50 === 0) await Promise.all(waits.splice(0))
  }
  const answers = await Promise.all(waits)
  t.ok(answers.every(answer => Reflect.get(Object(answer), 'verified') === true))
})

t.test('a request is in the journal as soon as its answer has arrived', async t => {
  const { ask, verify } = await setUp(t)
  for (let count = 1; count <= 200; count++) {
    await ask('GET', EVENTS)
    const { status } = await verify({ match: { operation: 'list' }, count })
    if (status !== 200) t.fail(`${count}`)
  }
  t.pass()
})

t.test('a verification that times out shows the nearest requests, and an exceeded maximum fails at once', async t => {
  const { ask, verify } = await setUp(t)
  const waiting = verify({ match: { operation: 'create' }, timeoutMs: 1_000 })
  await ask('GET', EVENTS)
  t.match(await waiting, {
    status: 409,
    body: { count: 0, nearest: [{ differs: ['operation list, expected create'] }] }
  })
  const exceeded = verify({ match: { operation: 'list' }, count: { max: 1 }, timeoutMs: 60_000 })
  await ask('GET', EVENTS)
  t.match(await exceeded, { status: 409, body: { count: 2 } }, 'an exceeded maximum is answered at once')
})

t.test('the times of the journal follow the clock of the sandbox', async t => {
  const { ask, list } = await setUp(t)
  await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen', now: '2030-01-01T00:00:00Z' } })
  await ask('GET', EVENTS)
  t.match(await list(), { requests: [{ at: '2030-01-01T00:00:00.000Z' }] })
})

t.test('a recorded request is formatted only when it is read', async t => {
  const { ask, sandbox } = await setUp(t)
  await ask('GET', EVENTS)
  const [recorded] = sandbox.journal.matching({})
  t.ok(recorded)
  if (recorded) t.match(printRequest(recorded), { status: 200, request: { headers: { authorization: 'Bearer ***' } } })
})
