import { connect } from 'node:net'
import { generate } from 'selfsigned'
import t from 'tap'
import { EVENTS, NEW_EVENT, PAGE_EVENT, PAGE_HEADERS, start, TOKENS } from './support/emulator.js'
import { headerOf, request, send } from './support/socket.js'

const BEARER = `Authorization: Bearer ${TOKENS.user}`
const json = (body: string) => ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]
const codeOf = ({ body }: { body: string }) => JSON.parse(body).error?.code ?? JSON.parse(body).error

t.test('every path answers with and without a trailing slash, and with an empty query, without a redirect', async t => {
  const { port } = await start(t)
  const token = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  const body = JSON.stringify(NEW_EVENT)
  const form = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${token.length}`]
  for (const end of ['', '/', '?', '/?']) {
    for (const [method, path, headers, sent] of [
      ['GET', EVENTS, [BEARER], ''],
      ['GET', `${EVENTS}/0`, [BEARER], ''],
      ['GET', `${EVENTS}/0/${PAGE_EVENT}`, [BEARER], ''],
      ['POST', `${EVENTS}/1`, [BEARER, ...json(body)], body],
      ['PUT', `${EVENTS}/0/${PAGE_EVENT}`, [BEARER, ...json('{}')], '{}'],
      ['DELETE', `${EVENTS}/1`, [BEARER], ''],
      ['POST', '/oauth/token.php', form, token]
    ] as const) {
      const answer = await send(port, request(`${method} ${path}${end}`, [...headers], sent))
      t.equal(answer.status, 200, `${method} ${path}${end}`)
    }
  }
})

t.test('* and @ in a path can be percent-encoded', async t => {
  const { port } = await start(t)
  for (const path of ['@me/0003*210', '%40me/0003%2A210', '%40me/0003%2a210', '@%6De/0003*%3210']) {
    const answer = await send(port, request(`GET /uapi/extensions/${path}/phoneCallEvents`, [BEARER]))
    t.match(JSON.parse(answer.body)[0].entry[0].links.self, '/uapi/extensions/@me/0003*210/phoneCallEvents/0/', path)
  }
})

t.test('absolute-form targets are accepted, and their host overrides the Host header', async t => {
  const { port } = await start(t)
  const answer = await send(port, request(`GET http://pbx.test:99${EVENTS}`, [BEARER]))
  t.equal(answer.status, 200)
  t.match(JSON.parse(answer.body)[0].entry[0].links.self, /^http:\/\/pbx\.test:99\/uapi/)
  const form = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  const headers = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`]
  t.equal((await send(port, request('POST https://localhost/oauth/token.php', headers, form))).status, 200)
  t.equal((await send(port, request('GET http://localhost', []))).status, 200, 'without a path it is the root')
  const evil = await send(port, request(`GET http://evil.example.com${EVENTS}`, [BEARER]))
  t.equal(headerOf(evil, 'X-Emulator-Reason'), 'host_not_allowed', 'and it is guarded')
  const user = await send(port, request(`GET http://a:b@localhost${EVENTS}`, [BEARER]))
  t.equal(headerOf(user, 'X-Emulator-Reason'), 'host_malformed')
})

