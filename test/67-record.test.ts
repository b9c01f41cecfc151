import { createServer as createSecureServer } from 'node:https'
import { createServer as createSocketServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { issueAuthority, issueServerCertificate } from '../src/cli/serve/certificate/issue.js'
import { EVENTS, NEW_EVENT, start } from './support/emulator.js'
import { call, runHere, startHere } from './support/program.js'
import { freePort } from './support/receivers.js'
import { exchangeBytes, keepRequests, listen, parseAnswer, record } from './support/recording.js'

const LIST = '/uapi/extensions/@me/0003*210/phoneCallEvents'

/** Requests that are odd, and that a server can read. A connection ends after each. */
const requests: Record<string, string> = {
  ...lines({
    'a list': `GET ${LIST}`,
    'the alias': `GET ${LIST.replace('uapi', 'unifiedapi')}`,
    'a trailing slash': `GET ${LIST}/`,
    'a bare question mark': `GET ${LIST}?`,
    'two question marks': `GET ${LIST}??a=b?c`,
    'an empty query parameter': `GET ${LIST}?&&=&a&=b`,
    'the same parameter twice': `GET ${LIST}?count=1&count=2`,
    'plus and percent-encoding': `GET ${LIST}?a=b+c%20d%2Be&fields=id%2Curl`,
    'percent-encoding in lower case': `GET ${LIST}?a=%c3%a9%2f`,
    'malformed percent-encoding in the query': `GET ${LIST}?a=%zz%`,
    'raw brackets and quotes in the query': `GET ${LIST}?a[]=1&b={"c":'d'}|^\``,
    'an encoded star and at sign': 'GET /uapi/extensions/%40me/0003%2A210/phoneCallEvents',
    'empty segments of user and extension': 'GET /uapi/extensions///phoneCallEvents',
    'a semicolon in the path': `GET ${LIST}/0;a=b`,
    'a colon, a comma and an exclamation mark': `GET ${LIST}/0:1,2!3`,
    'a long target': `GET ${LIST}?a=${'x'.repeat(6000)}`,
    PhoneCalls: 'GET /uapi/phoneCalls/@me/0003*210',
    OAuth: 'GET /oauth/authorize.php?response_type=code&client_id=a&state=s%20t',
    'an unknown path below OAuth': 'GET /oauth/x/y?z',
    'a DELETE': `DELETE ${LIST}/0/abc`
  }),
  ...Object.fromEntries(
    Object.entries({
      'names in odd case': 'x-ODD-case: 1\r\nAUTHORIZATION: Bearer t1',
      'the same header three times, apart': 'X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-C: 4\r\nX-A: 5',
      'two Cookie headers': 'Cookie: vn=a; b=c\r\nCookie: d=e',
      'an empty header': 'X-Empty:',
      'spaces around a value': 'X-Spaces: \t a  b \t ',
      'a value beyond ASCII': 'X-Latin: caf\xE9 \xFF',
      'a long value': `X-Long: ${'v'.repeat(6000)}`,
      'a hundred headers': Array.from({ length: 100 }, (_one, at) => `X-H${at}: ${at}`).join('\r\n'),
      'a name with every token character': "X!#$%&'*+-.^_`|~9: x",
      'two content types': 'Content-Type: a/b\r\nContent-Type: c/d',
      conditions: 'If-None-Match: "a", W/"b"\r\nIf-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\nRange: bytes=0-1',
      'forwarding headers of another proxy': 'X-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\nVia: 1.1 y',
      'a proxy credential': 'Proxy-Authorization: Basic YTpi',
      'an accepted coding': 'Accept-Encoding: gzip;q=1.0, *;q=0\r\nAccept: */*;q=0.1',
      'an unknown expectation': 'Expect: x'
    }).map(([name, headers]) => [
      name,
      `GET ${LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\nConnection: close\r\n\r\n`
    ])
  ),
  ...bodies({
    'a JSON body': ['POST', 'Content-Type: application/json', '{"type":"0", "method":"0"}'],
    'a body without a content type': ['POST', '', 'a=b'],
    'a form with a leading ampersand': ['POST', 'Content-Type: application/x-www-form-urlencoded', '&a=b&&c'],
    'a body on GET': ['GET', 'Content-Type: application/json', '{"a":1}'],
    'a body on DELETE': ['DELETE', '', '{}'],
    'a body on PUT': ['PUT', 'Content-Type: application/json;charset=UTF-8', '{"note":"\xC3\xA9"}'],
    'bytes of every value': ['POST', '', String.fromCharCode(...Array.from({ length: 256 }, (_one, at) => at))],
    'a gzip body': ['POST', 'Content-Encoding: gzip', gzipSync('{"a":1}').toString('latin1')],
    'an empty JSON body': ['POST', 'Content-Type: application/json', ''],
    'a body of 300 KB': ['PUT', '', 'y'.repeat(300_000)],
    'malformed JSON': ['POST', 'Content-Type: application/json', '{"a":'],
    'a multipart body': ['POST', 'Content-Type: multipart/form-data; boundary=x', '--x\r\n\r\n\r\n--x--']
  }),
  'a chunked body': `POST ${LIST} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n`,
  'a chunked body on DELETE': `DELETE ${LIST} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n1\r\nz\r\n0\r\n\r\n`,
  'a body that is waited for': `POST ${LIST} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab`,
  'an absolute target': `GET http://127.0.0.1${LIST}?a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
  'headers of the connection': `GET ${LIST} HTTP/1.1\r\nHost: a\r\nKeep-Alive: 5\r\nTE: trailers\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nX-Other: 2\r\n\r\n`,
  'HTTP/1.0 with a Host': `GET ${LIST}?answer=dateless HTTP/1.0\r\nHost: a\r\nX-A: 1\r\n\r\n`,
  ...lines({
    'the answer 204': `GET ${LIST}?answer=204`,
    'the answer 304': `GET ${LIST}?answer=304`,
    'a redirect': `GET ${LIST}?answer=redirect`,
    'an own reason phrase': `GET ${LIST}?answer=phrase`,
    'an empty reason phrase': `GET ${LIST}?answer=silent`,
    'repeated headers in odd case': `GET ${LIST}?answer=headers`,
    'an answer in chunks': `GET ${LIST}?answer=chunks`,
    'an answer until the end of the connection': `GET ${LIST}?answer=endless`,
    'a compressed answer': `GET ${LIST}?answer=gzip`,
    'an error of the server': `GET ${LIST}?answer=500`,
    'headers of the connection in an answer': `GET ${LIST}?answer=hop`,
    'an answer without a Date': `GET ${LIST}?answer=dateless`
  })
}

function lines(of: Record<string, string>): Record<string, string> {
  const head = 'Host: 127.0.0.1:1\r\nUser-Agent: odd/1\r\nConnection: close'
  return Object.fromEntries(Object.entries(of).map(([name, line]) => [name, `${line} HTTP/1.1\r\n${head}\r\n\r\n`]))
}

function bodies(of: Record<string, [method: string, header: string, body: string]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(of).map(([name, [method, header, body]]) => [
      name,
      `${method} ${LIST} HTTP/1.1\r\nHost: a\r\n${header === '' ? '' : `${header}\r\n`}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
    ])
  )
}

