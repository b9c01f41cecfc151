import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Type from 'typebox'
import { Compile } from 'typebox/schema'
import { createClient } from '../src/client/client.js'
import type { Delivery } from '../src/schema/calls/delivery.js'
import { EVENTS, NOW, readFixture, start } from './support/emulator.js'
import { runHere } from './support/program.js'
import { receive } from './support/receiver.js'
import { request as requestText, send } from './support/socket.js'

const REQUESTS = '/_emulator/requests/export'
const DELIVERIES = '/_emulator/deliveries/export'
const CALL = { from: '+40700000001', to: '0003*210' }

// HAR 1.2 by its specification, independent of the schema of the emulator. @source http://www.softwareishard.com/blog/har-12-spec
const pairs = Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))
const common = {
  httpVersion: Type.String({ minLength: 1 }),
  cookies: pairs,
  headers: pairs,
  headersSize: Type.Integer({ minimum: -1 }),
  bodySize: Type.Integer({ minimum: -1 })
}
const duration = Type.Number({ minimum: 0 })
const HAR = Compile(
  Type.Object({
    log: Type.Object({
      version: Type.Literal('1.2'),
      creator: Type.Object({ name: Type.String(), version: Type.String() }),
      entries: Type.Array(
        Type.Object({
          startedDateTime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
          time: duration,
          request: Type.Object({
            ...common,
            method: Type.String(),
            url: Type.String(),
            queryString: pairs,
            postData: Type.Optional(Type.Object({ mimeType: Type.String(), text: Type.String(), params: pairs }))
          }),
          response: Type.Object({
            ...common,
            status: Type.Integer(),
            statusText: Type.String(),
            redirectURL: Type.String(),
            content: Type.Object({ size: Type.Integer(), mimeType: Type.String(), text: Type.String() })
          }),
          cache: Type.Object({}),
          timings: Type.Object({ send: duration, wait: duration, receive: duration })
        })
      )
    })
  })
)
// biome-ignore lint/suspicious/noExplicitAny: the schema has checked it
const entriesOf = (t: Test, text: string): any[] => {
  const har = JSON.parse(text)
  t.ok(HAR.Check(har), 'a valid HAR 1.2')
  for (const { request, time, timings } of har.log.entries) {
    t.ok(URL.canParse(request.url), request.url)
    t.equal(time, timings.send + timings.wait + timings.receive)
  }
  return har.log.entries
}

t.test('the requests are exported as HAR 1.2, with secrets masked', async t => {
  const { ask, url } = await start(t)
  await ask('GET', `${EVENTS}?count=1&accessRequestToken=emulator-user-token`, { as: null })
  const form = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  const basic = `Basic ${btoa('emulator-app:emulator-secret')}`
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    cookie: 'vn=secret-session',
    authorization: basic
  }
  await ask('POST', '/oauth/token.php', { as: null, headers, body: form })
  await ask('GET', '/nothing//here?=&&x')
  const answer = await ask('GET', `${REQUESTS}?format=har`)
  t.match(answer.headers.get('content-type'), 'application/json')
  const [list, token, odd] = entriesOf(t, answer.text)
  t.match(list, {
    startedDateTime: NOW.toISOString(),
    request: { method: 'GET', url: `${url}${EVENTS}?count=1&accessRequestToken=***` },
    response: { status: 200, statusText: 'OK', content: { mimeType: 'application/json; charset=utf-8' } },
    _id: '1'
  })
  t.strictSame(list.request.queryString, [
    { name: 'count', value: '1' },
    { name: 'accessRequestToken', value: '***' }
  ])
  t.equal(list.response.content.size, Buffer.byteLength(list.response.content.text))
  t.match(token.request, {
    cookies: [{ name: 'vn', value: '***' }],
    postData: { mimeType: headers['content-type'], params: [{ name: 'grant_type', value: 'client_credentials' }] }
  })
  t.match(odd, { response: { status: 404 }, _reason: 'route_unknown' })
  for (const secret of ['emulator-user-token', 'emulator-secret', 'secret-session', basic.slice(6)])
    t.notMatch(answer.text, secret)
})

t.test('a request with an absolute target has the address that was sent, and an answer to HEAD no body', async t => {
  const { ask, port } = await start(t)
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'one' } })
  const url = `http://me:word@emulator.test:${port}`
  for (const path of [`${EVENTS}?count=1`, '/e', '/sandboxes/one/uapi/x'])
    await send(port, requestText(`GET ${url}${path}`))
  await send(port, requestText('HEAD /uapi/x'))
  const shown = url.replace('me:word', '***')
  const exported = entriesOf(t, (await ask('GET', `${REQUESTS}?format=har`)).text)
  t.strictSame(
    exported.slice(0, -1).map(({ request }) => request.url),
    [`${shown}${EVENTS}?count=1`, `${shown}/e`]
  )
  t.match(exported.at(-1), { request: { method: 'HEAD' }, response: { bodySize: 0, content: { size: 0, text: '' } } })
  const [inSandbox] = entriesOf(t, (await ask('GET', `/sandboxes/one${REQUESTS}?format=har`)).text)
  t.equal(inSandbox.request.url, `${shown}/sandboxes/one/uapi/x`)
})