t.test('GET and DELETE accept a JSON content type without a body, any body within the limits, or none', async t => {
  const { port } = await start(t)
  const chunked = ['Transfer-Encoding: chunked']
  const cases: [string, string[], string][] = [
    ['nothing', [], ''],
    ['a JSON type alone', ['Content-Type: application/json'], ''],
    ['a JSON type and no length', ['Content-Type: application/json', 'Content-Length: 0'], ''],
    ['no length', ['Content-Length: 0'], ''],
    ['a body', json('{"a":1}'), '{"a":1}'],
    ['a body that is not JSON', json('[[['), '[[['],
    ['a body without a type', ['Content-Length: 3'], 'abc'],
    ['a body of another type', ['Content-Type: text/xml', 'Content-Length: 3'], '<a>'],
    ['a type that is none', ['Content-Type: nonsense', 'Content-Length: 3'], 'abc'],
    ['a body in chunks', [...chunked, 'Content-Type: application/json'], '3\r\nabc\r\n0\r\n\r\n'],
    ['a body of the limit', ['Content-Length: 65536'], 'x'.repeat(65_536)]
  ]
  for (const [why, headers, body] of cases) {
    t.equal((await send(port, request(`GET ${EVENTS}`, [BEARER, ...headers], body))).status, 200, `GET with ${why}`)
    t.equal(
      (await send(port, request(`DELETE ${EVENTS}/4`, [BEARER, ...headers], body))).status,
      204,
      `DELETE with ${why}`
    )
  }
  for (const method of ['GET', 'DELETE', 'POST', 'PUT']) {
    const path = method === 'PUT' ? `${EVENTS}/0/${PAGE_EVENT}` : `${EVENTS}/0`
    const large = ['Content-Type: application/json', 'Content-Length: 65537']
    const answer = await send(port, request(`${method} ${path}`, [BEARER, ...large], 'x'.repeat(65_537)))
    t.equal(codeOf(answer), 'request_too_large', `${method} with a body over the limit`)
    const endless = `${(65_537).toString(16)}\r\n${'x'.repeat(65_537)}\r\n`
    const streamed = await send(
      port,
      request(`${method} ${path}`, [BEARER, ...chunked, 'Content-Type: application/json'], endless)
    )
    t.equal(codeOf(streamed), 'request_too_large', `${method} with chunks over the limit`)
  }
})

t.test('an empty userId is @me, an empty extension is none', async t => {
  const { port } = await start(t)
  const me = await send(port, request('GET /uapi/extensions//0003*210/phoneCallEvents', [BEARER]))
  t.match(JSON.parse(me.body)[0].entry[0].links.self, '/uapi/extensions/@me/0003*210/')
  const none = await send(port, request('GET /uapi/extensions///phoneCallEvents', [BEARER]))
  t.equal(codeOf(none), 'extension_invalid')
  t.equal(headerOf(none, 'X-Emulator-Reason'), 'extension_missing')
})

t.test('header names of every answer are in canonical case', async t => {
  const { port } = await start(t)
  const canonical = /^(?:[A-Z][a-z0-9]*(?:-[A-Z][a-z0-9]*)*|WWW-Authenticate|ETag)$/
  for (const [what, bytes] of [
    ['a list', request(`GET ${EVENTS}`, [BEARER])],
    ['nothing', request(`GET ${EVENTS}/4`, [BEARER])],
    ['no credentials', request(`GET ${EVENTS}`)],
    ['an unknown path', request('GET /uapi/x')],
    ['a bad path', request('GET /uapi/%ff')],
    ['the token endpoint', request('GET /oauth/token.php')],
    [
      'an invalid client',
      request(
        'POST /oauth/token.php',
        json('{"client_id":"x","client_secret":"y"}'),
        '{"client_id":"x","client_secret":"y"}'
      )
    ],
    ['the consent page', request('GET /oauth/authorize.php')],
    ['the front page', request('GET /', ['Accept: text/html'])],
    ['the documents', request('GET /_emulator/docs')],
    ['garbage', 'garbage\r\n\r\n']
  ] as const) {
    const { headers } = await send(port, bytes)
    t.ok(headers.length > 2, what)
    for (const [name] of headers) t.match(name, canonical, `${what}: ${name}`)
  }
  const denied = await send(port, request(`GET ${EVENTS}`))
  t.equal(headerOf(denied, 'WWW-Authenticate'), 'Bearer')
  t.equal(headerOf(denied, 'Content-Type'), 'application/json; charset=utf-8')
})