/** Answers with what the query names. The bytes are written by hand, so that nothing is added. */
const ANSWERS: Record<string, string> = {
  '204': 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
  '304': 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 12\r\n\r\n',
  redirect: `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/elsewhere?code=1\r\nContent-Length: 0\r\n\r\n`,
  phrase: 'HTTP/1.1 200 All is  well\r\nContent-Length: 2\r\n\r\n{}',
  silent: 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}',
  headers:
    'HTTP/1.1 200 OK\r\ncontent-TYPE: application/json\r\nSet-Cookie: vn=a; Path=/\r\nX-Z: 1\r\nset-cookie: b=c\r\nX-Z: \r\nx-latin: \xE9\r\nContent-Length: 2\r\n\r\n{}',
  chunks: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n',
  endless: 'HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nuntil the end',
  gzip: `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync('{}').length}\r\n\r\n${gzipSync('{}').toString('latin1')}`,
  '500': 'HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<b>x!',
  hop: 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=9\r\nX-Mine: 1\r\nConnection: close, X-Mine\r\nX-Other: 2\r\nContent-Length: 2\r\n\r\n{}',
  dateless: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'
}

const HOP = /^(?:connection|keep-alive|transfer-encoding|te|x-mine)$/i

const withoutHop = (headers: [string, string][]): [string, string][] => headers.filter(([name]) => !HOP.test(name))

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))

