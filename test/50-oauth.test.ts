import { join } from 'node:path'
import t, { type Test } from 'tap'
import { randomId } from '../src/service/new-id.js'
import { EVENTS, NOW, type Running, readFixture, start } from './support/emulator.js'
import { headerOf, request, send } from './support/socket.js'

const TOKEN = '/oauth/token.php'
const AUTHORIZE = '/oauth/authorize.php'
const CALLBACK = 'http://localhost/callback'
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_BODY = { 'content-type': 'application/json' }
const CLIENT = { client_id: 'emulator-app', client_secret: 'emulator-secret' }
const CREDENTIALS = { grant_type: 'client_credentials', ...CLIENT }
const WORKS = String(new URLSearchParams(CREDENTIALS))

/** Apps beside the default one: untrusted, of another user, without a name, and with HTML in the name. */
const APPS = [
  { ...app('crm'), trusted: false, redirectUris: [CALLBACK, 'http://localhost/hook?from=a%20b', 'com.crm:/done?'] },
  { ...app('other'), user: '40', name: 'Other' },
  app('nameless'),
  { ...app('evil'), name: `<script>alert("1")</script> & 'friends'` }
]

function app(clientId: string) {
  return { clientId, clientSecret: `${clientId}-secret`, user: '12', trusted: true, redirectUris: [CALLBACK] }
}

const startWithApps = (t: Test, options: Parameters<typeof start>[1] = {}) => {
  const fixture = readFixture('default')
  return start(t, { fixture: { ...fixture, apps: [...(fixture.apps ?? []), ...APPS] }, ...options })
}

/** Posts without a bearer token. */
const post = ({ ask }: Running, body: unknown, headers: Record<string, string> = FORM, path = TOKEN) =>
  ask('POST', path, { as: null, body: body instanceof URLSearchParams ? String(body) : body, headers })

const exchange = (emulator: Running, members: Record<string, string>) => post(emulator, new URLSearchParams(members))

const basic = (pair: string, scheme = 'Basic') => ({
  authorization: `${scheme} ${Buffer.from(pair).toString('base64')}`
})

/** Lists events with a token: the status, or the reason of the refusal. */
const opens = async ({ ask }: Running, token: string) => {
  const { status, reason } = await ask('GET', EVENTS, { as: null, headers: { authorization: `Bearer ${token}` } })
  return reason ?? status
}

const consent = (members: Record<string, string> = {}) => {
  const asked = { response_type: 'code', client_id: 'crm', redirect_uri: CALLBACK, state: 'abc', ...members }
  return new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))
}

/** Allows an app as the consent page does, and returns the code. */
const codeFor = async (emulator: Running, members: Record<string, string> = {}): Promise<string> => {
  const { headers } = await post(emulator, consent({ ...members, decision: 'allow' }), FORM, AUTHORIZE)
  return new URL(headers.get('location') ?? '').searchParams.get('code') ?? ''
}

const CRM = { grant_type: 'authorization_code', client_id: 'crm', client_secret: 'crm-secret', redirect_uri: CALLBACK }

t.test('a token has 40 letters and digits, and gives access until it expires', async t => {
  const emulator = await start(t, { newId: randomId })
  const { status, headers, body } = await post(emulator, WORKS)
  t.equal(status, 200)
  t.strictSame(Object.keys(body), ['access_token', 'token_type', 'expires_in'], 'and no refresh token')
  t.match(body.access_token, /^[A-Za-z0-9]{40}$/, 'within ^[A-Za-z0-9_.-]{10,}$')
  t.match(body, { token_type: 'Bearer', expires_in: 3600 })
  t.equal(headers.get('cache-control'), 'no-store')
  t.equal(headers.get('content-type'), 'application/json; charset=utf-8')

  for (const [ms, expected] of [
    [0, 200],
    [3_599_999, 200],
    [3_600_000, 'token_expired'],
    [3_600_001, 'token_expired']
  ] as const) {
    emulator.setTime(new Date(NOW.getTime() + ms))
    t.equal(await opens(emulator, body.access_token), expected, `after ${ms} ms`)
  }
})

t.test('tokenLifetimeSeconds sets expires_in and the expiry of the token', async t => {
  const emulator = await start(t, { settings: { tokenLifetimeSeconds: 60 } })
  const { body } = await post(emulator, WORKS)
  t.equal(body.expires_in, 60)
  emulator.setTime(new Date(NOW.getTime() + 60_000))
  t.equal(await opens(emulator, body.access_token), 'token_expired')
})

t.test('several tokens of one app are valid at the same time', async t => {
  const emulator = await start(t, { newId: randomId })
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(emulator, WORKS)))
  const tokens = new Set<string>(answers.map(({ body }) => body.access_token))
  t.equal(tokens.size, 20)
  for (const token of tokens) t.equal(await opens(emulator, token), 200)
})