t.test('malformed HTTP and ambiguous requests are refused in the vendor envelope', async t => {
  const { port } = await start(t)
  const cases: [why: string, bytes: string | Buffer, code: string, reason: string][] = [
    ['garbage', 'hello\r\n\r\n', 'request_invalid', 'http_unreadable'],
    ['a TLS greeting', Buffer.from('16030100a5010000a10303', 'hex'), 'request_invalid', 'http_unreadable'],
    ['another version', 'GET /uapi HTTP/9.9\r\n\r\n', 'request_invalid', 'http_unreadable'],
    ['a space in a header name', `GET ${EVENTS} HTTP/1.1\r\nHo st: x\r\n\r\n`, 'request_invalid', 'http_unreadable'],
    [
      'two lengths',
      request(`POST ${EVENTS}/0`, ['Content-Length: 1', 'Content-Length: 2'], 'x'),
      'request_invalid',
      'http_unreadable'
    ],
    [
      'a length and chunks',
      request(`POST ${EVENTS}/0`, ['Content-Length: 1', 'Transfer-Encoding: chunked'], 'x'),
      'request_invalid',
      'http_unreadable'
    ],
    [
      'a length that is none',
      request(`POST ${EVENTS}/0`, ['Content-Length: -1']),
      'request_invalid',
      'http_unreadable'
    ],
    ['no Host', `GET ${EVENTS} HTTP/1.1\r\nConnection: close\r\n\r\n`, 'request_invalid', 'host_missing'],
    ['no Host in HTTP/1.0', `GET ${EVENTS} HTTP/1.0\r\n\r\n`, 'request_invalid', 'host_missing'],
    [
      'an empty Host',
      `GET ${EVENTS} HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n`,
      'request_invalid',
      'host_missing'
    ],
    ['two Hosts', request(`GET ${EVENTS}`, ['Host: 127.0.0.1']), 'request_invalid', 'host_repeated'],
    [
      'two Hosts in other cases',
      request(`GET ${EVENTS}`, ['hOSt: evil.example.com']),
      'request_invalid',
      'host_repeated'
    ],
    [
      'a Host that is none',
      `GET ${EVENTS} HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`,
      'request_invalid',
      'host_malformed'
    ],
    [
      'a Host with a path',
      `GET ${EVENTS} HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n`,
      'request_invalid',
      'host_malformed'
    ],
    [
      'a Host with too large a port',
      `GET ${EVENTS} HTTP/1.1\r\nHost: a:65536\r\nConnection: close\r\n\r\n`,
      'request_invalid',
      'host_malformed'
    ],
    [
      'bytes beyond ASCII in the path',
      Buffer.from(request('GET /uapi/extensions/@me/ä/phoneCallEvents', [BEARER])),
      'request_invalid',
      ''
    ],
    [
      'a body that is not UTF-8',
      Buffer.concat([Buffer.from(request(`POST ${EVENTS}/0`, [BEARER, ...json('xx')])), Buffer.from([0xc3, 0x28])]),
      'request_invalid',
      'encoding_malformed'
    ],
    [
      'a method that HTTP does not have',
      request(`FOO ${EVENTS}`, [BEARER]),
      'request_not_implemented',
      'method_unknown'
    ],
    ['TRACE', request(`TRACE ${EVENTS}`, [BEARER]), 'request_not_implemented', 'method_unknown'],
    ['QUERY without a type', request(`QUERY ${EVENTS}`, [BEARER]), 'request_not_implemented', 'method_unknown'],
    [
      'CONNECT',
      'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'request_not_implemented',
      'method_unknown'
    ],
    [
      'a target over the header limit',
      request(`GET ${EVENTS}?x=${'a'.repeat(20_000)}`, [BEARER]),
      'uri_too_long',
      'target_too_long'
    ],
    [
      'headers over the limit',
      request(`GET ${EVENTS}`, [BEARER, `X: ${'a'.repeat(17_000)}`]),
      'headers_too_large',
      'headers_too_large'
    ]
  ]
  for (const [why, bytes, code, reason] of cases) {
    const answer = await send(port, bytes)
    t.equal(codeOf(answer), code, why)
    if (reason) t.equal(headerOf(answer, 'X-Emulator-Reason'), reason, `${why}: ${reason}`)
    t.match(headerOf(answer, 'X-Emulator-Request-Id'), /^\d+$/, `${why}: named`)
    t.equal(headerOf(answer, 'Content-Type'), 'application/json; charset=utf-8', why)
  }
  const head = await send(port, request(`HEAD ${EVENTS}`, [BEARER]))
  t.equal(head.status, 501, 'HEAD is no operation')
  t.equal(head.body, '')
  t.match(
    await send(port, 'POST /oauth/token.php HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n'),
    { status: 400, body: /"invalid_request"/ },
    'in the shape of the surface that the line names'
  )
  t.equal((await send(port, request(`GET ${EVENTS}`, [BEARER]))).status, 200, 'and the emulator lives on')
})

