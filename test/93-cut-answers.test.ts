import { Buffer } from 'node:buffer'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:tls'
import { generate } from 'selfsigned'
import t from 'tap'
import { EVENTS, NEW_EVENT, start } from './support/emulator.js'
import { call, runHere } from './support/program.js'
import { request as requestText, send } from './support/socket.js'

const AUTHORIZATION = 'Authorization: Bearer emulator-user-token'
const FAULTS = '/_emulator/faults'
const headOf = (text: string) => text.slice(0, text.indexOf('\r\n\r\n') + 4)
const keptAlive = (line: string, headers: string[] = [], body = '') =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', AUTHORIZATION, ...headers, '', body].join('\r\n')
const json = (body: string) => ['Content-Type: application/json', `Content-Length: ${body.length}`]

t.test('drop: truncate sends the head and half of the body, and the operation is performed', async t => {
  const { ask, port } = await start(t)
  const whole = (await send(port, requestText(`GET ${EVENTS}`, [AUTHORIZATION]))).body
  const add = (operation: string) =>
    ask('POST', FAULTS, { body: { on: { operation }, times: 1, do: { drop: 'truncate' } } })

  await add('list')
  const cut = await send(port, keptAlive(`GET ${EVENTS}`))
  t.equal(cut.status, 200)
  t.match(headOf(cut.text), `Content-Length: ${whole.length}\r\n`)
  t.match(headOf(cut.text), 'X-Emulator-Reason: fault_injected\r\n')
  t.equal(cut.body, whole.slice(0, Math.floor(whole.length / 2)))
  await add('list')
  await t.rejects(
    ask('GET', EVENTS),
    { name: 'TypeError', message: 'terminated' },
    'a client notices, by the Content-Length'
  )

  const { body: before } = await ask('GET', '/_emulator/events')
  await add('create')
  await t.rejects(ask('POST', `${EVENTS}/1`, { body: NEW_EVENT }))
  t.equal((await ask('GET', '/_emulator/events')).body.total, before.total + 1, 'the event was created')

  await add('token')
  const form = 'grant_type=client_credentials&client_id=emulator-app&client_secret=emulator-secret'
  const headers = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`]
  const token = await send(port, requestText('POST /oauth/token.php', headers, form))
  t.match(token.body, /^\{"access_token":"/)
  t.throws(() => JSON.parse(token.body))
  const [, secret = ''] = /^\{"access_token":"(.{8})/.exec(token.body) ?? []
  const { requests } = (await ask('GET', '/_emulator/requests?operation=token')).body
  t.match(requests, [{ status: 200, fault: '4', response: { cut: true } }])
  t.notMatch(JSON.stringify(requests), secret, 'half of a token is masked like a whole one')
})

t.test('the journal shows the half that was sent, and names the fault', async t => {
  const { ask } = await start(t)
  const { text } = await ask('GET', EVENTS)
  await ask('POST', FAULTS, { body: { on: { operation: '*' }, do: { drop: 'truncate' } } })
  await t.rejects(ask('GET', EVENTS))
  await t.rejects(ask('GET', `${EVENTS}?count=0`))
  const { requests } = (await ask('GET', '/_emulator/requests?limit=2')).body
  t.match(requests, [
    {
      status: 200,
      fault: '1',
      reason: 'fault_injected',
      response: { body: text.slice(0, text.length / 2), cut: true }
    },
    { status: 400, fault: '1', reason: 'value_out_of_range', response: { cut: true } }
  ])
  const [{ remaining, hits }] = (await ask('GET', FAULTS)).body.faults
  t.strictSame([remaining, hits], [null, 2])
})

t.test('drop: garbage sends the same 64 bytes that are no HTTP, and the operation is not performed', async t => {
  const { ask, port, url } = await start(t)
  const before = (await ask('GET', EVENTS)).text
  await ask('POST', FAULTS, { body: { on: { operation: 'create' }, do: { drop: 'garbage' } } })
  const body = JSON.stringify(NEW_EVENT)
  const texts = []
  for (let attempt = 0; attempt < 2; attempt++)
    texts.push((await send(port, keptAlive(`POST ${EVENTS}/1`, json(body), body))).text)
  t.equal(texts[0], '\uFFFD'.repeat(64), '64 bytes that are not text')
  t.equal(texts[0], texts[1])
  const headers = { authorization: 'Bearer emulator-user-token', 'content-type': 'application/json' }
  await t.rejects(call(`${url}${EVENTS}/1`, { method: 'POST', headers, body }), { code: 'HPE_INVALID_CONSTANT' })
  t.equal((await ask('GET', EVENTS)).text, before)
  const { requests } = (await ask('GET', '/_emulator/requests?operation=create')).body
  t.match(
    requests,
    [1, 2, 3].map(() => ({ status: 0, reason: 'fault_injected', fault: '1', response: { body: '' } }))
  )
})

t.test('what was answered before on the connection stays, and what is pipelined behind is not carried out', async t => {
  const body = JSON.stringify(NEW_EVENT)
  for (const [how, rest] of [
    ['truncate', /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n\[\{.+$/s],
    ['garbage', /^\uFFFD{64}$/],
    ['empty', /^$/]
  ] as const) {
    const { ask, port } = await start(t)
    await ask('POST', FAULTS, { body: { on: { operation: 'list' }, skip: 1, do: { drop: how } } })
    const { body: before } = await ask('GET', `/_emulator/events`)
    const lists = keptAlive(`GET ${EVENTS}`) + keptAlive(`GET ${EVENTS}`)
    const { text } = await send(port, lists + keptAlive(`POST ${EVENTS}/1`, json(body), body))
    const first = headOf(text).length + Number(/Content-Length: (\d+)/.exec(text)?.[1])
    t.doesNotThrow(() => JSON.parse(text.slice(headOf(text).length, first)), `${how}: the first answer is whole`)
    t.match(text.slice(first), rest, how)
    t.equal((await ask('GET', '/_emulator/events')).body.total, before.total, `${how}: nothing was created`)
    t.equal((await ask('GET', '/_emulator/requests')).body.total, 2)
  }
})

t.test('over https the same parts are sent', async t => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  const { sandbox, url } = await start(t, { tls: async () => ({ key, cert }) })
  const get = (): Promise<{ length: number; bytes: number; code?: string | undefined }> =>
    new Promise(done => {
      const headers = { authorization: 'Bearer emulator-user-token' }
      requestHttps(url + EVENTS, { rejectUnauthorized: false, headers }, async response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        const end = (code?: string) =>
          done({ length: Number(response.headers['content-length']), bytes: Buffer.concat(chunks).length, code })
        response.on('error', error => end(String(Reflect.get(error, 'code'))))
        response.on('end', () => end())
      })
        .on('error', error => done({ length: 0, bytes: 0, code: String(Reflect.get(error, 'code')) }))
        .end()
    })
  const { length } = await get()
  sandbox.faults.add({ on: { operation: 'list' }, times: 1, do: { drop: 'truncate' } })
  t.strictSame(await get(), { length, bytes: Math.floor(length / 2), code: 'ECONNRESET' })
  sandbox.faults.add({ on: { operation: 'list' }, times: 1, do: { drop: 'garbage' } })
  t.match(await get(), { length: 0, code: 'HPE_INVALID_CONSTANT' })
  t.strictSame(await get(), { length, bytes: length, code: undefined })
})

t.test('drop: reset of pipelined requests over https leaves the server as it was', async t => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  const { sandbox, port } = await start(t, { tls: async () => ({ key, cert }) })
  sandbox.faults.add({ on: { operation: 'list' }, do: { drop: 'reset' } })
  const exchange = (text: string): Promise<string> =>
    new Promise(done => {
      let received = ''
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => socket.write(text))
      socket.on('data', chunk => {
        received += chunk
      })
      socket.on('error', error => {
        received += Reflect.get(error, 'code')
      })
      socket.on('close', () => done(received))
    })
  for (let round = 0; round < 3; round++) {
    t.equal(await exchange(keptAlive(`GET ${EVENTS}`).repeat(2)), 'ECONNRESET')
    t.match(await exchange(requestText('GET /readyz')), /^HTTP\/1.1 200 /, 'another connection is served')
  }
})

t.test('a drop that a request cannot have is refused with those that it can', async t => {
  const { ask } = await start(t)
  const refused = async (on: object, effect: object) => (await ask('POST', FAULTS, { body: { on, do: effect } })).body
  const possible = /"drop":"reset"\|"empty"\|"truncate"\|"garbage"/
  t.match(await refused({ operation: 'list' }, { drop: true }), { error: { details: [{ message: possible }] } })
  for (const drop of ['truncate', 'garbage']) {
    t.match(await refused({ operation: 'delivery' }, { drop }), { error: { details: [{ path: '$.do.drop' }] } })
    for (const other of [{ delayMs: 5 }, { status: 500 }])
      t.match(await refused({ operation: 'list' }, { drop, ...other }), {
        error: { details: [{ message: /cannot be combined with/ }] }
      })
  }
  t.match(await refused({ operation: 'list' }, { drop: 'half' }), { error: { details: [{ path: '$.do.drop' }] } })
})

t.test('fault add --drop takes the same words', async t => {
  const { url, ask } = await start(t)
  const add = (how: string) => runHere(['fault', 'add', '--url', url, '--on', 'list', '--times', '1', '--drop', how])
  t.match(await add('truncate'), { code: 0, out: /list: drop truncate/ })
  t.match(await add('garbage'), { code: 0, out: /list: drop garbage/ })
  t.match(await add('half'), {
    code: 2,
    err: /--drop must be one of reset, empty, truncate, garbage, true; got "half"/
  })
  await t.rejects(ask('GET', EVENTS))
})