/** A multipart body as clients write it. */
function multipart(write: (name: string, value: string) => string, { before = '', after = '\r\n' } = {}) {
  const parts = Object.entries(CREDENTIALS).map(([name, value]) => `--XX\r\n${write(name, value)}\r\n`)
  return `${before}${parts.join('')}--XX--${after}`
}
const quoted = (name: string, value: string) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`
const FILE = '--XX\r\nContent-Disposition: form-data; name="x"; filename="a.txt"\r\n\r\nabc\r\n'
const MULTIPART = { 'content-type': 'multipart/form-data; boundary=XX' }

t.test('the token endpoint accepts every body format that clients send', async t => {
  const emulator = await start(t)
  const { ask } = emulator
  const dotnet = (name: string, value: string) =>
    `Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${value}`
  const guzzle = (name: string, value: string) =>
    `Content-Disposition: form-data; name="${name}"\r\nContent-Length: ${value.length}\r\n\r\n${value}`
  for (const [why, body, headers = FORM] of [
    ['a form', WORKS],
    ['a form with a stray leading &', `&${WORKS}`],
    ['a form with stray & everywhere', `&&${WORKS.replaceAll('&', '&&')}&`],
    ['a form with client_id and client_secret twice, equal', `${WORKS}&${new URLSearchParams(CLIENT)}`],
    ['a form with type', `${WORKS}&type=unifiedapi`],
    ['a form with any type, twice', `${WORKS}&type=x&type=y`],
    ['a form with an unregistered redirect_uri, which this grant does not read', `${WORKS}&redirect_uri=http://x.y`],
    ['a form with two of them, even', `${WORKS}&redirect_uri=a&redirect_uri=b`],
    ['a form with unknown members', `${WORKS}&scope=&foo=bar&foo=baz&a[]=1&flag`],
    ['a form with a % that escapes nothing', `${WORKS}&discount=5%`],
    ['a form with a charset', WORKS, { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }],
    ['a form in capitals', WORKS, { 'content-type': 'Application/X-WWW-Form-URLEncoded' }],
    ['JSON', JSON.stringify({ ...CREDENTIALS, type: 7, extra: { nested: [] } }), JSON_BODY],
    ['multipart', multipart(quoted), MULTIPART],
    ['multipart with a quoted boundary', multipart(quoted), { 'content-type': 'multipart/form-data; boundary="XX"' }],
    ['multipart as .NET writes it: names without quotes', multipart(dotnet), MULTIPART],
    ['multipart as Guzzle writes it: parts with a length', multipart(guzzle), MULTIPART],
    ['multipart with a preamble', multipart(quoted, { before: 'hello\r\n' }), MULTIPART],
    ['multipart with an epilogue', multipart(quoted, { after: '\r\nbye' }), MULTIPART],
    ['multipart without a last line break', multipart(quoted, { after: '' }), MULTIPART],
    ['multipart with an extra file', multipart(quoted, { before: FILE }), MULTIPART]
  ] as [string, string, Record<string, string>?][]) {
    const { status, text } = await post(emulator, body, headers)
    t.equal(status, 200, `${why} ${text}`)
  }
  const form = new FormData()
  for (const [name, value] of Object.entries(CREDENTIALS)) form.set(name, value)
  const sent = await fetch(emulator.url + TOKEN, { method: 'POST', body: form })
  t.equal(sent.status, 200, "multipart as this platform's fetch writes it")
  for (const end of ['?', '/', '/?', '?type=unifiedapi&grant_type=x']) {
    t.equal((await ask('POST', TOKEN + end, { as: null, headers: FORM, body: WORKS })).status, 200, TOKEN + end)
  }
})

t.test('the token endpoint accepts an absolute-form target with any scheme', async t => {
  const { port } = await start(t)
  const headers = [`Content-Type: ${FORM['content-type']}`, `Content-Length: ${WORKS.length}`]
  for (const target of [`https://localhost${TOKEN}`, `http://127.0.0.1:${port}${TOKEN}?`, `HTTP://pbx.test${TOKEN}/`]) {
    const answer = await send(port, request(`POST ${target}`, headers, WORKS))
    t.equal(answer.status, 200, target)
    t.equal(headerOf(answer, 'Cache-Control'), 'no-store', 'its headers are in canonical case')
  }
})

t.test('an app can authenticate with HTTP Basic instead of the body', async t => {
  const clientSecret = 'a+b%c:d/='
  const fixture = { ...readFixture('default'), apps: [{ ...app('the:app'), clientSecret }] }
  const odd = await start(t, { fixture })
  const encoded = `${encodeURIComponent('the:app')}:${encodeURIComponent(clientSecret)}`
  const grant = 'grant_type=client_credentials'
  t.equal((await post(odd, grant, { ...FORM, ...basic(encoded) })).status, 200, 'both halves are form-encoded')

  const emulator = await start(t)
  const pair = 'emulator-app:emulator-secret'
  for (const [why, headers, body, expected] of [
    ['Basic', basic(pair), grant, 200],
    ['basic', basic(pair, 'basic'), grant, 200],
    ['BASIC, two spaces', basic(pair, 'BASIC '), grant, 200],
    ['characters that need no escape, escaped', basic('%65mulator-app:emulator%2Dsecret'), grant, 200],
    ['Basic and an equal body', basic(pair), WORKS, 200],
    ['Basic and the client_id alone', basic(pair), `${grant}&client_id=emulator-app`, 200],
    ['Basic and another client_id', basic(pair), `${grant}&client_id=x`, 'client_ambiguous'],
    ['Basic and another client_secret', basic(pair), `${grant}&client_secret=x`, 'client_ambiguous'],
    ['a wrong Basic and a right body', basic('emulator-app:x'), WORKS, 'client_ambiguous'],
    ['a wrong secret', basic('emulator-app:x'), grant, 'client_unknown'],
    ['an unknown app', basic('x:emulator-secret'), grant, 'client_unknown'],
    ['an empty secret', basic('emulator-app:'), grant, 'client_unknown'],
    ['an unknown app with an empty secret', basic('x:'), grant, 'client_unknown'],
    ['a wrong percent encoding', basic('emulator-app:%zz%ff'), grant, 'client_unknown'],
    ['no colon', basic('emulator-app'), grant, 'value_malformed'],
    ['no client_id', basic(':emulator-secret'), grant, 'value_malformed'],
    ['Base64 that cannot be', { authorization: 'Basic a' }, grant, 'value_malformed'],
    ['no Base64 at all', { authorization: `Basic ${pair}` }, grant, 'value_malformed'],
    ['nothing', { authorization: 'Basic' }, grant, 'value_malformed'],
    ['a bearer token, which clients repeat', { authorization: 'Bearer old' }, WORKS, 200],
    ['a bearer token alone', { authorization: 'Bearer old' }, grant, 'client_missing']
  ] as [string, Record<string, string>, string, number | string][]) {
    const { status, reason, body: answer, headers: sent } = await post(emulator, body, { ...FORM, ...headers })
    t.equal(reason ?? status, expected, why)
    if (status === 200) continue
    t.equal(status, answer.error === 'invalid_client' ? 401 : 400, `${why}: ${answer.error}`)
    t.equal(sent.get('www-authenticate'), status === 401 ? 'Basic realm="uapi-emulator"' : null, why)
  }
})