t.test('what is no HTTP/1.1 is refused in the error format of the surface, and never carried out', async t => {
  const { port, ask } = await start(t)
  const body = JSON.stringify(NEW_EVENT)
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  const form = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  const create = (coding: string) =>
    request(`POST ${EVENTS}/1`, [BEARER, 'Content-Type: application/json', `Transfer-Encoding: ${coding}`], chunked)
  const withVersion = (version: string) => request(`GET ${EVENTS}`, [BEARER]).replace('HTTP/1.1', version)
  const twice = (path: string, other: string) => request(`GET ${path}`, [BEARER, other])
  for (const [bytes, status, reason, code] of [
    [create('gzip, chunked'), 501, 'transfer_encoding_unsupported', 'request_not_implemented'],
    [create('deflate, CHUNKED'), 501, 'transfer_encoding_unsupported', 'request_not_implemented'],
    [
      create('gzip, chunked').replace(`${EVENTS}/1`, '/_emulator/reset'),
      501,
      'transfer_encoding_unsupported',
      'transfer_encoding_unsupported'
    ],
    [
      request(
        'POST /oauth/token.php',
        ['Content-Type: application/x-www-form-urlencoded', 'Transfer-Encoding: gzip, chunked'],
        `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`
      ),
      501,
      'transfer_encoding_unsupported',
      'invalid_request'
    ],
    [request('GET *', [BEARER]), 400, 'target_malformed', 'request_invalid'],
    [request('POST *', [BEARER]), 400, 'target_malformed', 'request_invalid'],
    [withVersion('HTTP/2.0'), 400, 'http_version_unsupported', 'request_invalid'],
    [withVersion('HTTP/0.9'), 400, 'http_version_unsupported', 'request_invalid'],
    [twice(EVENTS, 'authorization: Bearer x'), 400, 'authorization_repeated', 'request_invalid'],
    [twice('/_emulator/calls', 'AUTHORIZATION: Basic eA=='), 400, 'authorization_repeated', 'request_invalid'],
    [
      request(`DESCRIBE ${EVENTS}`, [BEARER]).replace('HTTP/1.1', 'RTSP/1.0'),
      501,
      'method_unknown',
      'request_not_implemented'
    ],
    ['SSH-2.0-OpenSSH_9.6\r\n', 400, 'http_unreadable', 'request_invalid'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'http_unreadable', 'request_invalid'],
    ['INVITE sip:210 SIP/2.0\r\n\r\n', 400, 'http_unreadable', 'request_invalid']
  ] as const) {
    const answer = await send(port, bytes)
    const title = bytes.slice(0, 60)
    t.equal(answer.status, status, title)
    t.equal(headerOf(answer, 'X-Emulator-Reason'), reason, title)
    t.match(headerOf(answer, 'X-Emulator-Request-Id'), /^\d+$/, title)
    t.equal(codeOf(answer), code, title)
  }
  t.equal((await send(port, create('Chunked'))).status, 200, 'chunked alone is read')
  t.equal((await send(port, twice(EVENTS, BEARER))).status, 200, 'the same Authorization twice is one')
  const { body: list } = await ask('GET', `${EVENTS}/1`)
  t.equal(list[0].totalResults, 1, 'and nothing else was carried out')
  const { body: journal } = await ask('GET', '/_emulator/requests?status=501')
  t.equal(journal.total, 4, 'the journal has those of the recorded surfaces')
})

