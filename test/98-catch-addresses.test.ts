import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { generate } from 'selfsigned'
import t, { type Test } from 'tap'
import type { AppOptions } from '../src/app.js'
import { type CatchAddress, catchAddressAt } from '../src/domain/callbacks/catch-address.js'
import { CALLBACK_MODE_NAMES, parseCallbackRewrite, parseCallbackRule } from '../src/domain/callbacks/policy.js'
import { createSendWebhook, type SendWebhookOptions } from '../src/outbound/send-webhook.js'
import { CATCH_LIMITS, type CaughtList } from '../src/schema/calls/caught.js'
import type { Delivery } from '../src/schema/calls/delivery.js'
import type { Outcome } from '../src/service/deliveries/outcome.js'
import { startEmulator } from '../src/start-emulator.js'
import { NOW, type Running, readFixture, start } from './support/emulator.js'
import fc from './support/random.js'
import { request, send } from './support/socket.js'

const CATCH = '/_emulator/catch'

t.test('a webhook to a catch address is handed over with the bytes that a receiver gets', async t => {
  const { emulator, deliver } = await emulatorOf(t)
  const query = 'a=1&b=%C3%A9'
  for (const method of ['GET', 'POST'] as const) {
    const delivery = await deliver(`${emulator.url}${CATCH}/mine/ring%20one?${query}#end`, { method })
    const [caught] = (await listOf(emulator)).caught.slice(-1)
    const { request } = delivery
    t.equal(delivery.state, 'delivered')
    t.match(caught, { name: 'mine', at: NOW.toISOString(), method, path: `${CATCH}/mine/ring%20one` })
    t.equal(`${emulator.url}${caught?.path}?${caught?.query}`, request.url)
    t.ok(caught?.query?.startsWith(query))
    t.strictSame(Object.entries(caught?.headers ?? {}), Object.entries(request.headers), 'in their order')
    t.equal(caught?.body, request.body)
    t.match(method === 'GET' ? caught?.query : caught?.body, /CallID=.*&CallerIDNum=%2B40722000111&/)
    t.notOk(caught && ('encoding' in caught || 'truncated' in caught))
  }
})

t.test('its attempt looks like that of a receiver that answers as the address does over HTTP', async t => {
  const { emulator, deliver } = await emulatorOf(t)
  const { attempts } = await deliver(`${emulator.url}${CATCH}/mine`)
  const outside = await emulator.ask('POST', `${CATCH}/mine`)
  t.equal(outside.status, 200)
  const [attempt] = attempts
  t.equal(attempts.length, 1)
  t.match(attempt, { at: NOW.toISOString(), ms: Number, response: { status: 200, body: '{"caught":"1"}' } })
  t.equal(outside.text, '{"caught":"2"}')
  t.strictSame(Object.keys(attempt ?? {}).sort(), ['at', 'ms', 'response'])
  const { 'Content-Type': type, 'Content-Length': length, ...others } = attempt?.response?.headers ?? {}
  t.equal(type, outside.headers.get('content-type'))
  t.equal(length, outside.headers.get('content-length'))
  t.strictSame(others, {})
})

t.test('no connection is made, whatever the policy', async t => {
  for (const callbacks of CALLBACK_MODE_NAMES) {
    const { emulator, deliver } = await emulatorOf(t, { callbacks, denyCallback: ['127.0.0.0/8', 'localhost'] })
    let connections = 0
    emulator.app.server.on('connection', () => connections++)
    const before = (await deliver(`http://localhost:${emulator.port}${CATCH}/mine`)).state
    t.equal(before, 'delivered', callbacks)
    t.ok(connections <= 3, 'only those of the test itself')
    t.equal((await deliver(`http://localhost:${emulator.port}/_emulator/reset`)).state, 'blocked')
    t.equal((await listOf(emulator)).total, 1)
  }
})