t.test('every mistake in a token request is answered with an error of RFC 6749', async t => {
  const emulator = await startWithApps(t)
  const crm = 'client_id=crm&client_secret=crm-secret'
  const latin = Buffer.concat([Buffer.from(`${WORKS}&x=`), Buffer.from([0xe9])])
  const filled = (name: string) => WORKS.replace(/(client_secret=)/, `${name}$1`)
  for (const [why, body, expected, headers = FORM] of [
    ['no body', undefined, '401 invalid_client client_missing'],
    ['an empty body', '', '401 invalid_client client_missing'],
    ['no client_secret', 'client_id=emulator-app', '401 invalid_client client_missing'],
    ['an empty client_secret', 'client_id=emulator-app&client_secret=', '401 invalid_client client_missing'],
    ['an unknown app', WORKS.replace('emulator-app', 'x'), '401 invalid_client client_unknown'],
    ['a wrong secret', `${WORKS}x`, '401 invalid_client client_unknown'],
    ['client_id twice, different', `${WORKS}&client_id=x`, '400 invalid_request value_repeated'],
    ['client_secret twice, different', `${WORKS}&client_secret=x`, '400 invalid_request value_repeated'],
    ['no grant_type', String(new URLSearchParams(CLIENT)), '400 invalid_request grant_type_missing'],
    ['grant_type twice', `${WORKS}&grant_type=password`, '400 invalid_request value_repeated'],
    [
      'another grant_type',
      WORKS.replace('client_credentials', 'password'),
      '400 unsupported_grant_type grant_type_unsupported'
    ],
    ['grant_type constructor', `grant_type=constructor&${crm}`, '400 unsupported_grant_type grant_type_unsupported'],
    [
      'client_credentials of an app that is not trusted',
      `grant_type=client_credentials&${crm}`,
      '400 unauthorized_client client_untrusted'
    ],
    ['no code', `grant_type=authorization_code&${crm}`, '400 invalid_request code_missing'],
    ['an unknown code', `grant_type=authorization_code&code=x&${crm}`, '400 invalid_grant code_unknown'],
    ['no refresh_token', `grant_type=refresh_token&${crm}`, '400 invalid_request refresh_token_missing'],
    [
      'an unknown refresh_token',
      `grant_type=refresh_token&refresh_token=x&${crm}`,
      '400 invalid_grant refresh_token_unknown'
    ],
    ['a byte that is not UTF-8', latin, '400 invalid_request encoding_malformed'],
    ['an escape that is not UTF-8', `${WORKS}&x=%E9`, '400 invalid_request encoding_malformed'],
    ['half of an escaped character', filled('x=%C3&'), '400 invalid_request encoding_malformed'],
    ['JSON cut off', '{"grant_type":"client_cre', '400 invalid_request json_malformed', JSON_BODY],
    ['a JSON array', '[]', '400 invalid_request json_not_an_object', JSON_BODY],
    ['a JSON null', 'null', '400 invalid_request json_not_an_object', JSON_BODY],
    ['JSON that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), '400 invalid_request encoding_malformed', JSON_BODY],
    [
      'a JSON number for the client_id',
      JSON.stringify({ ...CREDENTIALS, client_id: 7 }),
      '400 invalid_request value_repeated',
      JSON_BODY
    ],
    [
      'a JSON array for the client_id',
      JSON.stringify({ ...CREDENTIALS, client_id: ['emulator-app'] }),
      '400 invalid_request value_repeated',
      JSON_BODY
    ],
    ['multipart cut off', multipart(quoted).slice(0, -6), '400 invalid_request http_unreadable', MULTIPART],
    ['multipart cut off in a file', FILE.slice(0, -2), '400 invalid_request http_unreadable', MULTIPART],
    ['multipart cut off in the head of a file', FILE.slice(0, -7), '400 invalid_request http_unreadable', MULTIPART],
    ['multipart of another boundary', '--YY\r\n\r\n\r\n--YY--', '400 invalid_request http_unreadable', MULTIPART],
    [
      'multipart without a boundary',
      multipart(quoted),
      '400 invalid_request http_unreadable',
      { 'content-type': 'multipart/form-data' }
    ],
    [
      'multipart that is not UTF-8',
      Buffer.from(multipart(quoted).replace('emulator', '\xff'), 'latin1'),
      '400 invalid_request encoding_malformed',
      MULTIPART
    ],
    [
      'multipart with a file for the client_id',
      multipart((name, value) => quoted(name, value).replace('"client_id"', '"client_id"; filename="a"')),
      '400 invalid_request value_repeated',
      MULTIPART
    ],
    ['text', WORKS, '415 invalid_request content_type_unsupported', { 'content-type': 'text/plain' }]
  ] as [string, string | Buffer | undefined, string, Record<string, string>?][]) {
    const response = await fetch(emulator.url + TOKEN, {
      method: 'POST',
      headers: body === undefined ? {} : headers,
      ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) })
    })
    const answer = JSON.parse(await response.text())
    t.equal(`${response.status} ${answer.error} ${response.headers.get('x-emulator-reason')}`, expected, why)
    checkError(t, answer, response.headers, why)
  }
})

/** Asserts an error of RFC 6749, without the vendor's envelope. @source RFC 6749 §5.2 */
function checkError(t: Test, answer: unknown, headers: Headers, why: string) {
  t.match(answer, { error: /^[a-z_]+$/, error_description: /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/ }, why)
  t.strictSame(Object.keys(Object(answer)), ['error', 'error_description'], why)
  t.equal(headers.get('content-type'), 'application/json; charset=utf-8', why)
  t.equal(headers.get('cache-control'), 'no-store', why)
  t.ok(headers.get('x-emulator-request-id'), why)
}