t.test('a request through the proxy is the request without it, and so is its answer', async t => {
  const upstream = await keepRequests(t, (request, response) => {
    const { answer = '' } = Object.fromEntries(new URL(request.url ?? '', 'http://x').searchParams)
    const bytes = ANSWERS[answer]
    if (bytes !== undefined) request.socket.end(bytes, 'latin1')
    else response.end(`{"method":"${request.method}"}`)
  })
  const proxy = await record(t, upstream.url)
  t.ok(Object.keys(requests).length >= 60, 'there are sixty of them')
  for (const [name, bytes] of Object.entries(requests)) {
    const direct = parseAnswer(await exchangeBytes(upstream.port, Buffer.from(bytes, 'latin1')))
    const passed = parseAnswer(await exchangeBytes(proxy.port, Buffer.from(bytes, 'latin1')))
    const [one, other] = upstream.arrived.splice(0)
    const dateless = (headers: [string, string][]) =>
      headers.map(([key, value]) => [key, key === 'Date' ? 'now' : value])
    t.strictSame(
      { ...passed, headers: dateless(withoutHop(passed.headers)) },
      { ...direct, headers: dateless(withoutHop(direct.headers)) },
      `${name}: the answer`
    )
    const target = (one?.target ?? '').replace(/^http:\/\/127\.0\.0\.1/, '') // a server gets the form of a server
    t.strictSame(
      { ...other, headers: withoutHop(pairs(other?.headers ?? [])).filter(([key]) => key !== 'Host') },
      { ...one, target, headers: withoutHop(pairs(one?.headers ?? [])).filter(([key]) => key !== 'Host') },
      `${name}: what the PBX gets`
    )
    t.strictSame(
      pairs(other?.headers ?? []).filter(([key]) => /^(?:host|x-mine|te|keep-alive)$/i.test(key)),
      [['Host', `127.0.0.1:${upstream.port}`]],
      `${name}: Host is that of the PBX, and headers of the connection stay behind`
    )
  }
  const recorded = await proxy.exchanges(Object.keys(requests).length)
  t.strictSame(
    recorded.map(({ exchange }) => exchange),
    Object.keys(requests).map((_name, at) => at + 1),
    'each exchange is a line, in its order'
  )
})

t.test('an application works with an emulator through the proxy as without it', async t => {
  const emulator = await start(t)
  const proxy = await record(t, emulator.url)
  const created = await call(`${proxy.url}${EVENTS}/0`, { method: 'POST', body: NEW_EVENT })
  t.equal(created.status, 200)
  const { PhoneCallEvent } = created.body
  t.match(PhoneCallEvent.links.self, emulator.url, 'links lead to the PBX')
  t.match(await call(`${proxy.url}${EVENTS}`), { status: 200, body: [{ totalResults: 2 }] })
  t.match(await call(`${proxy.url}${EVENTS}/0/${PhoneCallEvent.id}`, { method: 'DELETE' }), { status: 200 })
  t.match(await call(`${proxy.url}${EVENTS}`, { token: 'unknown' }), { status: 401 })
  const exchanges = await proxy.exchanges(4)
  t.strictSame(
    exchanges.map(({ request, response }) => [
      request.method,
      request.headers.find(([name]) => name === 'authorization')?.[1],
      response?.status
    ]),
    [
      ['POST', 'Bearer token-1', 200],
      ['GET', 'Bearer token-1', 200],
      ['DELETE', 'Bearer token-1', 200],
      ['GET', 'Bearer token-2', 401]
    ]
  )
  t.match(proxy.start(), { recording: 'uapi-emulator', version: 1, upstream: emulator.url })
})