/** What each spelling of a url comes to, on an emulator that listens on 127.0.0.1. */
const SPELLINGS: [url: string, expected: 'mine' | 'own_listener' | 'refused' | 'url_invalid'][] = [
  ['http://127.0.0.1:PORT/_emulator/catch/mine', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/a/b?c#d', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine//a', 'mine'],
  ['HTTP://127.0.0.1:PORT/_emulator/catch/mine', 'mine'],
  ['http://user:secret@127.0.0.1:PORT/_emulator/catch/mine', 'mine'],
  // escapes are decoded once
  ['http://127.0.0.1:PORT/%5femulator/catch/mine', 'mine'],
  ['http://127.0.0.1:PORT/%5Femulator/%63atch/%6Dine', 'mine'],
  ['http://127.0.0.1:PORT/_emulator%2Fcatch%2fmine', 'mine'],
  ['http://127.0.0.1:PORT/%255femulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/%256dine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/%ff', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/%zz', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/%0a', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/%00', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine%00', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine%0a', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine%3fa', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine%23a', 'own_listener'],
  // dot segments are removed after that
  ['http://127.0.0.1:PORT/_emulator/./catch/../catch/mine', 'mine'],
  ['http://127.0.0.1:PORT/../../_emulator/catch/mine', 'mine'],
  ['http://127.0.0.1:PORT/uapi/%2e%2e/_emulator/catch/mine', 'mine'],
  ['http://127.0.0.1:PORT/uapi/..%2f_emulator/catch/mine', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/other/../mine', 'mine'],
  ['http://127.0.0.1:PORT/_emulator/catch/../reset', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/..%2freset', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/%2e%2e/reset', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/.%2E/reset', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/..%2f..%2f..%2freset', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/../../../oauth/token.php', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/..', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine/%252e%252e/%252e%252e/reset', 'mine'],
  // everything else is another path
  ['http://127.0.0.1:PORT//_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator//catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch//mine', 'own_listener'],
  ['http://127.0.0.1:PORT/%2f_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_EMULATOR/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/Catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/MINE', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mi_ne', 'own_listener'],
  [`http://127.0.0.1:PORT/_emulator/catch/${'m'.repeat(65)}`, 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch?/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catcher/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/caught', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/reset', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/reset?/_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/x/_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator;a/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator/catch/mine;a', 'own_listener'],
  ['http://127.0.0.1:PORT/_emulator%5ccatch%5cmine', 'own_listener'],
  ['http://127.0.0.1:PORT/sandboxes/Other/_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/sandboxes/_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/sandboxes//_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT/sandboxes/a/sandboxes/a/_emulator/catch/mine', 'own_listener'],
  // hosts
  ['http://localhost:PORT/_emulator/catch/mine', 'mine'],
  ['http://LOCALHOST.:PORT/_emulator/catch/mine', 'mine'],
  ['http://app.localhost:PORT/_emulator/catch/mine', 'mine'],
  ['http://127.0.0.1.:PORT/_emulator/catch/mine', 'mine'],
  ['http://2130706433:PORT/_emulator/catch/mine', 'mine'],
  ['http://0x7f.1:PORT/_emulator/catch/mine', 'mine'],
  ['http://0.0.0.0:PORT/_emulator/catch/mine', 'mine'],
  ['http://[::ffff:127.0.0.1]:PORT/_emulator/catch/mine', 'mine'],
  ['http://[::1]:PORT/_emulator/catch/mine', 'refused'],
  ['http://127.0.0.2:PORT/_emulator/catch/mine', 'refused'],
  ['http://alias.test:PORT/_emulator/catch/mine', 'mine'],
  ['http://alias.test:PORT/_emulator/reset', 'own_listener'],
  ['http://127.0.0.1:PORT@127.0.0.2:PORT/_emulator/catch/mine', 'refused'],
  ['http://127.0.0.1/_emulator/catch/mine', 'refused'],
  ['https://127.0.0.1:PORT/_emulator/catch/mine', 'own_listener'],
  ['https://alias.test:PORT/_emulator/catch/mine', 'own_listener'],
  ['http://127.0.0.1:PORT\\_emulator\\catch\\mine', 'url_invalid']
]

t.test('a url is that of a catch address by its exact prefix, or it is an own listener and denied', async t => {
  const listener = await listen(t)
  const { port } = listener
  for (const [written, expected] of SPELLINGS) {
    const url = written.replaceAll('PORT', String(port))
    const { outcome, to } = await sendTo(url, { ownListeners: () => [{ address: '127.0.0.1', port }] })
    t.equal(to?.name ?? wordOf(outcome), expected, written)
    if (expected === 'own_listener') {
      const hint = /--allow-callback .*A catch address needs no flag: http:\/\/\S+:\d+\/_emulator\/catch\/\{name\}/
      t.match(outcome, { kind: 'blocked', failure: { hint } }, `${written}: the hint`)
    }
  }
  t.equal(listener.connections(), 0, 'and nothing is connected to')
})

t.test('a catch address is found by each host of the machine, by the public URL, and over https', async t => {
  const name = hostname().toLowerCase()
  const anywhere = { address: '0.0.0.0', port: 4772 }
  const secure = { address: '127.0.0.1', port: 4772, tls: true }
  const proxied = { address: 'emulator.example.com', port: 443, tls: true, basePath: '' }
  const below = { address: 'example.com', port: 80, tls: false, basePath: '/é' }
  for (const [listener, url, expected] of [
    [anywhere, 'http://127.0.0.2:4772/_emulator/catch/mine', 'mine'],
    [anywhere, 'http://[::1]:4772/_emulator/catch/mine', 'mine'],
    [anywhere, `http://${name}:4772/_emulator/catch/mine`, 'mine'],
    [anywhere, `http://${name.toUpperCase()}.:4772/_emulator/catch/mine`, 'mine'],
    [anywhere, `http://${name}:4773/_emulator/catch/mine`, 'blocked_by_policy'],
    [anywhere, 'http://10.255.255.1:4772/_emulator/catch/mine', 'blocked_by_policy'],
    [secure, 'https://localhost:4772/_emulator/catch/mine', 'mine'],
    [secure, 'http://localhost:4772/_emulator/catch/mine', 'blocked_by_policy'],
    [proxied, 'https://emulator.example.com/_emulator/catch/mine', 'mine'],
    [proxied, 'https://EMULATOR.example.com.:443/_emulator/catch/mine', 'mine'],
    [proxied, 'http://emulator.example.com/_emulator/catch/mine', 'blocked_by_policy'],
    [proxied, 'https://other.example.com/_emulator/catch/mine', 'blocked_by_policy'],
    [below, 'http://example.com/%C3%A9/_emulator/catch/mine', 'mine'],
    [below, 'http://example.com/_emulator/catch/mine', 'blocked_by_policy'],
    [below, 'http://example.com/%C3%A9_emulator/catch/mine', 'blocked_by_policy']
  ] as const) {
    const { outcome, to } = await sendTo(url, { ...policyOf('none'), ownListeners: () => [listener] })
    t.equal(to?.name ?? wordOf(outcome), expected, `${url}, listening on ${listener.address}`)
  }
})

t.test('an emulator over https, and one behind a public URL, catch by their own urls', async t => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  const { port, sandbox } = await start(t, { tls: async () => ({ key, cert }) })
  const deliverSecurely = async (url: string) => {
    const phoneCallEvents = [{ extension: '0003*210', type: '0', id: 'caught', method: '0', url }]
    sandbox.fixtures.load([{ name: 'events', document: { phoneCallEvents } }])
    sandbox.calls.place({ from: '+40722000111', to: '0003*210', outcome: 'busy' })
    await sandbox.waitUntilIdle({ timeoutMs: 5_000 })
    return sandbox.deliveries.list({ eventId: 'caught' }).deliveries.at(-1)
  }
  const catchUrl = `https://localhost:${port}${CATCH}/mine`
  t.match(await deliverSecurely(catchUrl), { state: 'delivered' })
  t.match(await deliverSecurely(catchUrl.replace('https', 'http')), {
    state: 'blocked',
    attempts: [{ failure: { reason: 'own_listener', hint: /needs no flag: https:/ } }]
  })
  const proxied = await emulatorOf(t, { publicUrl: 'https://pbx.example.com/emulator/', callbacks: 'none' })
  t.equal((await proxied.deliver(`https://pbx.example.com/emulator${CATCH}/mine`)).state, 'delivered')
  t.equal((await proxied.deliver(`http://127.0.0.1:${proxied.emulator.port}${CATCH}/mine`)).state, 'delivered')
  t.equal((await proxied.deliver(`https://pbx.example.com${CATCH}/mine`)).state, 'blocked')
  t.equal((await listOf(proxied.emulator)).total, 2)
})

t.test('a name is looked up only where the policy permits a lookup', async t => {
  const looked: string[] = []
  const resolve = async (host: string) => {
    looked.push(host)
    return ['127.0.0.1']
  }
  const ownListeners = () => [{ address: '127.0.0.1', port: 4772 }]
  const url = 'http://alias.test:4772/_emulator/catch/mine'
  t.equal((await sendTo(url, { ...policyOf('list'), resolve, ownListeners })).to?.name, 'mine')
  t.strictSame(looked.splice(0), ['alias.test'])
  t.equal(wordOf((await sendTo(url, { ...policyOf('none'), resolve, ownListeners })).outcome), 'blocked_by_policy')
  t.strictSame(looked, [])
})

t.test('a rewrite to a catch address does not count as one, and a rewrite of one is not applied', async t => {
  const listener = await listen(t)
  const { port } = listener
  const own = `127.0.0.1:${port}`
  for (const [rewrite, url, expected] of [
    [`prod.example.com=${own}`, 'http://prod.example.com/_emulator/catch/mine', 'own_listener'],
    [`prod.example.com=${own}`, `http://prod.example.com:${port}/_emulator/catch/mine`, 'own_listener'],
    ['prod.example.com=127.0.0.1', `http://prod.example.com:${port}/_emulator/catch/mine`, 'own_listener'],
    [`8.8.8.8=${own}`, 'http://8.8.8.8/_emulator/catch/mine', 'own_listener'],
    [`alias.test=${own}`, `http://alias.test:${port}/_emulator/catch/mine`, 'own_listener'],
    [`prod.example.com=${own}`, 'http://prod.example.com/_emulator/reset', 'own_listener'],
    ['localhost=host.docker.internal', `http://localhost:${port}/_emulator/catch/mine`, 'mine'],
    ['127.0.0.1=8.8.8.8', `http://${own}/_emulator/catch/mine`, 'mine']
  ] as const) {
    const parsed = parseCallbackRewrite(rewrite)
    const rewrites = parsed ? [parsed] : []
    const { outcome, to } = await sendTo(url, { rewrites, ownListeners: () => [{ address: '127.0.0.1', port }] })
    t.equal(to?.name ?? wordOf(outcome), expected, `${url} with ${rewrite}`)
  }
  t.equal(listener.connections(), 0)
})

t.test('of random paths, exactly those that a URL parser normalises to the prefix are caught', async t => {
  const listener = await listen(t)
  const { port } = listener
  const ownListeners = () => [{ address: '127.0.0.1', port }]
  let handed = 0
  await fc.assert(
    fc.asyncProperty(randomPath, async path => {
      const { outcome, to } = await sendTo(`http://127.0.0.1:${port}${path}`, { ownListeners })
      const expected = modelOf(path)
      if (expected) handed += 1
      t.strictSame(to, expected, path)
      if (!expected) t.equal(wordOf(outcome), 'own_listener', path)
    }),
    { numRuns: 1500 }
  )
  t.ok(handed > 100, `${handed} were handed over`)
  t.equal(listener.connections(), 0, 'nothing reaches a route')
})

t.test('a request from outside is caught by the same rule', async t => {
  const { emulator } = await emulatorOf(t)
  await fc.assert(
    fc.asyncProperty(randomPath, async path => {
      const before = (await listOf(emulator)).caught.at(-1)?.id
      const { status } = await send(emulator.port, request(`POST ${path}`, ['Content-Length: 0']))
      const { caught } = await listOf(emulator, `limit=1`)
      // A random path can be that of a reset, which forgets all.
      const isCaught = caught[0] !== undefined && caught[0].id !== before
      if (isCaught) t.match(caught[0], { ...catchAddressAt(path), path })
      t.equal(isCaught, status === 200 && modelOf(path)?.sandbox === undefined && modelOf(path) !== undefined, path)
    }),
    { numRuns: 150 }
  )
})

t.test('for a webhook to any other address, only the path is compared', async t => {
  let asked = 0
  const ownListeners = () => {
    asked += 1
    return []
  }
  const receiver = await listen(t)
  await sendTo(`http://127.0.0.1:${receiver.port}/hook?a=%2B40&b=_emulator`, { ownListeners })
  t.equal(asked, 1, 'the policy reads the listeners once for its connection')
})

t.test('from outside it takes every body and content type, without a token', async t => {
  const { emulator } = await emulatorOf(t, { controlToken: 'secret' })
  const { port } = emulator
  const bytes = Buffer.from([0, 255, 254, 0xc3, 0x28])
  for (const [headers, body, expected] of [
    [[], '', { body: '' }],
    [['Content-Type: application/json'], '{"a":', { body: '{"a":' }],
    [['Content-Type: application/x-www-form-urlencoded'], 'a=1&b=%2B', { body: 'a=1&b=%2B' }],
    [['Content-Type: text/plain; charset=latin1'], 'é', { body: 'é' }],
    [['Content-Type: ;;garbage'], 'x', { body: 'x' }],
    [['Content-Type: '], 'x', { body: 'x' }],
    [['Content-Type: a/b', 'content-type: c/d'], 'x', { body: 'x', headers: { 'Content-Type': ['a/b', 'c/d'] } }],
    [[], 'no type', { body: 'no type' }],
    [[], '\ufeffmarked\0', { body: '\ufeffmarked\0' }],
    [['Content-Type: multipart/form-data'], bytes, { body: bytes.toString('base64'), encoding: 'base64' }],
    [['Origin: https://evil.example', 'Sec-Fetch-Site: cross-site'], 'x', { body: 'x' }],
    [['Origin: null'], 'x', { body: 'x' }],
    [['Authorization: Bearer wrong'], 'x', { headers: { Authorization: 'Bearer wrong' } }]
  ] as const) {
    for (const method of ['GET', 'POST']) {
      const sent = Buffer.from(body)
      const framed = [...headers, ...(sent.length > 0 ? [`Content-Length: ${sent.length}`] : [])]
      const answer = await send(port, Buffer.concat([Buffer.from(request(`${method} ${CATCH}/mine?`, framed)), sent]))
      t.equal(answer.status, 200, `${method} ${framed}`)
      const { caught } = await listOf(emulator, 'limit=1', 'secret')
      t.match(caught, [{ method, path: `${CATCH}/mine`, query: '', headers: { Host: '127.0.0.1' }, ...expected }])
      t.equal(caught[0]?.encoding, Buffer.isBuffer(body) ? 'base64' : undefined)
    }
  }
})

t.test('from outside the Host guard applies, and other methods have no route', async t => {
  const { emulator } = await emulatorOf(t)
  const foreign = await send(
    emulator.port,
    `POST ${CATCH}/mine HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
  )
  t.equal(foreign.status, 403)
  t.match(JSON.parse(foreign.body), { error: { code: 'host_not_allowed' } })
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
    const { status, body } = await emulator.ask(method, `${CATCH}/mine`)
    t.equal(status, 404, method)
    if (method !== 'HEAD') t.match(body, { error: { code: 'route_unknown' } }, method)
  }
  for (const name of [
    'MINE',
    'a_b',
    'a'.repeat(65),
    encodeURIComponent('é'),
    '%F0%9F%98%80'.repeat(70),
    '...',
    'x;y'
  ]) {
    const { status, body } = await emulator.ask('POST', `${CATCH}/${name}/below`)
    t.equal(status, 400, name)
    t.match(body.error, { code: 'request_invalid', details: [{ path: '{name}', message: /a-z 0-9 -; got "/ }] })
    t.notMatch(body.error.message, /[\ud800-\udfff](?![\udc00-\udfff])\b/)
    t.ok(body.error.message.isWellFormed())
  }
  for (const path of [CATCH, `${CATCH}/`, `${CATCH}//x`]) {
    t.match(await emulator.ask('POST', path), { status: 404, body: { error: { code: 'route_unknown' } } }, path)
  }
  for (const path of ['../reset', 'mine/../../reset', 'x/../../../sandboxes/other/_emulator/catch/mine']) {
    const { status, body } = await send(emulator.port, request(`POST ${CATCH}/${path}`, ['Content-Length: 0']))
    t.match({ status, ...JSON.parse(body) }, { status: 404, error: { code: 'route_unknown' } }, path)
  }
  t.equal((await listOf(emulator)).total, 0)
})

t.test('a caught request changes nothing else', async t => {
  const { emulator } = await emulatorOf(t)
  const events = emulator.sandbox.feed.subscribe({ onReadable: () => {}, onEnd: () => {} })
  const state = await emulator.ask('GET', '/_emulator/fixtures')
  await emulator.ask('POST', `${CATCH}/mine`, { body: { a: 1 } })
  await emulator.ask('GET', `${CATCH}/mine/below`)
  t.equal((await emulator.ask('GET', '/_emulator/requests')).body.total, 0)
  const verify = { body: { match: {}, count: 0 } }
  t.equal((await emulator.ask('POST', '/_emulator/requests/verify', verify)).status, 200)
  t.equal((await emulator.ask('POST', '/_emulator/deliveries/verify', verify)).status, 200)
  t.equal((await emulator.ask('GET', '/_emulator/fixtures')).text, state.text)
  const caught = { type: 'state', data: { change: 'caught', name: 'mine' } }
  for (let count = 0; count < 2; count++) t.match(events.next(), caught)
  t.equal(events.next(), undefined, 'nothing else is streamed')
  t.equal((await listOf(emulator)).total, 2)
})

t.test('off loopback the address needs no token, and the list does', async t => {
  const emulator = await startEmulator({ host: '0.0.0.0', controlToken: 'secret' })
  t.teardown(() => emulator.close())
  const catchUrl = `${emulator.controlUrl}/catch/mine`
  t.equal((await fetch(catchUrl, { method: 'POST', body: 'x' })).status, 200)
  for (const [method, path] of [
    ['GET', 'caught'],
    ['DELETE', 'caught'],
    ['DELETE', 'catch/mine']
  ] as const) {
    t.equal((await fetch(`${emulator.controlUrl}/${path}`, { method })).status, 401, `${method} ${path}`)
  }
  t.match(await emulator.caught.list({ name: 'mine' }), { caught: [{ body: 'x' }], total: 1, dropped: 0 })
  const created = await emulator.fixtures.load({
    phoneCallEvents: [{ extension: '0003*210', type: '0', id: 'caught', method: '1', url: catchUrl }]
  } as Parameters<typeof emulator.fixtures.load>[0])
  t.ok(created)
  await emulator.calls.place({ from: '+40722000111', to: '0003*210', outcome: 'busy' })
  await emulator.idle()
  t.match(await emulator.caught.list(), { caught: [{}, { body: /^CallID=/ }], total: 2 })
  t.strictSame(await emulator.caught.clear('mine'), { cleared: 2 })
})

t.test('the last 100 requests of each name are kept', async t => {
  const { sandbox } = (await emulatorOf(t)).emulator
  for (let n = 1; n <= 130; n++) sandbox.caught.add(requestOf('mine', String(n)))
  sandbox.caught.add(requestOf('other', 'x'))
  const { caught, total, dropped } = sandbox.caught.list({ name: 'mine' })
  t.strictSame([total, dropped, caught.length], [100, 30, 100])
  t.strictSame([caught[0]?.body, caught[99]?.body], ['31', '130'], 'oldest first')
  t.match(sandbox.caught.list({}), { total: 101, dropped: 30 })
})

t.test('a hundred names are kept; the next one is refused until requests are deleted', async t => {
  const { emulator, deliver } = await emulatorOf(t)
  for (let n = 1; n <= CATCH_LIMITS.names; n++) emulator.sandbox.caught.add(requestOf(`name-${n}`))
  const refused = await emulator.ask('POST', `${CATCH}/one-more`)
  t.equal(refused.status, 409)
  t.match(refused.body.error, { code: 'catch_limit', message: /100 names.*DELETE \/_emulator\/caught/ })
  t.equal(refused.reason, 'catch_limit')
  t.equal((await emulator.ask('POST', `${CATCH}/name-7`)).status, 200)

  const delivery = await deliver(`${emulator.url}${CATCH}/one-more`)
  const message = /^The catch address answered 409: The limit of 100 names/
  t.match(delivery, {
    state: 'failed',
    attempts: [
      {
        response: { status: 409, body: refused.text, headers: { 'X-Emulator-Reason': 'catch_limit' } },
        failure: { reason: 'status_not_2xx', message, hint: String }
      }
    ]
  })
  t.match(await emulator.ask('DELETE', '/_emulator/caught?name=name-7'), { status: 200, body: { cleared: 2 } })
  t.equal((await emulator.ask('POST', `${CATCH}/one-more`)).status, 200)
})

t.test('64 KiB of a body are kept, and a longer one is marked', async t => {
  const { emulator } = await emulatorOf(t)
  const limit = CATCH_LIMITS.bodyBytes
  const post = (body: BodyInit) => fetch(`${emulator.url}${CATCH}/mine`, { method: 'POST', body })
  for (const [body, kept, truncated] of [
    ['a'.repeat(limit), 'a'.repeat(limit), undefined],
    ['a'.repeat(limit + 1), 'a'.repeat(limit), true],
    ['a'.repeat(5_000_000), 'a'.repeat(limit), true],
    [`${'a'.repeat(limit - 1)}é`, 'a'.repeat(limit - 1), true],
    [Buffer.alloc(limit + 9, 255), Buffer.alloc(limit, 255).toString('base64'), true]
  ] as const) {
    t.equal((await post(body)).status, 200)
    const [last] = (await listOf(emulator, 'limit=1')).caught
    t.ok(last?.body === kept, `${body.length} bytes`)
    t.equal(last?.truncated, truncated)
  }
  const chunked = await new Promise<number | undefined>((done, fail) => {
    const sending = httpRequest(`${emulator.url}${CATCH}/mine`, { method: 'POST' }, response => {
      response.resume().on('end', () => done(response.statusCode))
    }).on('error', fail)
    for (let n = 0; n < 10; n++) sending.write('b'.repeat(20_000))
    sending.end()
  })
  t.equal(chunked, 200)
  t.match((await listOf(emulator, 'limit=1')).caught, [{ truncated: true, body: /^b{65536}$/ }])
})

t.test('16 MiB are kept in all: the oldest requests of any name are dropped first', async t => {
  const { sandbox } = (await emulatorOf(t)).emulator
  const body = 'a'.repeat(CATCH_LIMITS.bodyBytes)
  for (let n = 1; n <= 300; n++) sandbox.caught.add(requestOf(`name-${n % 7}`, body))
  const { caught, total, dropped } = sandbox.caught.list({})
  t.equal(total + dropped, 300)
  t.strictSame(
    caught.map(({ id }) => Number(id)),
    Array.from({ length: total }, (_, at) => dropped + 1 + at),
    'the newest ones'
  )
  const bytes = (count: number) => count * (CATCH_LIMITS.bodyBytes + sizeOf(requestOf('name-1')))
  t.ok(bytes(total) <= CATCH_LIMITS.totalBytes && bytes(total + 1) > CATCH_LIMITS.totalBytes, `${total}`)

  for (let n = 0; n < 100; n++) sandbox.caught.add({ ...requestOf('heads'), headers: ['X', 'h'.repeat(160_000)] })
  t.equal(sandbox.caught.list({ name: 'heads' }).total, 100, 'headers count, too')
  t.ok(sandbox.caught.list({}).total < 120)
})

t.test('a name whose requests were all dropped makes room for another', async t => {
  const { sandbox } = (await emulatorOf(t)).emulator
  for (let n = 1; n <= CATCH_LIMITS.names; n++) sandbox.caught.add(requestOf(`name-${n}`))
  t.throws(() => sandbox.caught.add(requestOf('new')), { code: 'catch_limit' })
  for (let n = 0; n < 300; n++) sandbox.caught.add(requestOf('name-100', 'a'.repeat(CATCH_LIMITS.bodyBytes)))
  for (let n = 0; n < 300; n++) sandbox.caught.add(requestOf('name-99', 'a'.repeat(CATCH_LIMITS.bodyBytes)))
  for (let n = 0; n < 300; n++) sandbox.caught.add(requestOf('name-98', 'a'.repeat(CATCH_LIMITS.bodyBytes)))
  t.ok(sandbox.caught.add(requestOf('new')))
})

t.test('the list takes name, limit and after, and refuses other parameters', async t => {
  const { emulator } = await emulatorOf(t)
  for (const name of ['a', 'b', 'a', 'b', 'a']) await emulator.ask('POST', `${CATCH}/${name}`)
  const ids = async (query: string) => (await listOf(emulator, query)).caught.map(({ id }) => id)
  t.strictSame(await ids(''), ['1', '2', '3', '4', '5'])
  t.strictSame(await ids('name=a'), ['1', '3', '5'])
  t.strictSame(await ids('name=a&limit=2'), ['3', '5'])
  t.strictSame(await ids('limit=0'), [])
  t.strictSame(await ids('after=2'), ['3', '4', '5'])
  t.strictSame(await ids('name=a&after=2'), ['3', '5'])
  t.strictSame(await ids('name=unused'), [])
  t.equal((await listOf(emulator, 'name=a&limit=1')).total, 3)
  for (const [query, path] of [
    ['name=A', '?name'],
    ['limit=-1', '?limit'],
    ['limit=10001', '?limit'],
    ['after=99', '?after'],
    ['after=x', '?after'],
    ['nam=a', '?nam']
  ] as const) {
    const { status, body } = await emulator.ask('GET', `/_emulator/caught?${query}`)
    t.equal(status, 400, query)
    t.match(body.error, { code: 'request_invalid', details: [{ path }] }, query)
  }
  t.equal((await emulator.ask('DELETE', '/_emulator/caught?limit=1')).status, 400)
})

t.test('a reset, a restore and a clear delete caught requests; ids continue to rise', async t => {
  const { emulator } = await emulatorOf(t)
  const { ask } = emulator
  await ask('PUT', '/_emulator/snapshots/before', { body: {} })
  for (const forget of [
    () => ask('POST', '/_emulator/reset', { body: {} }),
    () => ask('POST', '/_emulator/snapshots/before/restore', { body: {} }),
    () => ask('DELETE', '/_emulator/caught')
  ]) {
    for (let n = 0; n < 101; n++) emulator.sandbox.caught.add(requestOf('mine'))
    t.match(await listOf(emulator), { total: 100, dropped: 1 })
    t.equal((await forget()).status, 200)
    t.strictSame(await listOf(emulator), { caught: [], total: 0, dropped: 0 })
  }
  await ask('POST', `${CATCH}/mine`)
  t.match(await listOf(emulator), { caught: [{ id: '304' }] })
})

t.test('each sandbox has its own catch addresses, which webhooks of all sandboxes reach', async t => {
  const { emulator, deliver } = await emulatorOf(t)
  await emulator.ask('POST', '/_emulator/sandboxes', { body: { name: 'worker-1' } })
  const below = '/sandboxes/worker-1'
  t.equal((await emulator.ask('POST', `${below}${CATCH}/mine/x?y`)).status, 200)
  t.equal((await deliver(`${emulator.url}${below}${CATCH}/mine`)).state, 'delivered')
  t.equal((await deliver(`${emulator.url}${CATCH}/mine`, { sandbox: below })).state, 'delivered')
  const own = (await emulator.ask('GET', `${below}/_emulator/caught`)).body
  t.match(own, {
    caught: [{ path: `${below}${CATCH}/mine/x`, query: 'y' }, { path: `${below}${CATCH}/mine` }],
    total: 2
  })
  t.match(await listOf(emulator), { caught: [{ path: `${CATCH}/mine` }], total: 1 })

  await emulator.ask('POST', `${below}/_emulator/reset`, { body: {} })
  t.equal((await emulator.ask('GET', `${below}/_emulator/caught`)).body.total, 0)
  t.equal((await listOf(emulator)).total, 1, 'a reset of one leaves the other')
})

t.test('an unknown sandbox has no catch addresses, and a webhook creates none', async t => {
  for (const sandboxes of ['manual', 'auto'] as const) {
    const { emulator, deliver } = await emulatorOf(t, { sandboxes })
    const delivery = await deliver(`${emulator.url}/sandboxes/nobody${CATCH}/mine`)
    t.match(delivery, {
      state: 'failed',
      attempts: [
        {
          response: { status: 404 },
          failure: { reason: 'status_not_2xx', message: /answered 404: There is no sandbox of this name/ }
        }
      ]
    })
    t.equal((await emulator.ask('GET', '/_emulator/sandboxes')).body.total, 0)
    if (sandboxes === 'manual') {
      const outside = await emulator.ask('POST', `/sandboxes/nobody${CATCH}/mine`)
      t.match(outside, { status: 404, body: { error: { code: 'sandbox_unknown' } } })
      t.match(delivery.attempts[0]?.response, { body: outside.text })
    }
  }
})

t.test('faults and replays act on a webhook that is caught as on any other', async t => {
  const { emulator, deliver } = await emulatorOf(t)
  await emulator.ask('POST', '/_emulator/faults', {
    body: { on: { operation: 'delivery' }, times: 1, do: { duplicate: 2 } }
  })
  const { id, attempts } = await deliver(`${emulator.url}${CATCH}/mine`)
  t.equal(attempts.length, 3)
  t.equal((await listOf(emulator)).total, 3)
  await emulator.ask('POST', `/_emulator/deliveries/${id}/replay`, { body: {} })
  await emulator.ask('GET', '/_emulator/idle?timeoutMs=3000')
  const { caught } = await listOf(emulator)
  t.equal(caught.length, 4)
  t.equal(new Set(caught.map(({ query }) => query)).size, 1, 'the same bytes')
})

t.test('credentials of a url become a header, which is caught unmasked', async t => {
  const { emulator, deliver } = await emulatorOf(t)
  await deliver(`http://user:pass@127.0.0.1:${emulator.port}${CATCH}/mine`)
  t.match(await listOf(emulator), { caught: [{ headers: { Authorization: `Basic ${btoa('user:pass')}` } }] })
})

t.test('a sender that disconnects leaves nothing', async t => {
  const { emulator } = await emulatorOf(t)
  await new Promise<void>(done => {
    const sending = httpRequest(`${emulator.url}${CATCH}/mine`, { method: 'POST', headers: { 'content-length': 100 } })
    sending.on('error', () => {}).on('close', done)
    emulator.app.server.once('request', () => sending.destroy())
    sending.write('half')
  })
  await emulator.ask('POST', `${CATCH}/mine`)
  t.match(await listOf(emulator), { total: 1, caught: [{ body: '' }] })
})

const catchRequest = { method: 'POST', headers: ['Host', '127.0.0.1'] } as const
const requestOf = (name: string, body = '') => ({
  ...catchRequest,
  name,
  target: `${CATCH}/${name}`,
  body: Buffer.from(body)
})
const sizeOf = ({ target, headers }: { target: string; headers: readonly string[] }) =>
  (target + headers.join('')).length

const listOf = async (emulator: Running, query = '', token = 'none'): Promise<CaughtList> => {
  const headers = { authorization: `Bearer ${token}` }
  const { status, body } = await emulator.ask('GET', `/_emulator/caught?${query}`, { as: null, headers })
  if (status !== 200) throw new Error(`The list was answered ${status}.`)
  return body
}

/** An emulator without events, and a function that lets one webhook go to a url. */
async function emulatorOf(t: Test, options: Partial<AppOptions> = {}) {
  const emulator = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents: [] }, ...options })
  const deliver = async (
    url: string,
    { method = 'GET', sandbox = '' }: { method?: 'GET' | 'POST'; sandbox?: string } = {}
  ): Promise<Delivery> => {
    const event = { extension: '0003*210', type: '0', id: 'caught', method: method === 'GET' ? '0' : '1', url }
    await emulator.ask('POST', `${sandbox}/_emulator/fixtures`, { body: { phoneCallEvents: [event] } })
    const body = { from: '+40722000111', to: '0003*210', outcome: 'busy' }
    await emulator.ask('POST', `${sandbox}/_emulator/calls`, { body })
    await emulator.ask('GET', `${sandbox}/_emulator/idle?timeoutMs=5000`)
    return (await emulator.ask('GET', `${sandbox}/_emulator/deliveries?eventId=caught`)).body.deliveries.at(-1)
  }
  return { emulator, deliver }
}

/** A server that counts its connections and answers nothing. */
async function listen(t: Test) {
  let connections = 0
  const server = createServer((_request, response) => void response.end()).on('connection', () => connections++)
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>(closed => void server.close(() => closed()))
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const policyOf = (mode: (typeof CALLBACK_MODE_NAMES)[number], ...deny: string[]) => ({
  policy: { mode, allow: [], deny: deny.flatMap(text => parseCallbackRule(text) ?? []) }
})

/** Sends one webhook. @returns its outcome, and the catch address that it was handed over to */
async function sendTo(
  url: string,
  options: Partial<SendWebhookOptions> = {}
): Promise<{ outcome: Outcome; to: CatchAddress | undefined }> {
  let to: CatchAddress | undefined
  const { send, close } = createSendWebhook({
    ...policyOf('any'),
    resolve: async () => ['127.0.0.1'],
    sendInProcess(address) {
      to = address
      return { response: { status: 200, headers: {}, body: '', truncated: false } }
    },
    ...options
  })
  const outcome = await send({ method: 'GET', url, headers: { Host: 'test' }, body: '' }, new AbortController().signal)
  close()
  return { outcome, to }
}

const wordOf = (outcome: Outcome): string => ('failure' in outcome ? outcome.failure.reason : outcome.kind)

/** Paths near that of a catch address: its parts, other routes, dots and slashes, each part in some escaped spelling. */
const randomPath = fc
  .array(
    fc.tuple(
      fc.constantFrom('/', '/', '/', '/', '%2f', '//', '%5c', ';', ''),
      fc.oneof(
        fc.constantFrom(...['_emulator', 'catch', 'mine', 'a-1', '..', '.', '', 'sandboxes', 'reset', 'oauth', 'uapi']),
        fc.constantFrom(
          '%5femulator',
          '%2e%2e',
          '.%2e',
          '%2E',
          'Catch',
          '_EMULATOR',
          'caught',
          '%255f',
          '%00',
          '%ff',
          'é'
        ),
        fc.constantFrom('_emulator/catch/mine', '_emulator/catch', 'sandboxes/worker/_emulator/catch/a', 'x/../..')
      )
    ),
    { minLength: 1, maxLength: 7 }
  )
  .map(parts =>
    `/${parts.map(([slash, part]) => slash + part.replaceAll('é', '%C3%A9')).join('')}`.replace(/^\/\//, '/')
  )

/**
 * What a path is, by the platform's URL parser: its escapes are decoded first, then it removes the dot segments. Every
 * other segment gets a letter before it: Node 20 leaves the dot segments after one like `.x`.
 */
function modelOf(path: string): CatchAddress | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return undefined
  }
  const marked = decoded
    .split('/')
    .slice(1)
    .map(segment => (/^\.\.?$/.test(segment) ? segment : `s${encodeURIComponent(segment)}`))
  const { pathname } = new URL(`http://test/${marked.join('/')}`)
  const segments = pathname
    .split('/')
    .slice(1)
    .map(segment => decodeURIComponent(segment.slice(1)))
  const sandbox = segments[0] === 'sandboxes' ? segments[1] : undefined
  const [emulator, area, name = ''] = segments.slice(sandbox === undefined ? 0 : 2)
  const isName = (text: string) => /^[a-z0-9-]{1,64}$/.test(text) && !text.includes('\n')
  if (emulator !== '_emulator' || area !== 'catch' || !isName(name)) return undefined
  return sandbox === undefined || isName(sandbox) ? { sandbox, name } : undefined
}