t.test('an error in a later packet is answered with its own code, in the error format of the surface', async t => {
  const { port } = await start(t)
  const inTwo = (first: string, second: string) =>
    new Promise<string>(done => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(first))
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('close', () => done(text))
      setTimeout(() => socket.write(second), 60)
    })
  const chunked = 'HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
  t.match(await inTwo(`POST /oauth/token.php ${chunked}\r\n`, 'zz\r\n'), /400 .*"error":"invalid_request"/s)
  t.match(await inTwo(`POST ${EVENTS}/0 ${chunked}${BEARER}\r\n\r\n`, 'zz\r\n'), /400 .*"code":"request_invalid"/s)
  const long = `X: ${'a'.repeat(20_000)}\r\n\r\n`
  t.match(await inTwo('GET /uapi/x HTTP/1.1\r\nHost: x\r\n', long), /431 .*"code":"headers_too_large"/s)
})

t.test('200 headers are accepted, 201 are refused', async t => {
  const { port } = await start(t)
  const headers = (n: number) => [BEARER, ...Array.from({ length: n - 3 }, (_, at) => `X-${at}: y`)]
  for (const [count, status] of [
    [199, 200],
    [200, 200],
    [201, 431]
  ] as const) {
    const answer = await send(port, request(`GET ${EVENTS}`, headers(count)))
    t.equal(answer.status, status, `${count} headers`)
  }
  t.equal(codeOf(await send(port, request(`GET ${EVENTS}`, headers(201)))), 'headers_too_large')
})

t.test('slow clients get a 408, and their connection is closed', async t => {
  const timeouts = { requestTimeout: 150, headersTimeout: 100, timeoutCheckInterval: 20 }
  const { port } = await start(t, { timeouts })
  for (const [what, bytes] of [
    ['headers that do not end', `GET ${EVENTS} HTTP/1.1\r\nHost: x\r\n`],
    [
      'a body that does not end',
      request(`POST ${EVENTS}/0`, [BEARER, 'Content-Type: application/json', 'Content-Length: 10'], '{')
    ],
    ['a body to ignore that does not end', request(`GET ${EVENTS}`, [BEARER, 'Content-Length: 10'], '{')]
  ] as const) {
    const answer = await send(port, bytes)
    t.equal(answer.status, 408, what)
    t.equal(codeOf(answer), 'request_timeout', what)
    t.equal(answer.text.match(/HTTP\/1\.1/g)?.length, 1, 'one answer and no second')
  }
})

t.test('a request has 30 seconds to arrive, and its headers have 10', async t => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  for (const options of [{}, { tls: async () => ({ key, cert }) }]) {
    const { app } = await start(t, options)
    const { requestTimeout, headersTimeout, keepAliveTimeout } = app.server
    t.strictSame({ requestTimeout, headersTimeout }, { requestTimeout: 30_000, headersTimeout: 10_000 })
    t.ok(keepAliveTimeout > 60_000, 'an idle connection stays open for longer than others keep it')
  }
})

t.test('a client that disconnects, or sends a broken chunk, does not affect later requests', async t => {
  const { port } = await start(t)
  await new Promise<void>(done => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(request(`POST ${EVENTS}/0`, [BEARER, 'Content-Type: application/json', 'Content-Length: 100'], '{'))
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    socket.on('close', () => done())
  })
  const broken = await send(
    port,
    request(`POST ${EVENTS}/0`, [BEARER, 'Content-Type: application/json', 'Transfer-Encoding: chunked'], 'zz\r\n')
  )
  t.equal(codeOf(broken), 'request_invalid')
  t.equal((await send(port, request(`GET ${EVENTS}`, [BEARER]))).status, 200)
})