t.test('--rewrite-links makes links lead to the proxy', async t => {
  const documents: Record<string, { type: string; coding?: string; text: (base: string) => string }> = {
    plain: { type: 'application/json; charset=utf-8', text: base => `{"self" : "${base}/uapi/x", "root":"${base}"}` },
    escaped: { type: 'application/json', text: base => `{"next":"${base.replaceAll('/', '\\/')}\\/uapi?a=1"}` },
    compressed: { type: 'application/hal+json', coding: 'gzip', text: base => `["${base}/uapi"]` },
    note: {
      type: 'application/json',
      text: base => `{"note":"see ${base}/x", "near":"${base}0/x", "far":"http://pbx.test/"}`
    },
    page: { type: 'text/html', text: base => `<a href="${base}/uapi">` }
  }
  let base = ''
  const upstream = await keepRequests(t, (request, response) => {
    const name = new URL(request.url ?? '', 'http://x').searchParams.get('document') ?? ''
    if (name === 'location') return void response.writeHead(302, { location: `${base}/uapi/y?z` }).end()
    const { type, coding, text } = documents[name] ?? { type: 'text/plain', text: () => '' }
    const body = coding ? gzipSync(text(base)) : Buffer.from(text(base))
    const headers = {
      'content-type': type,
      'content-length': body.length,
      ...(coding && { 'content-encoding': coding })
    }
    response.writeHead(200, headers).end(body)
  })
  base = upstream.url
  const read = async (url: string, name: string) => {
    const response = await fetch(`${url}${LIST}?document=${name}`, { redirect: 'manual' })
    return { text: await response.text(), location: response.headers.get('location') }
  }
  t.test('makes links and Location lead to the proxy, and keeps everything else', async t => {
    const proxy = await record(t, upstream.url, ['--rewrite-links'])
    for (const name of ['plain', 'escaped', 'compressed'])
      t.equal((await read(proxy.url, name)).text, documents[name]?.text(proxy.url), name)
    for (const name of ['note', 'page'])
      t.equal((await read(proxy.url, name)).text, documents[name]?.text(upstream.url), `${name} is unchanged`)
    t.equal((await read(proxy.url, 'location')).location, `${proxy.url}/uapi/y?z`)
    const [first] = await proxy.exchanges(6)
    t.match(first?.response?.body, { text: documents.plain?.text(upstream.url) }, 'the recording has what came')
  })
  t.test('is off by default', async t => {
    const proxy = await record(t, upstream.url)
    for (const name of Object.keys(documents))
      t.equal((await read(proxy.url, name)).text, documents[name]?.text(upstream.url), name)
    t.equal((await read(proxy.url, 'location')).location, `${upstream.url}/uapi/y?z`)
  })
})