t.test('a request that a fault dropped or cut says so', async t => {
  const { ask } = await start(t)
  for (const drop of ['empty', 'garbage', 'truncate']) {
    await ask('POST', '/_emulator/faults', { body: { on: { operation: 'list' }, times: 1, do: { drop } } })
    await t.rejects(ask('GET', EVENTS))
  }
  const entries = entriesOf(t, (await ask('GET', `${REQUESTS}?format=har`)).text)
  t.match(entries, [
    { response: { status: 0 }, _fault: '1', _error: /without an answer/ },
    { response: { status: 0 }, _fault: '2', _error: /without an answer/ },
    { response: { status: 200, bodySize: -1 }, _fault: '3', _error: /after half of the body/ }
  ])
})

t.test('an export takes the query of its list, and everything without a limit', async t => {
  const { ask } = await start(t, { journalSize: 3_000 })
  for (let count = 0; count < 1_100; count += 1) await ask('GET', count % 2 === 0 ? EVENTS : '/nothing')
  const ids = async (query: string) =>
    entriesOf(t, (await ask('GET', `${REQUESTS}?format=har${query}`)).text).map(({ _id }) => _id)
  t.equal((await ids('')).length, 1_100)
  t.equal((await ids('&operation=list')).length, 550)
  t.equal((await ids('&limit=2')).length, 2)
  t.strictSame(await ids('&limit=0'), [])
  t.equal((await ids('&unmatched=true&limit=3')).length, 3)
  const [first = ''] = await ids('&limit=5')
  t.equal((await ids(`&after=${first}`)).length, 4)
})

t.test('a format that is missing or unknown, and an unknown name, are refused', async t => {
  const { ask } = await start(t)
  for (const path of [REQUESTS, DELIVERIES]) {
    for (const [query, problem] of [
      ['', /format.*har/],
      ['?format=', /format.*har/],
      ['?format=HAR', /format.*har/],
      ['?format=har&format=har', /format.*har/],
      ['?format=har&formats=1', /formats/],
      ['?format=har&after=999', /after/],
      ['?format=har&limit=-1', /limit/]
    ] as const) {
      const { status, body } = await ask('GET', path + query)
      t.equal(status, 400, path + query)
      t.match(JSON.stringify(body.error), problem, path + query)
    }
  }
})

t.test('each attempt of a delivery is an entry, masked, with binary answers as Base64', async t => {
  const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x00, 0xff])
  const receiver = await receive(t, (_request, response, { target }) =>
    target.includes('binary') ? response.end(binary) : response.writeHead(500, { 'set-cookie': 'sid=hidden' }).end('no')
  )
  const at = receiver.url.replace('://', '://me:word@')
  const phoneCallEvents = [
    { extension: '0003*210', type: '0', id: 'binary', method: '0', url: `${at}/binary?token=hidden` },
    { extension: '0003*210', type: '2', id: 'failing', method: '1', url: `${receiver.url}/failing` },
    { extension: '0003*210', type: '3', id: 'refused', method: '0', url: 'http://127.0.0.1:1/refused' }
  ] as const
  const { ask } = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents } })
  await ask('POST', '/_emulator/calls', { body: CALL })
  await ask('GET', '/_emulator/idle?timeoutMs=10000')
  const failing = (await ask('GET', '/_emulator/deliveries?eventId=failing')).body.deliveries[0]
  await ask('POST', `/_emulator/deliveries/${failing.id}/replay`, { body: {} })
  await ask('GET', '/_emulator/idle?timeoutMs=10000')
  await ask('POST', `/_emulator/deliveries/${failing.id}/replay`, { body: { parameters: { password: 'hidden' } } })
  await ask('GET', '/_emulator/idle?timeoutMs=10000')
  const { text } = await ask('GET', `${DELIVERIES}?format=har`)
  const entries = entriesOf(t, text)
  const of = (name: string) => entries.filter(({ request }) => request.url.includes(name))
  t.match(of('binary'), [
    {
      request: { url: /^http:\/\/127\.0\.0\.1:\d+\/binary\?token=\*\*\*&/ },
      response: { status: 200, content: { encoding: 'base64', text: binary.toString('base64'), size: binary.length } }
    }
  ])
  const [first, second, changed] = of('failing')
  t.match(
    [first, second],
    [1, 2].map(() => ({
      request: { method: 'POST', postData: { params: [] } },
      response: { status: 500, cookies: [{ name: 'sid', value: '***' }], content: { text: 'no' } },
      _id: failing.id,
      _reason: 'status_not_2xx'
    }))
  )
  t.match(changed, { request: { postData: { text: /&password=\*\*\*$/ } } }, 'a body with a secret')
  t.match(of('refused'), [{ response: { status: 0, content: { text: '' } }, _reason: 'refused', _error: /./ }])
  t.match(text, '"Authorization","value":"Basic ***"')
  t.notMatch(text, /hidden|word@|me:word/)
  t.notMatch(text, btoa('me:word'))
  t.equal(entriesOf(t, (await ask('GET', `${DELIVERIES}?format=har&state=failed`)).text).length, 4)
})