t.test('pipelined requests are all answered, in their order', async t => {
  const { port } = await start(t)
  const keep = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${BEARER}\r\n\r\n`
  const answer = await send(port, keep(EVENTS) + keep('/uapi/x') + request(`GET ${EVENTS}/4`, [BEARER]))
  t.strictSame(answer.text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 501', 'HTTP/1.1 204'])
  const broken = await send(port, `${keep(EVENTS)}garbage\r\n\r\n`)
  t.match(
    broken.text,
    /^HTTP\/1\.1 200.*totalResults/s,
    'the answer of the valid request comes before the refusal of the next'
  )
  const both = await send(port, `${keep(EVENTS)}${keep('/uapi/x')}garbage\r\n\r\n`)
  t.strictSame(both.text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 501'], 'and so do those of several')
})

t.test('what is pipelined behind an answer that closes the connection is not carried out', async t => {
  const { port, ask } = await start(t)
  const create = JSON.stringify({ ...NEW_EVENT, note: 'pipelined' })
  const post = (path: string, body: string | Buffer, type = 'application/json') =>
    Buffer.concat([
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${BEARER}\r\nContent-Type: ${type}\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`
      ),
      Buffer.from(body)
    ])
  const behind = Buffer.concat([post(`${EVENTS}/0`, create), post(`${EVENTS}/1`, create)])
  const form = 'application/x-www-form-urlencoded'
  const cases: [why: string, first: Buffer, status: number][] = [
    ['bad JSON', post(`${EVENTS}/0`, '{'), 400],
    ['bad UTF-8', post(`${EVENTS}/0`, Buffer.from([0x22, 0xff, 0x22])), 400],
    ['a body that is too large', post(`${EVENTS}/0`, 'x'.repeat(65 * 1024)), 413],
    [
      'an ignored body that is too large',
      Buffer.from(String(post(EVENTS, 'x'.repeat(65 * 1024))).replace('POST', 'GET')),
      413
    ],
    ['bad JSON of oauth', post('/oauth/token.php', '{'), 400],
    ['a form of oauth that is not UTF-8', post('/oauth/token.php', Buffer.from([0x61, 0xff]), form), 400],
    ['a form of oauth that is too large', post('/oauth/token.php', 'x'.repeat(9 * 1024), form), 413],
    ['bad JSON of the control API', post('/_emulator/calls', '{'), 400],
    ['bad UTF-8 of the control API', post('/_emulator/calls', Buffer.from([0x22, 0xff, 0x22])), 400],
    ['too much for the control API', post('/_emulator/calls', 'x'.repeat(2 * 1024 * 1024)), 413],
    ['a client that closes', Buffer.from(`GET ${EVENTS} HTTP/1.0\r\nHost: 127.0.0.1\r\n${BEARER}\r\n\r\n`), 200]
  ]
  for (const [why, first, status] of cases) {
    await ask('DELETE', '/_emulator/requests')
    const answer = await send(port, Buffer.concat([first, behind]))
    t.strictSame(answer.text.match(/HTTP\/1\.1 \d+/g), [`HTTP/1.1 ${status}`], `${why}: one answer`)
    t.equal(headerOf(answer, 'Connection'), 'close', why)
    const { requests } = (await ask('GET', '/_emulator/requests')).body
    t.ok(requests.length <= 1, `${why}: the journal has the first request at most`)
    t.notMatch(JSON.stringify(requests), /pipelined/, why)
    t.notMatch((await ask('GET', EVENTS)).text, /pipelined/, `${why}: no event was created`)
  }
})