t.test('it is no open proxy:', async t => {
  const other = await keepRequests(t)
  const upstream = await keepRequests(t)
  const proxy = await record(t, upstream.url)
  const refusalOf = async (bytes: string, port = proxy.port) => {
    const { line, headers, body } = parseAnswer(await exchangeBytes(port, bytes))
    return {
      status: Number(line.split(' ')[1]),
      reason: headers.find(([name]) => name === 'X-Emulator-Reason')?.[1],
      body
    }
  }
  const get = (target: string, headers = 'Host: a') =>
    `GET ${target} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`

  t.test('neither Host nor an absolute target chooses the upstream', async t => {
    await exchangeBytes(proxy.port, get(LIST, `Host: 127.0.0.1:${other.port}`))
    await exchangeBytes(proxy.port, get(`http://127.0.0.1:${other.port}${LIST}`))
    t.strictSame(other.arrived, [])
    t.equal(upstream.arrived.length, 2)
    upstream.arrived.length = 0
  })

  t.test('a Host that a web page could have chosen is refused', async t => {
    t.match(await refusalOf(get(LIST, 'Host: evil.example')), { status: 403, reason: 'host_not_allowed' })
    t.match(await refusalOf(get(`http://evil.example${LIST}`)), { status: 403, reason: 'host_not_allowed' })
    t.match(await refusalOf(get(LIST, 'X: y')), { status: 400, reason: 'host_missing' })
    t.match(await refusalOf(get(LIST, 'Host: a\r\nHost: b')), { status: 400, reason: 'host_repeated' })
    const allowing = await record(t, upstream.url, ['--allowed-host', 'evil.example'])
    t.match(await refusalOf(get(LIST, 'Host: evil.example'), allowing.port), { status: 200 })
    upstream.arrived.length = 0
  })

  t.test('a path that could be read as another one is refused', async t => {
    for (const path of [
      '/uapi/../x',
      `${LIST}/..`,
      `${LIST}/./x`,
      `${LIST}/%2e%2e/x`,
      `${LIST}/%252e%252e/x`,
      `${LIST}/.%2E/x`,
      `${LIST}/..;a=b/x`,
      `${LIST}/a%2fb`,
      `${LIST}/a%5cb`,
      `${LIST}/a\\b`,
      `${LIST}/a%00`,
      `${LIST}/a%0d%0ab`,
      `//evil.example${LIST}`,
      '/uapi//phoneCalls/x',
      `${LIST}//x`,
      '/oauth//token.php'
    ])
      t.match(await refusalOf(get(path)), { status: 400, reason: 'path_ambiguous' }, path)
    t.match(await refusalOf(get(`${LIST}/%zz`)), { status: 400, reason: 'encoding_malformed' })
    t.match(await refusalOf(get(`${LIST}#x`)), { status: 400, reason: 'target_malformed' })
    t.strictSame(upstream.arrived, [])
  })

  t.test('other methods and paths are refused, in the shape of their surface, without --all', async t => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/_emulator/state'],
      ['POST', '/_emulator/reset'],
      ['GET', '/uapi'],
      ['GET', '/uapi/organizations/1'],
      ['GET', '/uapi/extensions/@me/1/presence'],
      ['GET', '/UAPI/phoneCalls/@me/1'],
      ['PATCH', LIST],
      ['OPTIONS', LIST],
      ['HEAD', LIST],
      ['PUT', '/oauth/token.php'],
      ['GET', `/sandboxes/a${LIST}`]
    ]) {
      const answer = await refusalOf(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      t.match(answer, { status: 501, reason: 'path_not_passed' }, `${method} ${path}`)
    }
    t.match(JSON.parse((await refusalOf(get('/uapi/x'))).body), {
      error: { code: 'request_not_implemented', message: /--all/ }
    })
    const oauth = await refusalOf('DELETE /oauth/token.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    t.match(JSON.parse(oauth.body), { error: 'invalid_request', error_description: /--all/ })
    t.strictSame(upstream.arrived, [])
    const all = await record(t, upstream.url, ['--all'])
    await exchangeBytes(all.port, get('/anything?x'))
    await exchangeBytes(all.port, 'PATCH /_emulator/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    t.match(await refusalOf(get('/a/../b'), all.port), { status: 400, reason: 'path_ambiguous' })
    t.strictSame(
      upstream.arrived.splice(0).map(({ target }) => target),
      ['/anything?x', '/_emulator/x']
    )
  })

  t.test('--read-only passes on GET only', async t => {
    const readOnly = await record(t, upstream.url, ['--read-only', '--all'])
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
      t.match(
        await refusalOf(
          `${method} ${LIST} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
          readOnly.port
        ),
        { status: 501, reason: 'read_only' },
        method
      )
    for (const header of [
      'X-HTTP-Method-Override: DELETE',
      'x-http-method: PUT',
      'X-Method-Override: POST',
      'X_HTTP_Method_Override: DELETE'
    ])
      t.match(
        await refusalOf(get(LIST, `Host: a\r\n${header}`), readOnly.port),
        { status: 501, reason: 'read_only' },
        header
      )
    t.match(await refusalOf(get(`${LIST}?_method=DELETE`), readOnly.port), { status: 501, reason: 'read_only' })
    t.strictSame(upstream.arrived, [])
    t.match(await refusalOf(get(LIST), readOnly.port), { status: 200 })
    upstream.arrived.length = 0
  })

  t.test('CONNECT, other transfer codings and bytes that are not HTTP are refused', async t => {
    t.match(await refusalOf(`CONNECT 127.0.0.1:${other.port} HTTP/1.1\r\nHost: a\r\n\r\n`), { status: 501 })
    for (const name of ['X-Original-URL', 'X_Rewrite_Url'])
      t.match(await refusalOf(get(LIST, `Host: a\r\n${name}: /admin`)), { status: 400, reason: 'path_ambiguous' })
    t.match(
      await refusalOf(
        `POST ${LIST} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`
      ),
      {
        status: 501,
        reason: 'transfer_encoding_unsupported'
      }
    )
    t.match(await refusalOf('nonsense\r\n\r\n'), { status: 400, reason: 'http_unreadable' })
    t.strictSame([...upstream.arrived, ...other.arrived], [])
    const upgrade = 'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk'
    t.match(await refusalOf(get(LIST, upgrade)), { status: 200 }, 'Java asks for HTTP/2 in every request')
    t.notMatch(upstream.arrived.splice(0)[0]?.headers.join(), /upgrade|http2/i)
    t.strictSame([...upstream.arrived, ...other.arrived], [])
  })

  t.test('off loopback a request needs the token of the proxy, which goes no further', async t => {
    const open = await record(t, upstream.url, ['--host', '0.0.0.0'])
    const token = String(open.ready.token)
    t.match(token, /^[\w-]{32}$/, 'it is generated')
    t.match(await refusalOf(get(LIST), open.port), { status: 401, reason: 'proxy_token_missing' })
    t.match(await refusalOf(get(LIST, 'Host: a\r\nX-Emulator-Token: wrong'), open.port), { status: 401 })
    t.match(await refusalOf(get(LIST, `Host: a\r\nAuthorization: Bearer ${token}`), open.port), { status: 401 })
    t.strictSame(upstream.arrived, [])
    t.match(await refusalOf(get(LIST, `Host: a\r\nx-emulator-TOKEN: ${token}\r\nAuthorization: Bearer x`), open.port), {
      status: 200
    })
    t.notMatch(JSON.stringify(upstream.arrived.splice(0)), token)
    t.notMatch(JSON.stringify(await open.exchanges(1)), /x-emulator-token/i)
    const given = await record(t, upstream.url, ['--host', '0.0.0.0', '--token', 'mine'])
    t.notOk('token' in given.ready, 'a given one is not printed')
    t.match(await refusalOf(get(LIST, 'Host: a\r\nX-Emulator-Token: mine'), given.port), { status: 200 })
    const none = await record(t, upstream.url, ['--host', '0.0.0.0', '--token', 'none'])
    t.match(await refusalOf(get(LIST), none.port), { status: 200 })
  })

  t.test('a refused request is no exchange, but a line of standard error', async t => {
    t.equal((await proxy.exchanges(3)).length, 3)
    t.match(proxy.err(), /refused GET \/uapi\/x: path_not_passed\./)
    t.match(proxy.err(), /refused a request: http_unreadable\./)
  })
})

t.test('when the PBX', async t => {
  const authority = await issueAuthority(Date.now())
  const untrusted = createSecureServer(
    await issueServerCertificate(authority, ['127.0.0.1'], Date.now()),
    (_request, response) => response.end('{}')
  )
  const foreign = createSecureServer(await issueServerCertificate(authority, ['other.test'], Date.now()))
  const sockets = (answer: string, end = true) =>
    createSocketServer(socket => {
      socket.on('error', () => {})
      socket.once('data', () => (end ? socket.end(answer) : socket.write(answer)))
    })
  const plain = await keepRequests(t)
  const scheme = { s: 'https', p: 'http' } as const
  const cases: [name: string, port: number, by: keyof typeof scheme, status: number, code: string, message: RegExp][] =
    [
      ['is away', 0, 'p', 502, 'upstream_unreachable', /refused the connection.*--upstream/],
      [
        'is silent',
        await listen(t, sockets('', false)),
        'p',
        504,
        'upstream_timeout',
        /did not answer within 300 ms.*--timeout/
      ],
      ['closes without an answer', await listen(t, sockets('')), 'p', 502, 'upstream_closed', /without an answer/],
      [
        'closes within the head',
        await listen(t, sockets('HTTP/1.1 200 OK\r\nX')),
        'p',
        502,
        'upstream_closed',
        /without an answer/
      ],
      [
        'sends no HTTP',
        await listen(t, sockets('SSH-2.0-OpenSSH\r\n')),
        'p',
        502,
        'upstream_garbage',
        /not HTTP\/1\.1/
      ],
      [
        'sends a head without end',
        await listen(t, sockets(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`)),
        'p',
        502,
        'upstream_garbage',
        /not HTTP/
      ],
      [
        'sends the status 999',
        await listen(t, sockets('HTTP/1.1 999 X\r\n\r\n')),
        'p',
        502,
        'upstream_garbage',
        /status 999/
      ],
      [
        'sends control characters',
        await listen(t, sockets('HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n')),
        'p',
        502,
        'upstream_garbage',
        /./
      ],
      [
        'upgrades unasked',
        await listen(t, sockets('HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')),
        'p',
        502,
        'upstream_garbage',
        /upgrade/
      ],
      [
        'has two lengths',
        await listen(t, sockets('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab')),
        'p',
        502,
        'upstream_garbage',
        /not HTTP/
      ],
      ['speaks no TLS', plain.port, 's', 502, 'upstream_garbage', /not TLS/],
      [
        'has an unknown certificate',
        await listen(t, untrusted),
        's',
        502,
        'upstream_certificate',
        /--upstream-ca FILE/
      ],
      ['has a certificate for other names', await listen(t, foreign), 's', 502, 'upstream_certificate', /./]
    ]
  for (const [name, listening, by, status, code, message] of cases) {
    t.test(name, async t => {
      const port = listening || (await freePort()) // taken last, so that no other server gets it
      const proxy = await record(t, `${scheme[by]}://127.0.0.1:${port}`, ['--timeout', '300'])
      const refused = await call(`${proxy.url}${LIST}`)
      t.match(refused, {
        status,
        headers: { 'x-emulator-reason': code },
        body: { error: { code: 'service_unavailable', message } }
      })
      t.match(refused.body.error.message, `127.0.0.1:${port}`)
      const oauth = await call(`${proxy.url}/oauth/token.php`, { method: 'POST', body: '' })
      t.match(oauth, { status, body: { error: 'temporarily_unavailable', error_description: message } })
      const [first, second] = await proxy.exchanges(2)
      t.match(first, { failure: { code, message }, request: { target: LIST } })
      t.match(second, { failure: { code } })
      t.notOk(first && 'response' in first)
      t.match(proxy.err(), new RegExp(`exchange 1: ${code}\\.`))
    })
  }

  t.test('has a certificate that --upstream-ca or --insecure-upstream accepts, it is used', async t => {
    const folder = t.testdir({ 'ca.pem': `a comment\n${authority.cert}` })
    const url = `https://127.0.0.1:${await listen(
      t,
      createSecureServer(await issueServerCertificate(authority, ['127.0.0.1'], Date.now()), (_request, response) =>
        response.end('{}')
      )
    )}`
    for (const words of [['--upstream-ca', `${folder}/ca.pem`], ['--insecure-upstream']]) {
      const { stop, out } = await recordIn(t, url, words)
      t.match(await call(`${JSON.parse(out()).url}${LIST}`), { status: 200 }, words.join(' '))
      await stop()
    }
  })

  t.test('closes within its answer, so does the proxy, and the recording has what came', async t => {
    const port = await listen(t, sockets('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"part":1'))
    const proxy = await record(t, `http://127.0.0.1:${port}`)
    await t.rejects(readWhole(`${proxy.url}${LIST}`), 'the client sees that the answer is not whole')
    const [only] = await proxy.exchanges(1)
    t.match(only, { failure: { code: 'upstream_closed' }, response: { status: 200, body: { text: '{"part":1' } } })
  })

  t.test('pauses within its answer for too long, its answer is cut', async t => {
    const port = await listen(t, sockets('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab', false))
    const proxy = await record(t, `http://127.0.0.1:${port}`, ['--timeout', '200'])
    await t.rejects(readWhole(`${proxy.url}${LIST}`))
    t.match(await proxy.exchanges(1), [{ failure: { code: 'upstream_timeout', message: /nothing more/ } }])
  })

  t.test('answers what cannot be read on a kept connection, the request is not sent again', async t => {
    const arrived: string[] = []
    const port = await listen(
      t,
      createSocketServer(socket =>
        socket.on('data', data => {
          const [method = ''] = String(data).split(' ')
          arrived.push(method)
          const lengths = method === 'DELETE' ? 'Content-Length: 1\r\nContent-Length: 2' : 'Content-Length: 2'
          socket.write(`HTTP/1.1 200 OK\r\n${lengths}\r\n\r\n{}`)
        })
      )
    )
    const proxy = await record(t, `http://127.0.0.1:${port}`)
    t.match(await call(`${proxy.url}${LIST}`), { status: 200 })
    t.match(await call(`${proxy.url}${LIST}`, { method: 'DELETE' }), { status: 502 })
    t.strictSame(arrived, ['GET', 'DELETE'])
  })

  t.test('sends 100 MB, they pass in bounded memory, and are not kept', async t => {
    const chunk = Buffer.alloc(1024 * 1024, 'z')
    const upstream = await keepRequests(t, async (_request, response) => {
      response.writeHead(200, { 'content-length': 100 * chunk.length })
      for (let sent = 0; sent < 100; sent++)
        if (!response.write(chunk)) await new Promise(drained => response.once('drain', drained))
      response.end()
    })
    const proxy = await record(t, upstream.url)
    const response = await fetch(`${proxy.url}${LIST}`)
    let bytes = 0
    let most = 0
    for await (const part of response.body ?? []) {
      bytes += part.length
      most = Math.max(most, process.memoryUsage().arrayBuffers)
      for (let turn = 0; turn < 10; turn++) await new Promise(next => setImmediate(next)) // slower than the PBX
    }
    t.equal(bytes, 100 * chunk.length)
    t.ok(most < 60 * chunk.length, `${most} bytes of buffers`)
    t.match(await proxy.exchanges(1), [{ response: { body: { omitted: 'too_large', bytes } } }])
  })

  t.test('pauses after the client has paused, its answer is cut, too', async t => {
    const upstream = await keepRequests(t, (_request, response) => {
      response.writeHead(200, { 'content-length': 50_000_000 })
      response.write(Buffer.alloc(20_000_000))
    })
    const proxy = await record(t, upstream.url, ['--timeout', '300'])
    const response = await fetch(`${proxy.url}${LIST}`)
    const reader = response.body?.getReader()
    await reader?.read()
    await sleep(100) // the client reads nothing meanwhile, so that the proxy pauses the PBX
    const readAll = async () => {
      while (!(await reader?.read())?.done) {}
    }
    await t.rejects(readAll())
    t.match(await proxy.exchanges(1), [{ failure: { code: 'upstream_timeout' } }])
  })
})