t.test('a text that is cut in the middle of a character is no binary answer', async t => {
  const texts: Record<string, string> = { whole: 'é', cut: 'x'.repeat(65_535) + 'é'.repeat(10) }
  const receiver = await receive(t, (_request, response, { target }) =>
    response.end(texts[target.includes('cut') ? 'cut' : 'whole'])
  )
  const phoneCallEvents = [
    { extension: '0003*210', type: '0', method: '0', url: `${receiver.url}/whole` },
    { extension: '0003*210', type: '2', method: '0', url: `${receiver.url}/cut` }
  ]
  const { ask } = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents } })
  await ask('POST', '/_emulator/calls', { body: CALL })
  await ask('GET', '/_emulator/idle?timeoutMs=10000')
  const { deliveries } = (await ask('GET', '/_emulator/deliveries')).body
  t.strictSame(
    deliveries.map(({ attempts: [attempt] }: Delivery) => {
      const { body, base64, truncated } = Object(attempt?.response)
      return [body, base64, truncated]
    }),
    [
      ['é', undefined, false],
      ['x'.repeat(65_535), undefined, true]
    ]
  )
})

t.test('a reset in the middle of an export never mixes two states', async t => {
  const receiver = await receive(t)
  const event = { extension: '0003*210', type: '0', id: 'one', method: '0', url: receiver.url }
  const { ask, sandbox } = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents: [event] } })
  for (let calls = 0; calls < 3; calls++) await ask('POST', '/_emulator/calls', { body: CALL })
  await ask('GET', '/_emulator/idle?timeoutMs=10000')
  await ask('GET', EVENTS)
  await ask('GET', EVENTS)
  const deliveries = sandbox.deliveries.export({})[Symbol.iterator]()
  const requests = sandbox.journal.export({})[Symbol.iterator]()
  t.match(deliveries.next(), { value: { id: '1' } })
  t.match(requests.next(), { value: { status: 200 } })
  sandbox.fixtures.replace()
  t.throws(() => deliveries.next(), { code: 'state_replaced' })
  t.match(requests.next(), { value: { status: 200 } }, 'the journal of before is read to its end')
  t.match(requests.next(), { done: true })
})

t.test('an export is made as fast as its client reads, and ends with it', async t => {
  const { app, ask, port, sandbox } = await start(t, { journalSize: 2_000 })
  const note = 'x'.repeat(60_000)
  const headers = { 'content-type': 'application/json' }
  for (let count = 0; count < 300; count++) await ask('POST', `${EVENTS}/1`, { headers, body: { note } })
  let printed = 0
  const { export: original } = sandbox.journal
  sandbox.journal.export = function* (query) {
    for (const entry of original(query)) {
      printed += 1
      yield entry
    }
  }
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${REQUESTS}?format=har HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  await new Promise(done => socket.once('readable', done))
  for (let turn = 0; turn < 50; turn++) await ask('GET', '/_emulator/health')
  t.ok(printed < 300, `${printed} of 300 are printed for a client that does not read`)
  const closed = new Promise(done => app.server.getConnections(done))
  socket.destroy()
  await closed
  for (let turn = 0; turn < 20; turn++) await ask('GET', '/_emulator/health')
  t.ok(printed < 300, 'and no more when it has gone')
  t.equal((await ask('GET', `${REQUESTS}?format=har`)).status, 200)
})

t.test('the client and the commands export the same document', async t => {
  const { ask, url } = await start(t)
  await ask('GET', EVENTS)
  await ask('GET', '/nothing')
  const client = createClient({ url })
  t.teardown(() => client.close())
  t.equal((await client.requests.export()).log.entries.length, 2)
  t.match(await client.requests.export({ unmatched: true }), { log: { entries: [{ response: { status: 404 } }] } })
  t.match(await client.deliveries.export(), { log: { version: '1.2', entries: [] } })

  const folder = t.testdir()
  const file = join(folder, 'requests.har')
  t.match(await runHere(['requests', '--url', url, '--operation', 'list', '--har', file]), {
    code: 0,
    out: `Wrote 1 entry to ${file}.\n`
  })
  t.equal(entriesOf(t, readFileSync(file, 'utf8')).length, 1)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(await runHere(['deliveries', '--url', url, '--har', file]), { code: 0, out: /Wrote 0 entries/ })
  t.match(await runHere(['requests', '--url', url, '--har', folder]), {
    code: 2,
    err: /--har .*cannot be written \(EISDIR\)/
  })
  for (const command of ['requests', 'deliveries']) {
    const none = join(folder, 'none')
    const { code, err } = await runHere([command, '--url', url, '--har', none, '--follow'])
    t.match({ code, err }, { code: 2, err: /--har and --follow exclude each other/ })
    t.notOk(existsSync(none))
  }
})