t.test(
  'HEAD of what is probed and linked is answered as GET without the body, and that of other paths as ever',
  async t => {
    const { port, ask, url } = await start(t, { controlToken: 'secret' })
    const token = { headers: { authorization: 'Bearer secret' } }
    await ask('POST', '/_emulator/sandboxes', { ...token, body: { name: 'one' } })
    for (const path of ['/livez', '/readyz', '/_emulator/health', '/readyz/', '/sandboxes/one/readyz', '/livez?x']) {
      const [head, get] = [await send(port, request(`HEAD ${path}`)), await send(port, request(`GET ${path}`))]
      t.strictSame([head.status, head.body], [200, ''], path)
      t.equal(headerOf(head, 'Content-Type'), headerOf(get, 'Content-Type'), path)
      t.match(headerOf(head, 'Content-Length'), /^[1-9]\d*$/, path)
      t.match(get.body, '"status"', path)
    }
    const line = (name: string, value: string) => `${name}: ${value}`
    for (const [path, isOpen] of [
      ['/', true],
      ['/sandboxes/one/', true],
      ['/favicon.ico', true],
      ['/_emulator/openapi/uapi.json', true],
      ['/_emulator/openapi/control.json', true],
      ['/_emulator/openapi/control.json?x=1', true],
      ['/_emulator/docs', true],
      ['/_emulator/docs/static/swagger-ui.css', true],
      ['/_emulator/docs/static/none.js', true],
      ['/_emulator/metrics', false]
    ] as const) {
      const headers = isOpen ? [] : [line('Authorization', 'Bearer secret')]
      const head = await send(port, request(`HEAD ${path}`, headers))
      const get = await send(port, request(`GET ${path}`, headers))
      t.strictSame([head.status, head.body], [get.status, ''], path)
      t.equal(headerOf(head, 'Content-Type'), headerOf(get, 'Content-Type'), path)
      if (!isOpen) t.equal((await send(port, request(`HEAD ${path}`))).status, 401, `${path} needs the token`)
    }
    const kept = await send(port, `HEAD /readyz HTTP/1.1\r\nHost: x\r\n\r\n${request('GET /livez')}`)
    t.match(kept.text, /^HTTP\/1\.1 200.*HTTP\/1\.1 200.*"ok"/s, 'the connection stays usable')
    t.equal(
      (await ask('HEAD', '/_emulator/health?nonsense', { as: null })).status,
      400,
      'the query is checked as with GET'
    )
    for (const [path, status] of Object.entries({
      '/nowhere': 404,
      [EVENTS]: 501,
      '/oauth/token.php': 405,
      '/_emulator/calls': 401
    }))
      t.equal((await ask('HEAD', path)).status, status, path)
    t.equal((await ask('HEAD', '/_emulator/calls', token)).status, 404)
    t.equal((await ask('POST', '/readyz')).status, 404, 'nor has a health path another method')
    const { requests } = (await ask('GET', '/_emulator/requests', token)).body
    t.strictSame(
      requests.filter(({ path }: { path: string }) => /z\b|health/.test(path)).length,
      1,
      'no probe is recorded'
    )
    await t.resolves(fetch(`${url}/readyz`, { method: 'HEAD' }))
  }
)