t.test('HTTP errors under /oauth are answered with an error of RFC 6749, too', async t => {
  const { port, url } = await start(t)
  const form = (length: number) => [`Content-Type: ${FORM['content-type']}`, `Content-Length: ${length}`]
  const unknownType = ['Content-Type: a/b', 'Content-Length: 1']
  const long = (length: number) => `${WORKS}&x=${'y'.repeat(length - WORKS.length - 3)}`
  const cases: [string, string, number, string?][] = [
    ...['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'].map(
      (method): [string, string, number, string] => [method, request(`${method} ${TOKEN}`), 405, 'POST']
    ),
    ['PUT with a body of no known type', request(`PUT ${TOKEN}/?x`, unknownType, 'x'), 405, 'POST'],
    ['DELETE of the consent page', request(`DELETE ${AUTHORIZE}`), 405, 'GET, POST'],
    ['/oauth', request('GET /oauth'), 404],
    ['/oauth/', request('POST /oauth/', form(7), 'foo=bar'), 404],
    ['an unknown path, with a body of no known type', request('POST /oauth/x', unknownType, 'x'), 404],
    ['an unknown path, with a body that is too large', request('POST /oauth/x', form(2 ** 30)), 404],
    ['a body of the limit', request(`POST ${TOKEN}`, form(8192), long(8192)), 200],
    ['one byte less', request(`POST ${TOKEN}`, form(8191), long(8191)), 200],
    ['one byte more', request(`POST ${TOKEN}`, form(8193), long(8193)), 413],
    ['a target that is too long', request(`POST ${TOKEN}?${'x'.repeat(8192)}`, form(0)), 414],
    ['headers that are too large', request(`POST ${TOKEN}`, [`X: ${'x'.repeat(17_000)}`]), 431],
    ['no content type', request(`POST ${TOKEN}`, [`Content-Length: ${WORKS.length}`], WORKS), 415],
    ['a query that is not percent-encoded', request(`POST ${TOKEN}?x=%zz`, form(0)), 400],
    ['a path that is not percent-encoded', request('POST /oauth/%zz', form(0)), 400],
    ['a path that is not UTF-8', request('POST /oauth/%ff', form(0)), 400],
    ['a foreign Host', request(`POST http://evil.example${TOKEN}`, form(WORKS.length), WORKS), 403],
    ['two Hosts', request(`POST ${TOKEN}`, ['Host: localhost', ...form(0)]), 400],
    ['no Host', `POST ${TOKEN} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, 400],
    ['a Content-Length that is none', request(`POST ${TOKEN}`, ['Content-Length: x']), 400]
  ]
  for (const [why, bytes, status, allow] of cases) {
    const answer = await send(port, bytes)
    t.equal(answer.status, status, why)
    if (status === 200) continue
    const body = JSON.parse(answer.body)
    t.match(body, { error: 'invalid_request', error_description: /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/ }, why)
    t.strictSame(Object.keys(body), ['error', 'error_description'], why)
    t.equal(headerOf(answer, 'Allow'), allow, why)
    t.ok(headerOf(answer, 'X-Emulator-Reason'), why)
    if (status === 403) t.match(body.error_description, '--allowed-host', 'the remedy is named')
  }
  const head = await fetch(url + TOKEN, { method: 'HEAD' })
  t.equal(head.status, 405, 'HEAD')
  t.match((await send(port, request('GET /oauthx'))).body, '"code":"route_unknown"', '/oauthx is not under /oauth')
})

t.test('member names of Object.prototype are treated like any other name', async t => {
  const emulator = await start(t)
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']
  const members = Object.entries(CREDENTIALS).map(([name, value]) => `"${name}":"${value}"`)
  for (const name of names) {
    t.equal((await post(emulator, `${name}=1&${name}=2&${WORKS}`)).status, 200, `${name} in a form`)
    const parts = multipart(quoted, { before: `--XX\r\n${quoted(name, 'x')}\r\n` })
    t.equal((await post(emulator, parts, MULTIPART)).status, 200, `${name} in multipart`)
    const json = `{"${name}":{"x":1},${members}}`
    t.equal((await post(emulator, json, JSON_BODY)).status, 200, `${name} in JSON`)
    const inherited = `{"${name}":{${members}}}`
    t.equal(
      (await post(emulator, inherited, JSON_BODY)).reason,
      'client_missing',
      `inherited members of ${name} are not read`
    )
    const page = await emulator.ask('GET', `${AUTHORIZE}?${consent({ client_id: 'emulator-app' })}&${name}=x`)
    t.equal(page.status, 200, `${name} in a query`)
    t.equal((await post(emulator, WORKS.replace('emulator-app', name))).reason, 'client_unknown', `${name} is no app`)
  }
  t.equal(Reflect.get({}, 'x'), undefined)
})

t.test('a code is exchanged once, for a token and a refresh token', async t => {
  const emulator = await startWithApps(t)
  const code = await codeFor(emulator)
  t.match(code, /^[A-Za-z0-9]{40}$/)
  const { status, body, headers } = await exchange(emulator, { ...CRM, code })
  t.equal(status, 200)
  t.match(body, { token_type: 'Bearer', expires_in: 3600, refresh_token: /^[A-Za-z0-9]{40}$/ })
  t.not(body.refresh_token, body.access_token)
  t.equal(headers.get('cache-control'), 'no-store')
  t.equal(await opens(emulator, body.access_token), 200, 'the token acts as the user of the app')
  t.equal(await opens(emulator, body.refresh_token), 'token_unknown', 'the refresh token is none itself')
  t.equal(await opens(emulator, code), 'token_unknown', 'and the code is no access token')

  t.match((await exchange(emulator, { ...CRM, code })).body, { error: 'invalid_grant' }, 'used, it is not valid')
})

t.test('a second exchange of a code revokes the tokens of the first, also after a restart', async t => {
  const database = join(t.testdir(), 'emulator.sqlite')
  const run = () => startWithApps(t, { database, newId: randomId })
  let emulator = await run()
  const code = await codeFor(emulator)
  const { body: first } = await exchange(emulator, { ...CRM, code })
  const refresh = () => exchange(emulator, { ...CRM, grant_type: 'refresh_token', refresh_token: first.refresh_token })
  const { body: refreshed } = await refresh()
  const { body: other } = await exchange(emulator, { ...CRM, code: await codeFor(emulator) })
  t.match(await exchange(emulator, { ...CRM, ...CLIENT, code }), { status: 400, reason: 'code_unknown' })
  t.equal(await opens(emulator, first.access_token), 200, 'another app with the code ends nothing')

  await emulator.app.close()
  emulator = await run()
  t.match(await exchange(emulator, { ...CRM, code }), {
    status: 400,
    reason: 'code_reused',
    body: { error: 'invalid_grant', error_description: /used before/ }
  })
  t.equal(await opens(emulator, first.access_token), 'token_revoked')
  t.equal(await opens(emulator, refreshed.access_token), 'token_revoked', 'that of a later refresh too')
  t.match(await refresh(), { status: 400, reason: 'refresh_token_unknown' })
  t.equal(await opens(emulator, other.access_token), 200, 'those of another code stay')
  const { body: journal } = await emulator.ask('GET', '/_emulator/requests?operation=token')
  t.ok(
    journal.requests.some(({ reason }: { reason?: string }) => reason === 'code_reused'),
    'the journal names the reason'
  )

  await emulator.app.close()
  emulator = await run()
  t.equal(await opens(emulator, first.access_token), 'token_revoked', 'after a further restart too')
  t.match(await exchange(emulator, { ...CRM, code }), { status: 400, reason: 'code_reused' })
})

t.test('a code expires after 10 minutes', async t => {
  for (const [ms, expected] of [
    [599_999, 200],
    [600_000, 'code_unknown'],
    [600_001, 'code_unknown']
  ] as const) {
    const emulator = await startWithApps(t)
    const code = await codeFor(emulator)
    emulator.setTime(new Date(NOW.getTime() + ms))
    const { status, reason } = await exchange(emulator, { ...CRM, code })
    t.equal(reason ?? status, expected, `after ${ms} ms`)
  }
})

t.test('a code is valid for its app and its redirect URI only, and a failed exchange does not use it up', async t => {
  const emulator = await startWithApps(t)
  const code = await codeFor(emulator)
  const other = { client_id: 'other', client_secret: 'other-secret' }
  for (const [why, members, reason] of [
    ['of another app', { ...CRM, ...other, code }, 'code_unknown'],
    ['without redirect_uri', { ...CRM, redirect_uri: '', code }, 'redirect_uri_mismatch'],
    ['with another registered one', { ...CRM, redirect_uri: 'com.crm:/done?', code }, 'redirect_uri_mismatch'],
    ['with a slash more', { ...CRM, redirect_uri: `${CALLBACK}/`, code }, 'redirect_uri_mismatch']
  ] as [string, Record<string, string>, string][]) {
    const answer = await exchange(emulator, members)
    t.match(answer, { status: 400, reason, body: { error: 'invalid_grant' } }, why)
  }
  t.equal((await exchange(emulator, { ...CRM, code })).status, 200)
})

t.test('a refresh token can be used again, by its app only, and redirect_uri is ignored', async t => {
  const emulator = await startWithApps(t)
  const first = (await exchange(emulator, { ...CRM, code: await codeFor(emulator) })).body
  const refresh = { ...CRM, grant_type: 'refresh_token', refresh_token: first.refresh_token, redirect_uri: 'x' }
  emulator.setTime(new Date(NOW.getTime() + 3_600_000))
  t.equal(await opens(emulator, first.access_token), 'token_expired')
  for (const turn of ['first', 'second']) {
    const { body, status } = await exchange(emulator, refresh)
    t.equal(status, 200, turn)
    t.equal(body.refresh_token, first.refresh_token)
    t.equal(await opens(emulator, body.access_token), 200, `the ${turn} new token`)
  }
  const stolen = await exchange(emulator, { ...refresh, client_id: 'other', client_secret: 'other-secret' })
  t.match(stolen, { status: 400, reason: 'refresh_token_unknown', body: { error: 'invalid_grant' } })
  const token = await exchange(emulator, { ...refresh, refresh_token: first.access_token })
  t.equal(token.reason, 'refresh_token_unknown', 'a token is no refresh token')
})

t.test('the consent page names the app and the user, with the buttons Allow and Deny', async t => {
  const emulator = await startWithApps(t)
  const query = consent({ client_id: 'other', state: 'xyz' })
  for (const [why, answer] of [
    ['GET', await emulator.ask('GET', `${AUTHORIZE}?${query}`, { as: null })],
    ['GET with a trailing slash', await emulator.ask('GET', `${AUTHORIZE}/?${query}`, { as: null })],
    ['POST', await post(emulator, query, FORM, AUTHORIZE)],
    ['POST of JSON', await post(emulator, Object.fromEntries(query), JSON_BODY, AUTHORIZE)],
    ['POST with the query, too', await post(emulator, query, FORM, `${AUTHORIZE}?${query}`)]
  ] as const) {
    t.equal(answer.status, 200, why)
    t.match(answer.text, /<h1>Allow Other to use UnifiedAPI\?<\/h1>/, why)
    t.match(answer.text, '<strong>Other User</strong> (user 40)', why)
    t.match(answer.text, CALLBACK, why)
    t.match(answer.text, /<button[^>]*value="allow">Allow<\/button>\s*<button[^>]*value="deny">Deny<\/button>/, why)
    t.match(answer.text, '<input type="hidden" name="state" value="xyz">', why)
  }
  const nameless = await emulator.ask('GET', `${AUTHORIZE}?${consent({ client_id: 'nameless' })}`)
  t.match(
    nameless.text,
    '<h1>Allow nameless to use UnifiedAPI?</h1>',
    'an app without a name is shown by its client id'
  )
})

t.test('a page runs no script, loads only its own style and icon, and can be neither framed nor cached', async t => {
  const emulator = await startWithApps(t)
  const { ask } = emulator
  const state = `"><script>alert('2')</script>`
  const asked = consent({ client_id: 'evil', state })
  const page = await ask('GET', `${AUTHORIZE}?${asked}`)
  t.notMatch(page.text, /<script|alert\("|alert\('/i)
  t.match(page.text, '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;friends&#39;')
  t.match(page.text, 'value="&#34;&#62;&#60;script&#62;alert(&#39;2&#39;)&#60;/script&#62;"')
  const refusal = await ask('GET', `${AUTHORIZE}?client_id=<script>`)
  t.notMatch(refusal.text, /<script/)
  t.match(refusal.text, 'href="../_emulator/page/document.css"')
  for (const { headers, status } of [page, refusal]) {
    t.equal(headers.get('content-type'), 'text/html; charset=utf-8', `${status}`)
    t.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
    t.notMatch(headers.get('content-security-policy'), /unsafe/)
    t.notMatch(headers.get('content-security-policy'), 'form-action', 'or browsers would not follow to the app')
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('referrer-policy'), 'same-origin', 'with no-referrer browsers hide the Origin of our own form')
    t.equal(headers.get('cache-control'), 'no-store')
  }
  const allowed = await post(emulator, consent({ client_id: 'evil', state, decision: 'allow' }), FORM, AUTHORIZE)
  t.equal(new URL(allowed.headers.get('location') ?? '').searchParams.get('state'), state, 'the state is returned')
})

t.test('Allow sends the browser to the app with a code, Deny with an error, both with the state', async t => {
  const emulator = await startWithApps(t)
  const decide = async (members: Record<string, string>) => {
    const { status, headers } = await post(emulator, consent(members), FORM, AUTHORIZE)
    t.equal(status, 302)
    t.equal(headers.get('cache-control'), 'no-store')
    return headers.get('location') ?? ''
  }
  const code = /code=[A-Za-z0-9]{40}&state=abc$/
  t.match(await decide({ decision: 'allow' }), new RegExp(`^http://localhost/callback\\?${code.source}`))
  t.equal(await decide({ decision: 'deny' }), `${CALLBACK}?error=access_denied&state=abc`)

  const withQuery = 'http://localhost/hook?from=a%20b'
  t.ok((await decide({ decision: 'allow', redirect_uri: withQuery })).startsWith(`${withQuery}&code=`), 'a query stays')
  t.match(await decide({ decision: 'allow', redirect_uri: 'com.crm:/done?' }), /^com\.crm:\/done\?code=/)
})

t.test('a mistake in a request with a trusted redirect URI is sent to the app by redirect', async t => {
  const { ask } = await startWithApps(t)
  for (const [why, query, error, state] of [
    ['no state', consent({ state: '' }), 'invalid_request', null],
    ['no response_type', consent({ response_type: '' }), 'invalid_request', 'abc'],
    ['another response_type', consent({ response_type: 'token' }), 'unsupported_response_type', 'abc'],
    ['both wrong', consent({ response_type: 'token', state: '' }), 'unsupported_response_type', null]
  ] as const) {
    const { status, headers } = await ask('GET', `${AUTHORIZE}?${query}`, { as: null })
    const location = new URL(headers.get('location') ?? '')
    t.match([status, location.origin + location.pathname], [302, CALLBACK], why)
    t.match([location.searchParams.get('error'), location.searchParams.get('state')], [error, state], why)
    t.ok(location.searchParams.get('error_description'), why)
    t.notOk(location.searchParams.has('code'), why)
  }
})

t.test('a mistake without a trusted redirect URI is shown on a page, and never redirected', async t => {
  for (const autoConsent of [false, true]) {
    const emulator = await startWithApps(t, { autoConsent })
    const { ask, port } = emulator
    for (const [why, query, code] of [
      ['nothing', '', 'invalid_request'],
      ['no client_id', consent({ client_id: '' }), 'invalid_request'],
      ['an unknown client_id', consent({ client_id: 'nobody' }), 'invalid_client'],
      ['no redirect_uri', consent({ redirect_uri: '' }), 'invalid_request'],
      ['an unregistered redirect_uri', consent({ redirect_uri: 'http://evil.example/' }), 'invalid_request'],
      ['a longer redirect_uri', consent({ redirect_uri: `${CALLBACK}/more` }), 'invalid_request'],
      ['a redirect_uri with a query', consent({ redirect_uri: `${CALLBACK}?x=1` }), 'invalid_request'],
      ['a redirect_uri in capitals', consent({ redirect_uri: CALLBACK.toUpperCase() }), 'invalid_request'],
      ['two client ids', `${consent()}&client_id=other`, 'invalid_request'],
      ['two redirect URIs', `${consent()}&redirect_uri=x`, 'invalid_request']
    ] as [string, URLSearchParams | string, string][]) {
      for (const { status, headers, text, reason } of [
        await ask('GET', `${AUTHORIZE}?${query}`, { as: null }),
        await post(emulator, query === '' ? 'x=' : query, FORM, AUTHORIZE)
      ]) {
        t.equal(status, 400, why)
        t.equal(headers.get('location'), null, why)
        t.equal(headers.get('content-type'), 'text/html; charset=utf-8', why)
        t.match(text, `<code>${code}</code>`, why)
        t.ok(reason, why)
      }
    }
    const wrong = await ask('GET', `${AUTHORIZE}?${consent({ redirect_uri: 'x', client_id: 'other' })}`)
    t.match(wrong.text, `character for character: ${CALLBACK}.`, 'the page shows the registered URI')
    const large = await post(emulator, `${consent()}&x=${'y'.repeat(8192)}`, FORM, AUTHORIZE)
    t.match([large.status, large.headers.get('content-type')], [413, 'text/html; charset=utf-8'])
    const foreign = await send(port, request(`GET http://evil.example${AUTHORIZE}?${consent()}`))
    t.match([foreign.status, headerOf(foreign, 'Location')], [403, undefined])
    t.match(foreign.body, '--allowed-host')
  }
})

t.test('only the form of the consent page can allow or deny', async t => {
  const emulator = await startWithApps(t, { publicUrl: 'https://pbx.example' })
  const { ask, url } = emulator
  const form = consent({ decision: 'allow' })
  for (const [why, headers, expected] of [
    ['a client that is no browser', {}, 302],
    ['our page', { origin: url, 'sec-fetch-site': 'same-origin' }, 302],
    ['our page in a browser without Sec-Fetch-Site', { origin: url }, 302],
    ['our page under the public URL', { origin: 'https://pbx.example', 'sec-fetch-site': 'same-origin' }, 302],
    ['a page of another site', { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }, 200],
    ['a page of another site in an old browser', { origin: 'http://evil.example' }, 200],
    ['a page of another port', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }, 200],
    ['a page that says no origin', { origin: 'null' }, 200],
    ['a cross-site form without Origin', { 'sec-fetch-site': 'cross-site' }, 200]
  ] as [string, Record<string, string>, number][]) {
    const answer = await post(emulator, form, { ...FORM, ...headers }, AUTHORIZE)
    t.equal(answer.status, expected, why)
    t.equal(answer.headers.has('location'), expected === 302, why)
    if (expected === 200) t.match(answer.text, '>Allow</button>', `${why}: the page is shown again`)
  }
  const link = await ask('GET', `${AUTHORIZE}?${form}`, { as: null })
  t.match([link.status, link.headers.get('location')], [200, null], 'a link decides nothing')
  const body = String(form)
  const got = request(
    `GET ${AUTHORIZE}`,
    [`Content-Type: ${FORM['content-type']}`, `Content-Length: ${body.length}`],
    body
  )
  t.equal((await send(emulator.port, got)).status, 200, 'a form sent with GET does not decide')
  const posted = await post(emulator, consent(), FORM, `${AUTHORIZE}?${form}`)
  t.equal(posted.status, 200, 'the query of a posted form does not decide')
  const denied = await post(emulator, consent({ decision: 'deny' }), FORM, `${AUTHORIZE}?${form}`)
  t.match(denied.headers.get('location'), 'error=access_denied', 'and it does not override the button')
  const unknown = await post(emulator, consent({ decision: 'constructor' }), FORM, AUTHORIZE)
  t.equal(unknown.status, 200, 'another decision is none')
})

t.test('--auto-consent allows every app without a page', async t => {
  const emulator = await startWithApps(t, { autoConsent: true })
  for (const { status, headers } of [
    await emulator.ask('GET', `${AUTHORIZE}?${consent()}`, { as: null }),
    await post(emulator, consent(), FORM, AUTHORIZE)
  ]) {
    t.equal(status, 302)
    const location = new URL(headers.get('location') ?? '')
    t.equal(location.searchParams.get('state'), 'abc')
    const code = location.searchParams.get('code') ?? ''
    t.equal((await exchange(emulator, { ...CRM, code })).status, 200, 'the code works')
  }
})

const changeApp = ({ ask }: Running, clientId: string, body: object) =>
  ask('PATCH', `/_emulator/apps/${encodeURIComponent(clientId)}`, { as: null, body })

t.test('a disabled app gets no tokens, and those that it has are refused until it is enabled', async t => {
  const emulator = await startWithApps(t)
  const { body: direct } = await exchange(emulator, CREDENTIALS)
  const { body: ofOther } = await exchange(emulator, { ...CREDENTIALS, client_id: 'crm', client_secret: 'crm-secret' })
  t.equal(ofOther.error, 'unauthorized_client')
  const first = (await exchange(emulator, { ...CRM, code: await codeFor(emulator) })).body
  const code = await codeFor(emulator)
  t.equal(await opens(emulator, first.access_token), 200)
  const answer = await changeApp(emulator, 'crm', { disabled: true })
  t.match(answer, { status: 200, body: { clientId: 'crm', clientSecret: '***', trusted: false, disabled: true } })

  t.equal(await opens(emulator, first.access_token), 'app_disabled')
  t.equal(await opens(emulator, direct.access_token), 200, 'tokens of another app are accepted')
  t.equal(await opens(emulator, 'emulator-user-token'), 200, 'so are those of no app')
  const refused = { status: 401, reason: 'app_disabled', body: { error: 'invalid_client' } }
  const refresh = { ...CRM, grant_type: 'refresh_token', refresh_token: first.refresh_token }
  for (const grant of [{ ...CRM, code }, refresh, { ...CRM, grant_type: 'client_credentials' }]) {
    t.match(await exchange(emulator, grant), refused, grant.grant_type)
  }
  t.match(await exchange(emulator, { ...CRM, code, client_secret: 'wrong' }), { reason: 'client_unknown' })
  for (const shown of [
    await emulator.ask('GET', `${AUTHORIZE}?${consent()}`, { as: null }),
    await post(emulator, consent({ decision: 'allow' }), FORM, AUTHORIZE),
    await emulator.ask('GET', `${AUTHORIZE}?${consent({ redirect_uri: 'http://other.test/' })}`, { as: null })
  ]) {
    t.match(shown, { status: 400, reason: 'app_disabled' })
    t.notOk(shown.headers.has('location'), 'it is shown, never redirected')
  }

  t.match(await changeApp(emulator, 'crm', { disabled: false }), { status: 200, body: { disabled: false } })
  t.equal(await opens(emulator, first.access_token), 200, 'the same token is accepted again')
  t.equal((await exchange(emulator, refresh)).status, 200)
  t.equal((await exchange(emulator, { ...CRM, code })).status, 200)
})

t.test(
  'a token of a disabled app is refused with the status of invalidTokenStatus, in the envelope of UAPI',
  async t => {
    for (const invalidTokenStatus of [401, 403] as const) {
      const emulator = await startWithApps(t, { settings: { invalidTokenStatus } })
      const { body } = await exchange(emulator, CREDENTIALS)
      await changeApp(emulator, 'emulator-app', { disabled: true })
      const headers = { authorization: `Bearer ${body.access_token}` }
      const answer = await emulator.ask('GET', EVENTS, { as: null, headers })
      t.match(answer, {
        status: invalidTokenStatus,
        reason: 'app_disabled',
        body: { error: { code: 'access_denied' } }
      })
      emulator.setTime(new Date(NOW.getTime() + 3_600_000))
      t.equal(await opens(emulator, body.access_token), 'token_expired', 'an expired token stays expired')
    }
  }
)

t.test('a new secret ends the access tokens, refresh tokens and codes of its app, and of no other', async t => {
  const emulator = await startWithApps(t)
  const { body: other } = await exchange(emulator, CREDENTIALS)
  const { body: first } = await exchange(emulator, { ...CRM, code: await codeFor(emulator) })
  const code = await codeFor(emulator)
  const refresh = { ...CRM, grant_type: 'refresh_token', refresh_token: first.refresh_token }

  for (const body of [{}, { clientSecret: 'crm-secret' }, { disabled: false }]) {
    t.equal((await changeApp(emulator, 'crm', body)).status, 200)
    t.equal(await opens(emulator, first.access_token), 200, `${JSON.stringify(body)} brings no new secret`)
  }
  const answer = await changeApp(emulator, 'crm', { clientSecret: 'another' })
  t.match(answer, { status: 200, body: { clientSecret: '***' } })
  t.equal(await opens(emulator, first.access_token), 'token_revoked')
  t.match(await exchange(emulator, refresh), { status: 401, reason: 'client_unknown' }, 'the old secret')
  const renewed = { client_secret: 'another' }
  t.match(await exchange(emulator, { ...refresh, ...renewed }), { status: 400, reason: 'refresh_token_unknown' })
  t.match(await exchange(emulator, { ...CRM, code, ...renewed }), { status: 400, reason: 'code_unknown' })
  const again = await exchange(emulator, { ...CRM, ...renewed, code: await codeFor(emulator) })
  t.equal(await opens(emulator, again.body.access_token), 200, 'the app goes on with its new secret')
  t.equal(await opens(emulator, other.access_token), 200)
})

t.test('a merged fixture can disable an app and change its secret, and its tokens stay', async t => {
  const emulator = await startWithApps(t)
  const { body: first } = await exchange(emulator, CREDENTIALS)
  const [defaultApp] = readFixture('default').apps ?? []
  const merge = (members: object) =>
    emulator.ask('POST', '/_emulator/fixtures', { as: null, body: { apps: [{ ...defaultApp, ...members }] } })
  await merge({ disabled: true })
  t.equal(await opens(emulator, first.access_token), 'app_disabled', 'at once, though it was cached')
  await merge({ clientSecret: 'merged' })
  t.equal(await opens(emulator, first.access_token), 200, 'enabled unless it says otherwise, and not revoked')
  t.equal((await exchange(emulator, { ...CREDENTIALS, client_secret: 'merged' })).status, 200)
  t.match(await exchange(emulator, CREDENTIALS), { reason: 'client_unknown' })
})

t.test('a reset and a snapshot bring back the apps that they hold', async t => {
  const emulator = await startWithApps(t)
  const { body: first } = await exchange(emulator, CREDENTIALS)
  const control = (method: string, path: string) => emulator.ask(method, `/_emulator${path}`, { as: null, body: {} })
  await control('PUT', '/snapshots/enabled')
  await changeApp(emulator, 'emulator-app', { disabled: true, clientSecret: 'another' })
  await control('PUT', '/snapshots/disabled')
  await control('POST', '/snapshots/enabled/restore')
  t.equal(await opens(emulator, first.access_token), 200)
  await control('POST', '/snapshots/disabled/restore')
  t.equal(await opens(emulator, first.access_token), 'token_revoked')
  t.match(await exchange(emulator, { ...CREDENTIALS, client_secret: 'another' }), { reason: 'app_disabled' })
  await control('POST', '/reset')
  t.equal((await exchange(emulator, CREDENTIALS)).status, 200)
})

t.test('{"user"} and {} revoke refresh tokens and codes too, one access token leaves them', async t => {
  for (const [which, grantsEnd] of [
    ['accessToken', false],
    ['user', true],
    ['all', true]
  ] as const) {
    const emulator = await startWithApps(t)
    const { body: first } = await exchange(emulator, { ...CRM, code: await codeFor(emulator) })
    const code = await codeFor(emulator)
    const ofOther = await codeFor(emulator, { client_id: 'other' })
    const body = { accessToken: { accessToken: first.access_token }, user: { user: '12' }, all: {} }[which]
    const revoked = await emulator.ask('POST', '/_emulator/tokens/revoke', { as: null, body })
    t.match(revoked, { status: 200, body: { revoked: { accessToken: 1, user: 2, all: 5 }[which] } }, which)
    t.equal(await opens(emulator, first.access_token), 'token_revoked')
    const refresh = { ...CRM, grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const expected = grantsEnd ? 'refresh_token_unknown' : null
    t.equal((await exchange(emulator, refresh)).reason, expected, `${which}: the refresh token`)
    t.equal(
      (await exchange(emulator, { ...CRM, code })).reason,
      grantsEnd ? 'code_unknown' : null,
      `${which}: the code`
    )
    const other = { ...CRM, client_id: 'other', client_secret: 'other-secret', code: ofOther }
    const otherExpected = which === 'all' ? 'code_unknown' : null
    t.equal((await exchange(emulator, other)).reason, otherExpected, `${which}: the code of another user`)
  }
})

t.test('a wrong change of an app is refused, and changes nothing', async t => {
  const emulator = await startWithApps(t)
  for (const [body, path, reason] of [
    [{ disabled: 'yes' }, '$.disabled', 'value_malformed'],
    [{ disabled: null }, '$.disabled', 'value_malformed'],
    [{ clientSecret: '' }, '$.clientSecret', 'value_malformed'],
    [{ clientSecret: 'a b' }, '$.clientSecret', 'value_malformed'],
    [{ clientSecret: 'x'.repeat(513) }, '$.clientSecret', 'value_malformed'],
    [{ trusted: false }, '$.trusted', 'member_unknown'],
    [[], '$', 'value_malformed']
  ] as const) {
    const answer = await changeApp(emulator, 'emulator-app', body)
    const title = JSON.stringify(body).slice(0, 60)
    t.match({ ...answer, path: answer.body.error.details?.[0]?.path }, { status: 400, reason, path }, title)
  }
  const unknown = await changeApp(emulator, 'nobody', { disabled: true })
  t.match(unknown, { status: 404, reason: 'app_unknown', body: { error: { code: 'app_unknown' } } })
  t.equal((await exchange(emulator, CREDENTIALS)).status, 200)

  const odd = 'a/b?c#d%20&..'
  const fixture = { ...readFixture('default'), apps: [{ ...app(odd) }, app('x'.repeat(255))] }
  const other = await start(t, { fixture })
  for (const clientId of [odd, 'x'.repeat(255)]) {
    t.match(await changeApp(other, clientId, { disabled: true }), { status: 200, body: { clientId, disabled: true } })
  }
})

t.test('an export leaves out the tokens of a disabled app, so that loading it makes none of them valid', async t => {
  const emulator = await startWithApps(t)
  const { body: first } = await exchange(emulator, CREDENTIALS)
  await changeApp(emulator, 'emulator-app', { disabled: true })
  const { body: exported } = await emulator.ask('GET', '/_emulator/fixtures', { as: null })
  const disabled = exported.apps.filter((app: { disabled?: boolean }) => app.disabled)
  t.match(disabled, [{ clientId: 'emulator-app' }])
  t.equal(disabled.length, 1, 'no other app is')
  const other = await start(t, { fixture: exported })
  t.equal(await opens(other, first.access_token), 'token_unknown')
  t.equal(await opens(other, 'emulator-user-token'), 200, 'tokens of no app are exported')
  t.match(await exchange(other, CREDENTIALS), { reason: 'app_disabled' })
  await other.ask('POST', '/_emulator/fixtures', { as: null, body: exported })
  await emulator.ask('POST', '/_emulator/fixtures', { as: null, body: exported })
  t.equal(await opens(emulator, first.access_token), 'app_disabled', 'merged into itself it changes nothing')
})