t.test('a client that goes away ends the request to the PBX', async t => {
  let closed: (() => void) | undefined
  const gone = new Promise<void>(done => {
    closed = done
  })
  const upstream = await keepRequests(t, (request, response) => {
    request.socket.once('close', () => closed?.())
    response.write('{')
  })
  const proxy = await record(t, upstream.url)
  const leaving = new AbortController()
  const response = await fetch(`${proxy.url}${LIST}`, { signal: leaving.signal })
  t.equal(response.status, 200)
  leaving.abort()
  await gone
  t.match(await proxy.exchanges(1), [{ failure: { code: 'client_closed' }, response: { body: { text: '{' } } }])
})

t.test('a GET or DELETE on an idle connection that the PBX closes is repeated, a POST is not', async t => {
  const used = new WeakSet()
  const upstream = await keepRequests(t, (request, response) => {
    if (used.has(request.socket)) return void request.socket.destroy()
    used.add(request.socket)
    response.end('{}')
  })
  const proxy = await record(t, upstream.url)
  for (const method of ['GET', 'GET', 'DELETE', 'GET'])
    t.equal((await call(`${proxy.url}${LIST}`, { method })).status, 200, method)
  t.match(await call(`${proxy.url}${LIST}`, { method: 'POST', body: {} }), { status: 502 })
  t.equal(upstream.arrived.filter(({ method }) => method === 'POST').length, 1)
  t.match((await proxy.exchanges(5)).at(-1), { failure: { code: 'upstream_closed' } })
})