t.test('a body with a Content-Encoding is refused with 415, which names it, and is in the journal', async t => {
  const { ask } = await start(t)
  const sent = (headers: Record<string, string>, body: unknown = NEW_EVENT) => ({ headers, body })
  const surfaces: [path: string, errorOf: (body: unknown) => unknown][] = [
    [`${EVENTS}/0`, body => Object(body).error.code],
    ['/oauth/token.php', body => Object(body).error],
    ['/_emulator/calls', body => Object(body).error.code]
  ]
  for (const [path, errorOf] of surfaces) {
    for (const coding of ['gzip', 'br, identity', 'GZIP', 'deflate, gzip', 'x'.repeat(500), 'a"b\\c']) {
      await ask('DELETE', '/_emulator/requests')
      const { status, reason, body } = await ask('POST', path, sent({ 'content-encoding': coding }, 'secret canary'))
      t.strictSame([status, reason], [415, 'content_encoding_unsupported'], `${path} ${coding}`)
      t.equal(errorOf(body), path.startsWith('/oauth') ? 'invalid_request' : 'content_type_unsupported')
      const message = body.error_description ?? body.error.message
      t.match(message, /^[\x20\x21\x23-\x5B\x5D-\x7E]{1,300}$/, 'a text that RFC 6749 allows')
      if (/^[a-z, ]{1,20}$/i.test(coding)) t.match(message, coding.replace(', identity', ''))
      t.notMatch(message, 'canary')
      const { requests, total } = (await ask('GET', '/_emulator/requests')).body
      t.equal(total, path.startsWith('/_emulator') ? 0 : 1, 'the journal has it')
      if (total > 0) {
        const { request } = requests[0]
        t.match(requests[0], { status: 415, reason: 'content_encoding_unsupported' })
        t.strictSame(
          [request.headers['content-encoding'], request.body],
          [coding, '***'],
          'coded bytes cannot be masked'
        )
      }
    }
  }
  t.equal((await ask('GET', `${EVENTS}?filterBy=note&filterValue=canary`)).status, 204)
  for (const coding of ['identity', 'Identity', ' identity , identity', ''])
    t.equal((await ask('POST', `${EVENTS}/0`, sent({ 'content-encoding': coding }))).status, 200, coding)
  const coded = { headers: { 'content-encoding': 'gzip' } }
  t.equal((await ask('GET', EVENTS, coded)).status, 200, 'without a body it says nothing')
  t.equal((await ask('POST', '/_emulator/reset', coded)).status, 200)
  t.equal((await ask('DELETE', EVENTS, { ...coded, body: '\x1f' })).status, 200, 'nor with one that is ignored')
  t.equal((await ask('POST', '/_emulator/catch/coded', { ...coded, body: '\x1f' })).status, 200, 'a receiver takes it')
})

t.test('an unknown Expect header and an unsupported Upgrade header are ignored', async t => {
  const { port } = await start(t)
  t.equal((await send(port, request(`GET ${EVENTS}`, [BEARER, 'Expect: a-miracle']))).status, 200)
  const upgrade = request(`GET ${EVENTS}`, [BEARER, 'Upgrade: websocket']).replace(
    'Connection: close',
    'Connection: upgrade, close'
  )
  t.equal((await send(port, upgrade)).status, 200)
  const body = JSON.stringify(NEW_EVENT)
  const expected = await send(port, request(`POST ${EVENTS}/0`, [BEARER, ...json(body), 'Expect: 100-continue'], body))
  t.match(expected.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
})

t.test('every answer has a unique request id, and errors have a reason', async t => {
  const { ask } = await start(t)
  const answers = [
    await ask('GET', EVENTS),
    await ask('GET', `${EVENTS}/9`),
    await ask('GET', '/livez'),
    await ask('GET', '/oauth/x')
  ]
  t.equal(new Set(answers.map(({ headers }) => headers.get('x-emulator-request-id'))).size, 4)
  t.strictSame(
    answers.map(({ reason }) => reason),
    [null, 'event_type_malformed', null, 'route_unknown']
  )
})

t.test('on shutdown, requests in progress are answered and every connection is closed', async t => {
  const { port, app } = await start(t)
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  const closed = new Promise(done => socket.on('close', done))
  const keep = (method: string, path: string, headers: string[]) =>
    [`${method} ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
  const body = JSON.stringify(NEW_EVENT)
  const begun = new Promise<void>(done => app.server.once('request', () => done()))
  socket.write(keep('POST', `${EVENTS}/4`, [BEARER, ...json(body)]))
  await begun
  const closing = app.close()
  socket.write(
    body +
      keep(
        'GET',
        EVENTS,
        Object.entries(PAGE_HEADERS).map(([name, value]) => `${name}: ${value}`)
      )
  )
  await closed
  await closing
  t.match(text, /^HTTP\/1\.1 200 OK/, 'the one that had begun')
})