t.test('an option of record that cannot be used is explained, and nothing is created', async t => {
  const folder = t.testdir({ file: '', 'no.pem': 'nothing' })
  for (const [words, message] of [
    [[], /^--upstream is missing\. PBX that requests/],
    [['--upstream', 'pbx.example'], /--upstream must be an http or https URL of scheme, host and port/],
    [['--upstream', 'ftp://pbx.example'], /--upstream must be/],
    [['--upstream', 'http://'], /--upstream must be/],
    [['--upstream', 'http://u:canary@pbx.example'], /--upstream must be [^\n]*"http:\/\/…@pbx\.example"/],
    [['--upstream', 'http://pbx.example/uapi'], /--upstream must be/],
    [['--upstream', 'http://pbx.example?x'], /--upstream must be/],
    [['--upstream', 'http://pbx.example#x'], /--upstream must be/],
    [['--upstream', 'http://pbx.example', '--timeout', '0'], /--timeout must be a whole number from 1/],
    [['--upstream', 'http://pbx.example', '--token', 'canary a'], /--token must be .*not printed/],
    [
      ['--upstream', 'http://pbx.example', '--upstream-ca', `${folder}/none`],
      /--upstream-ca .*cannot be read \(ENOENT\)/
    ],
    [['--upstream', 'http://pbx.example', '--upstream-ca', folder], /--upstream-ca .*cannot be read \(EISDIR\)/],
    [['--upstream', 'http://pbx.example', '--upstream-ca', `${folder}/no.pem`], /has no certificate, PEM/],
    [['--upstream', 'http://pbx.example', '--out', `${folder}/file`], /--out .*: it is a file\. Name a folder\./],
    [['--upstream', 'http://pbx.example', '--out', `${folder}/file/x`], /--out .*: a part of the path is no folder/],
    [['--upstream', 'http://pbx.example', '--upstrem', 'x'], /--upstrem.*--upstream/s]
  ] as const) {
    const { code, err, out } = await runHere(['record', ...words, '--port', '0'])
    t.strictSame({ code, out }, { code: 2, out: '' }, words.join(' '))
    t.match(err, message)
    t.notMatch(err, /canary/)
  }
  const port = await listen(t, createSocketServer())
  const taken = ['record', '--upstream', 'http://pbx.example', '--port', String(port), '--out', `${folder}/new`]
  t.match(await runHere(taken), { code: 2, err: /--port: port \d+ of 127\.0\.0\.1 is taken/ })
})

const readWhole = async (url: string): Promise<string> => (await fetch(url)).text()

async function recordIn(t: Test, url: string, words: string[]) {
  const folder = `${t.testdirName}/out`
  return startHere(t, ['record', '--upstream', url, '--port', '0', '--json', '--out', folder, ...words])
}
