import t, { type Test } from 'tap'
import { connectEmulator } from '../src/client/emulator.js'
import { NotVerified } from '../src/client/not-verified.js'
import { parseJsonPath, valueAtPath } from '../src/domain/json-path.js'
import type { Matcher } from '../src/schema/calls/matcher.js'
import type { RequestMatch } from '../src/schema/journal.js'
import { createChanges } from '../src/service/watch/changes.js'
import { createEventSource } from '../src/service/watch/event-source.js'
import { createJournal } from '../src/service/watch/journal.js'
import { createJournalBudget } from '../src/service/watch/journal-budget.js'
import { countRequests, searchRequests } from '../src/service/watch/matching-requests.js'
import type { RecordedRequest } from '../src/service/watch/recorded-request.js'
import { createReadInParts } from '../src/service/watch/verify.js'
import { EVENTS, NEW_EVENT, type Running, sendWaiting, start, TOKENS } from './support/emulator.js'
import { until } from './support/program.js'
import fc from './support/random.js'
import { request, send } from './support/socket.js'

const VERIFY = '/_emulator/requests/verify'

const control = ({ ask }: Running) => ({
  verify: (body: unknown) => ask('POST', VERIFY, { body }),
  add: async (fault: object) => (await ask('POST', '/_emulator/faults', { body: fault })).body.id
})

/** Sends one request, and verifies that each match counts it, or not with this difference. */
async function compare(
  t: Test,
  send: (emulator: Running) => Promise<unknown>,
  cases: readonly (readonly [match: RequestMatch, differs?: string])[]
) {
  const emulator = await start(t)
  const { verify } = control(emulator)
  await send(emulator)
  for (const [match, differs] of cases) {
    const { status, body } = await verify({ match, count: 1 })
    t.strictSame(
      [status, body.nearest?.[0]?.differs],
      differs === undefined ? [200, undefined] : [409, [differs]],
      JSON.stringify(match)
    )
  }
}

t.test('parameters of a query are compared after decoding, and of a repeated one any value', t =>
  compare(t, ({ ask }) => ask('GET', `${EVENTS}?count=5&a=1&a=2+3&empty=&flag&%C8%99=%26%zz&&fields=id,url`), [
    [{ query: { count: '5' } }],
    [{ query: { count: '6' } }, 'query count is 5, expected 6'],
    [{ query: { a: '1' } }],
    [{ query: { a: '2 3', count: { startsWith: '5' } } }],
    [{ query: { a: '2+3' } }, 'query a is 1, 2 3, expected 2+3'],
    [{ query: { a: { absent: true } } }, 'query a is 1, 2 3, expected absent'],
    [{ query: { A: { absent: true } } }],
    [{ query: { empty: '' } }],
    [{ query: { empty: { contains: '' }, flag: '' } }],
    [{ query: { empty: { absent: true } } }, 'query empty is empty, expected absent'],
    [{ query: { none: '' } }, 'query none is absent, expected empty'],
    [{ query: { ș: '&%zz' } }, 'query ș is %26%zz, expected &%zz'],
    [{ query: { fields: { contains: ',url' } } }],
    [{ query: {}, headers: {}, body: {} }]
  ])
)

t.test('headers are compared in any letter case of their names, and of a repeated one any value', t =>
  compare(
    t,
    ({ port }) =>
      send(port, request(`GET ${EVENTS}`, ['Accept: application/json', 'X-Tag: one', 'x-tag: two, three', 'X-Empty:'])),
    [
      [{ headers: { accept: 'application/json' } }],
      [{ headers: { ACCEPT: { startsWith: 'application/' }, 'x-TAG': 'one' } }],
      [{ headers: { 'x-tag': 'two, three' } }],
      [{ headers: { 'x-tag': 'two' } }, 'header x-tag is one, two, three, expected two'],
      [{ headers: { 'X-Empty': '' } }],
      [{ headers: { 'X-None': { absent: true } } }],
      [{ headers: { 'X-Tag': { absent: true } } }, 'header X-Tag is one, two, three, expected absent'],
      [{ headers: { Accept: 'text/html' } }, 'header Accept is application/json, expected text/html']
    ]
  )
)

const NESTED = {
  ...NEW_EVENT,
  type: 4,
  deep: { list: [{ 'a b': true }, null, 'x'], '0': 'zero', 'a.b': 'dotted', a: { b: 'nested' } },
  'x.y': 'literal',
  x: { y: 'path' },
  number: 1.5,
  'refresh[]': 'odd'
}

t.test('members of a JSON body are compared by name or path, and what is no text as compact JSON', t =>
  compare(t, ({ ask }) => ask('POST', `${EVENTS}/4`, { body: NESTED }), [
    [{ body: { url: NEW_EVENT.url } }],
    [{ body: { '$.url': NEW_EVENT.url, '$["url"]': { startsWith: 'http:' } } }],
    [{ body: { '$.type': '4', number: '1.5' } }],
    [{ body: { type: '5' } }, 'body type is 4, expected 5'],
    [{ body: { '$.deep.list[0]["a b"]': 'true', '$.deep.list[1]': 'null', 'deep.list[2]': 'x' } }],
    [{ body: { '$.deep.list[3]': { absent: true }, '$.deep.list.length': { absent: true } } }],
    [{ body: { '$.deep[0]': { absent: true }, '$.deep.0': 'zero' } }],
    [{ body: { '$.constructor': { absent: true }, '$.url.length': { absent: true }, __proto__x: { absent: true } } }],
    [{ body: { '$.deep["a.b"]': 'dotted', '$.deep.a.b': 'nested', 'deep.a.b': 'nested' } }],
    [{ body: { 'x.y': 'literal', '$.x.y': 'path' } }],
    [{ body: { 'refresh[]': 'odd' } }],
    [{ body: { deep: { contains: '"list":[{"a b":true},null,"x"]' } } }],
    [{ body: { '$.deep.list': '[{"a b":true},null,"x"]' } }],
    [{ body: { $: JSON.stringify(NESTED) } }],
    [{ body: { $: { absent: true } } }, `body $ is ${JSON.stringify(NESTED).slice(0, 200)}…, expected absent`],
    [{ body: { '$.deep.list[1]': { absent: true } } }, 'body $.deep.list[1] is null, expected absent'],
    [{ body: { URL: NEW_EVENT.url } }, `body URL is absent, expected ${NEW_EVENT.url}`]
  ])
)

t.test('parameters of a form are compared by name, whatever names it has', async t => {
  const sent = (body: string, type = 'application/x-www-form-urlencoded') => ({
    as: null,
    body,
    headers: { 'content-type': type }
  })
  const form = 'grant_type=client_credentials&client_id=a+b&x%5B%5D=1&y.z=2&client_id=c'
  await compare(t, ({ ask }) => ask('POST', '/oauth/token.php', sent(form)), [
    [{ body: { grant_type: 'client_credentials', client_id: 'a b' } }],
    [{ body: { client_id: 'c', '$.client_id': 'c', '$["client_id"]': 'a b' } }],
    [{ body: { client_id: 'a+b' } }, 'body client_id is a b, c, expected a+b'],
    [{ body: { scope: { absent: true } } }],
    [{ body: { $: { startsWith: 'grant_type=client_credentials&' } } }]
  ])
  await compare(t, ({ ask }) => ask('POST', '/nowhere', sent(form)), [
    [{ body: { 'x[]': '1', 'y.z': '2', client_id: 'c' } }],
    [{ body: { '$.y.z': { absent: true } } }]
  ])
  const multipart = '--b\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nrefresh_token\r\n--b--\r\n'
  await compare(t, ({ ask }) => ask('POST', '/oauth/token.php', sent(multipart, 'multipart/form-data; boundary=b')), [
    [{ body: { grant_type: 'refresh_token' } }],
    [{ body: { code: { absent: true } } }]
  ])
})

t.test('a body that cannot be read matches by its text only, and one that is not there is absent', async t => {
  await compare(t, ({ ask }) => ask('GET', EVENTS), [
    [{ body: { $: { absent: true }, url: { absent: true } } }],
    [{ body: { url: '' } }, 'body url is absent, expected empty']
  ])
  await compare(t, ({ ask }) => ask('POST', `${EVENTS}/0`, { body: '{"url":' }), [
    [{ body: { $: '{"url":' } }],
    [
      { body: { url: { absent: true } } },
      'body url is unreadable, because it is neither JSON nor a form, expected absent'
    ]
  ])
  await compare(t, ({ ask }) => ask('POST', '/nowhere', { body: `{"a":"${'x'.repeat(70_000)}"}` }), [
    [{ body: { $: { startsWith: '{"a":"xx' } } }],
    [
      { body: { a: { startsWith: 'x' } } },
      'body a is unreadable, because it was longer than 64 KiB and is cut, expected one that starts with "x"'
    ]
  ])
  await compare(t, ({ ask }) => ask('POST', '/oauth/token.php', { as: null, body: '{"client_secret":' }), [
    [{ body: { $: '***' } }],
    [{ body: { code: { absent: true } } }, 'body code is unreadable, because it is masked as a whole, expected absent']
  ])
  await compare(t, ({ ask }) => ask('POST', '/nowhere', { body: '"just a text"' }), [
    [{ body: { $: '"just a text"', a: { absent: true }, '$[0]': { absent: true } } }]
  ])
})

t.test('secrets are compared as they are masked, and no verification tells what they are', async t => {
  const emulator = await start(t)
  const { verify } = control(emulator)
  const { ask } = emulator
  await ask('GET', `${EVENTS}?accessRequestToken=canary`, {
    headers: { cookie: 'vn=canary', 'x-xsrf-token': 'canary' }
  })
  const secret = { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'canary' }
  await ask('POST', '/oauth/token.php', { as: null, body: secret })
  await ask('POST', `${EVENTS}/0`, { body: { ...NEW_EVENT, access_token: 'canary', nested: { password: 'canary' } } })
  for (const match of [
    { headers: { Authorization: 'Bearer ***', cookie: 'vn=***', 'X-XSRF-Token': '***' } },
    { query: { accessRequestToken: '***' } },
    { body: { client_secret: '***', client_id: 'emulator-app' } },
    { body: { access_token: '***', '$.nested.password': { startsWith: '*' } } }
  ])
    t.match(await verify({ match, count: 1 }), { status: 200 }, JSON.stringify(match))
  for (const match of [
    { headers: { authorization: `Bearer ${TOKENS.user}` } },
    { headers: { authorization: { contains: TOKENS.user.slice(0, 3) } } },
    { headers: { cookie: { contains: 'canary' } } },
    { query: { accessRequestToken: { startsWith: 'c' } } },
    { body: { client_secret: 'canary' } },
    { body: { access_token: { contains: 'canary' } } },
    { body: { $: { contains: 'canary' } } }
  ]) {
    const { status, body } = await verify({ match })
    t.match({ status, body }, { status: 409, body: { count: 0 } }, JSON.stringify(match))
    t.match(body.hints.join('\n'), /Secrets are compared as they are masked: expect \*\*\*/)
    t.notMatch(JSON.stringify(body.nearest.map(({ request }: { request: object }) => request)), /canary/)
  }
})

t.test('content, other members and counts are combined', async t => {
  const emulator = await start(t)
  const { verify } = control(emulator)
  for (const type of ['0', '1', '1']) await emulator.ask('POST', `${EVENTS}/${type}?tag=${type}`, { body: NEW_EVENT })
  const match = { operation: 'create', type: '1', status: 200, query: { tag: '1' }, body: { method: '0' } }
  t.match(await verify({ match, count: 2 }), { status: 200, body: { count: 2 } })
  t.match(await verify({ match, count: { max: 1 } }), { status: 409, body: { count: 2 } })
  const { body } = await verify({ match: { ...match, query: { tag: '2' }, body: { method: '1' } } })
  t.strictSame(body.nearest[0].differs, ['query tag is 1, expected 2', 'body method is 0, expected 1'])
  t.match(
    await emulator.ask('GET', '/_emulator/requests?query=1'),
    { status: 400, reason: 'query_unknown' },
    'lists have no content'
  )
})

t.test('a mismatch of content is explained by what was sent instead', async t => {
  const emulator = await start(t)
  const { verify } = control(emulator)
  for (let count = 1; count <= 7; count++) await emulator.ask('GET', `${EVENTS}?count=${count}&Sort=Asc`)
  await emulator.ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
  await emulator.ask('POST', `${EVENTS}/1`, { body: '{' })
  for (const [match, hint] of [
    [
      { query: { count: '9' } },
      /^No request has a query count as expected \(9\); there were 1, 2, 3, 4, 5 and 2 more\.$/
    ],
    [{ query: { Count: '1' } }, /^No request has a query Count: the name is count\.$/],
    [{ query: { limit: '1' } }, /^No request has a query limit; there are count, Sort\.$/],
    [{ query: { Sort: 'asc' } }, /there were Asc\. One differs only in letter case\.$/],
    [{ query: { count: { absent: true } }, operation: 'list' }, /as expected \(absent\); there were/],
    [{ headers: { 'x-none': '1' } }, /^No request has a header x-none; there are .*and \d+ more\.$/],
    [{ body: { '$.URL': 'x' }, type: '0' }, /^No request has a body \$\.URL: the name is url\.$/],
    [{ body: { 'a.b': 'x' }, type: '0' }, /^No request has a body a\.b; there are method, url\.$/],
    [
      { body: { url: 'x' }, type: '1' },
      /the body of one request cannot be read, because it is neither JSON nor a form\. Match its text by the key \$\.$/
    ],
    [{ body: { url: 'x' }, operation: 'list' }, /^No request has a body url; there is none at all\.$/]
  ] as const) {
    const { body } = await verify({ match })
    t.match(body.hints?.[0], hint, JSON.stringify(match))
  }
  const { body } = await verify({ match: { operation: 'delete', query: { count: '9' } } })
  t.notMatch(body.hints.join(), /query count/, 'requests that differ otherwise need no explanation')
})

t.test('a sequence holds when its requests came in this order, with others between', async t => {
  const emulator = await start(t)
  const { verify } = control(emulator)
  const [a, b] = [{ match: { query: { n: '1' } } }, { match: { operation: 'create', body: { method: '0' } } }]
  const body = { sequence: [a, b, a], timeoutMs: 20_000 }
  const waiting = await sendWaiting(emulator, 'POST', VERIFY, { body })
  await emulator.ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
  await emulator.ask('GET', `${EVENTS}?n=1`)
  await emulator.ask('GET', `${EVENTS}?n=2`)
  await emulator.ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
  await emulator.ask('GET', `${EVENTS}?n=1`)
  t.match(await waiting.answer, { status: 200, body: { verified: true, count: 3 } })
  t.match(await verify({ sequence: [b, a, b, a] }), { status: 200, body: { count: 4 } })
  t.match(await verify({ sequence: [{ match: {} }] }), { status: 200, body: { count: 1 } })

  const swapped = await verify({ sequence: [a, { match: { query: { n: '2' } } }, { match: { query: { n: '2' } } }] })
  t.match(swapped, { status: 409, reason: 'not_verified', body: { verified: false, count: 2, expected: 3 } })
  t.strictSame(swapped.body.nearest[0].differs, ['is sequence[1] already'])
  t.equal(
    swapped.body.hints[0],
    'sequence[2] was not found after request 3, which is sequence[1]: 2 of 3 steps were.'.replace(
      'request 3',
      `request ${swapped.body.nearest[0].request.id}`
    )
  )
  const early = await verify({ sequence: [{ match: { query: { n: '2' } } }, b, b] })
  t.match(early.body, {
    count: 2,
    nearest: [
      { differs: ['is sequence[1] already'] },
      { differs: [/^came before request \d+, which is sequence\[1\]$/] }
    ]
  })
  t.match(early.body.hints[2], /^Request \d+ matches sequence\[2\], but is sequence\[1\] already\.$/)
  const none = await verify({ sequence: [{ match: { query: { n: '3' } } }, a] })
  t.match(none.body, { count: 0, expected: 2 })
  t.match(none.body.hints, ['sequence[0] was not found: it is the first of 2 steps.', /there were 1, 2\.$/])
  await emulator.ask('DELETE', '/_emulator/requests')
  t.match(await verify({ sequence: [a] }), { status: 409, body: { count: 0, nearest: [] } })
})

t.test('a request that a fault delays counts as one that has come, in the order of its coming', async t => {
  const emulator = await start(t)
  const { verify, add } = control(emulator)
  const id = await add({ on: { operation: 'create' }, times: 1, do: { delayMs: 60_000 } })
  const match = { operation: 'create', body: { url: NEW_EVENT.url } }
  const awaited = await sendWaiting(emulator, 'POST', VERIFY, { body: { match, timeoutMs: 20_000 } })
  const delayed = emulator.ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
  t.match(await awaited.answer, { status: 200, body: { count: 1 } }, 'a waiting verification counts it')
  t.match(await verify({ match, count: 1 }), { status: 200 })
  t.match(await verify({ match: { operation: 'create' }, count: 0 }), { status: 409, body: { count: 1 } })
  await emulator.ask('GET', EVENTS)
  const order = { sequence: [{ match }, { match: { operation: 'list' } }] }
  t.match(await verify(order), { status: 200, body: { count: 2 } })

  const answered = await verify({ match: { ...match, status: 200 } })
  t.match(answered, {
    status: 409,
    body: { nearest: [{ differs: ['no status, expected 200'], request: { status: 0, fault: id } }] }
  })
  t.match(answered.body.hints.join('\n'), new RegExp(`Request \\d+ has no status yet: fault ${id} delays it`))
  t.match((await emulator.ask('GET', '/_emulator/requests')).body, { total: 1 }, 'the journal lists answered requests')

  const waiting = await sendWaiting(emulator, 'POST', VERIFY, {
    body: { match: { ...match, status: 200 }, timeoutMs: 20_000 }
  })
  await emulator.ask('DELETE', `/_emulator/faults/${id}`)
  t.equal((await delayed).status, 200)
  t.match(await waiting.answer, { status: 200, body: { count: 1 } })
  t.match(await verify({ match, count: 1 }), { status: 200 }, 'it is counted once')
  t.match(await verify(order), { status: 200, body: { count: 2 } }, 'and keeps its place')
})

t.test('a delayed request whose client has gone counts, and one of before a reset does not', async t => {
  const emulator = await start(t)
  const { verify, add } = control(emulator)
  const match = { operation: 'list' }
  const id = await add({ on: { operation: 'list' }, do: { delayMs: 60_000 } })
  const client = new AbortController()
  const url = `${emulator.url}${EVENTS}`
  const gone = fetch(url, { signal: client.signal, headers: { authorization: `Bearer ${TOKENS.user}` } }).catch(
    () => 'gone'
  )
  t.match(await verify({ match, timeoutMs: 20_000 }), { status: 200 })
  client.abort()
  t.equal(await gone, 'gone')
  t.match(await verify({ match, count: 1 }), { status: 200 })
  await emulator.ask('DELETE', `/_emulator/faults/${id}`)
  await until(() => emulator.sandbox.journal.matching({}).length === 1)
  t.match(await verify({ match, count: 1 }), { status: 200 }, 'and once only when the delay is over')

  await add({ on: { operation: 'list' }, do: { delayMs: 60_000 } })
  const delayed = emulator.ask('GET', EVENTS)
  t.match(await verify({ match, count: { min: 2 }, timeoutMs: 20_000 }), { status: 200 })
  emulator.sandbox.journal.clear()
  t.match(await verify({ match, count: 1 }), { status: 200 }, 'clearing keeps what has no answer yet')
  await emulator.ask('POST', '/_emulator/reset', { body: {} })
  t.equal(emulator.sandbox.journal.inOrderOfArrival().filter(({ isOpen }) => isOpen).length, 0)
  await delayed
})

t.test('an invalid match or sequence of requests is refused with its path', async t => {
  const { verify } = control(await start(t))
  const match = {}
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, 'x']))
  for (const [body, path, message] of [
    [{ match: { query: 'a=1' } }, '$.match.query', /must be object; got "a=1"/],
    [{ match: { query: null } }, '$.match.query', /must be object/],
    [{ match: { query: ['a'] } }, '$.match.query', /must be object/],
    [{ match: { query: { a: 5 } } }, '$.match.query.a', /must be string/],
    [{ match: { query: { a: null } } }, '$.match.query.a', /got null/],
    [{ match: { query: { a: {} } } }, '$.match.query.a', /exactly one of contains, startsWith, absent/],
    [{ match: { query: { a: { contains: 'a', absent: true } } } }, '$.match.query.a', /exactly one of/],
    [{ match: { query: { a: { absent: false } } } }, '$.match.query.a.absent', /must be true/],
    [{ match: { query: { a: { contain: 'x' } } } }, '$.match.query.a.contain', /not a member/],
    [{ match: { query: { '': 'x' } } }, '$.match.query[""]', /not a member/],
    [{ match: { query: { a: '\ud83d' } } }, '$.match.query.a', /whole Unicode/],
    [{ match: { query: many } }, '$.match.query', /100/],
    [{ match: { headers: { 'a b': 'x' } } }, '$.match.headers["a b"]', /is no name of a header/],
    [{ match: { headers: { 'accept:': { absent: true } } } }, '$.match.headers["accept:"]', /is no name of a header/],
    [{ match: { headers: { accept: ['x'] } } }, '$.match.headers.accept', /must be string/],
    [{ match: { header: { accept: 'x' } } }, '$.match.header', /not a member/],
    [{ match: { body: 'x' } }, '$.match.body', /must be object/],
    [{ match: { body: { url: { startsWith: 5 } } } }, '$.match.body.url.startsWith', /must be string; got 5/],
    [{ match: { body: { '$.': 'x' } } }, '$.match.body["$."]', /is no JSON path: expected members and indexes/],
    [{ match: { body: { '$.a[*]': 'x' } } }, '$.match.body["$.a[*]"]', /Wildcards and filters are not supported/],
    [{ match: { body: { '$..a': { absent: true } } } }, '$.match.body["$..a"]', /is no JSON path/],
    [{ match: { body: { $a: 'x' } } }, '$.match.body.$a', /is no JSON path/],
    [{ match: { body: { '$.a[-1]': 'x' } } }, '$.match.body["$.a[-1]"]', /is no JSON path/],
    [{ match: { body: { '$["a': 'x' } } }, '$.match.body["$[\\"a"]', /is no JSON path/],
    [{ match: { body: { "$['a']": 'x' } } }, `$.match.body["$['a']"]`, /is no JSON path/],
    [{ match: { parameters: {} } }, '$.match.parameters', /not a member/],
    [{ sequence: [] }, '$.sequence', /fewer than 1/],
    [{ sequence: Array(1001).fill({ match }) }, '$.sequence', /more than 1000/],
    [{ sequence: {} }, '$.sequence', /must be array/],
    [{ sequence: [{ match }, {}] }, '$.sequence[1].match', /missing/],
    [{ sequence: [{ match, timeoutMs: 1 }] }, '$.sequence[0].timeoutMs', /not a member/],
    [{ sequence: [{ match: { body: { '$[': 'x' } } }] }, '$.sequence[0].match.body["$["]', /is no JSON path/],
    [{ sequence: [{ match }], match }, '$.match', /cannot be combined with a sequence/],
    [{ sequence: [{ match }], count: 1 }, '$.count', /cannot be combined with a sequence/],
    [{ sequence: [{ match }], timeoutMs: 60_001 }, '$.timeoutMs', /./],
    [{}, '$.match', /is missing: give a match, or a sequence/],
    [{ count: 1 }, '$.match', /is missing/]
  ] as const) {
    const sent = JSON.stringify(body).slice(0, 100)
    const answer = await verify(body)
    t.equal(answer.status, 400, sent)
    const found = answer.body.error.details?.find((one: { path: string }) => one.path === path)
    t.match(found?.message, message, `${sent}: ${answer.text.slice(0, 300)}`)
  }
  t.match(await verify({ sequence: Array(1000).fill({ match }) }), { status: 409, body: { count: 0, expected: 1000 } })
})

t.test('a JSON path leads where a plain walk through its steps leads', async t => {
  const name = fc.oneof(fc.constantFrom('a', 'b', 'a.b', '', '0', '"', 'ș'), fc.string({ maxLength: 3 }))
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.array(fc.oneof(name, fc.nat(3)), { maxLength: 4 }), (value, keys) => {
      const path = keys.map(key => `[${JSON.stringify(key)}]`).join('')
      const parsed = parseJsonPath(`$${path}`)
      const walked = keys.reduce<unknown>((found, key) => {
        if (typeof key === 'number') return Array.isArray(found) ? found[key] : undefined
        const isObject = typeof found === 'object' && found !== null && !Array.isArray(found)
        return isObject && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined
      }, value)
      return (
        parsed !== undefined && JSON.stringify(parsed) === JSON.stringify(keys) && valueAtPath(value, parsed) === walked
      )
    }),
    { numRuns: 500 }
  )
  t.strictSame(parseJsonPath('$'), [])
  t.strictSame(parseJsonPath('$.a-b.c_d[10]["e\\"f"].ș'), ['a-b', 'c_d', 10, 'e"f', 'ș'])
})

/** A recorded request. @param id counts up in the order of coming */
const recorded = (id: number, tag: string): RecordedRequest => ({
  id: String(id),
  at: 0,
  us: 0,
  method: 'POST',
  target: `/x?tag=${tag}`,
  operation: undefined,
  user: undefined,
  extension: undefined,
  type: undefined,
  eventId: undefined,
  fault: undefined,
  status: 200,
  ignored: undefined,
  unmatched: false,
  headers: 'Content-Type\napplication/json',
  body: Buffer.from(JSON.stringify({ tag, type: tag.length })),
  answerHeaders: {},
  answer: undefined,
  place: 0,
  bytes: 0
})

const manualJournal = (size = 1_000) =>
  createJournal({
    clock: () => new Date(0),
    eventSource: createEventSource(error => t.fail(String(error))),
    size,
    budget: createJournalBudget(1_000_000_000),
    nearMiss: () => undefined
  })

const TAGS = ['a', 'b', 'ab']

/** Whether a tag matches, written down a second time. */
function isModelMatch(tag: string, matcher: Matcher): boolean {
  if (typeof matcher === 'string') return tag === matcher
  if ('contains' in matcher) return tag.includes(matcher.contains)
  return 'startsWith' in matcher && tag.startsWith(matcher.startsWith)
}

t.test(
  'counting and searching while waiting agree with a plain model, whatever comes, is delayed or cleared',
  async t => {
    const matcher = fc.oneof(
      fc.constantFrom(...TAGS),
      fc.record({ contains: fc.constantFrom('a', 'b') }),
      fc.record({ startsWith: fc.constantFrom('a', 'b') }),
      fc.constant<Matcher>({ absent: true })
    )
    const step = fc.record({ matcher, part: fc.constantFrom('query', 'body') })
    const operation = fc.tuple(fc.nat(11), fc.nat(), fc.constantFrom(...TAGS))
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 4 }),
        fc.array(operation, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, operations, interval) => {
          const journal = manualJournal()
          const matches = steps.map(({ part, matcher }): RequestMatch => ({ [part]: { tag: matcher } }))
          const [first = {}] = matches
          const counting = countRequests(journal, first)
          const searching = searchRequests(journal, matches)
          let model: { id: number; tag: string; isOpen: boolean }[] = []
          let id = 0
          operations.forEach(([kind, at, tag], index) => {
            const open = model.filter(({ isOpen }) => isOpen)
            const answered = open[at % Math.max(1, open.length)]
            if (kind === 0) {
              journal.clear()
              model = open
            } else if (kind < 5) {
              journal.record(recorded(++id, tag))
              model.push({ id, tag, isOpen: false })
            } else if (kind < 9 || answered === undefined) {
              journal.arrive({ ...recorded(++id, tag), status: 0, isOpen: true })
              model.push({ id, tag, isOpen: true })
            } else {
              journal.record(recorded(answered.id, answered.tag))
              answered.isOpen = false
            }
            if (index % interval > 0) return // several changes may share a turn of the event loop
            const isStep = (tag: string, number: number) => isModelMatch(tag, steps[number]?.matcher ?? '')
            const places: number[] = []
            for (const { id, tag } of model) if (isStep(tag, places.length)) places.push(id)
            const expected = [model.filter(({ tag }) => isStep(tag, 0)).length, ...places.slice(0, steps.length)]
            searching.count()
            const actual = [counting.count(), ...searching.found().map(({ id }) => Number(id))]
            if (actual.join() !== expected.join()) throw new Error(`${actual} and not ${expected} after ${index}`)
          })
        }
      ),
      { numRuns: 300 }
    )
    t.pass()
  }
)

t.test(
  'a request that was found and then dropped from the journal keeps its step, until the journal is cleared',
  async t => {
    const journal = manualJournal(2)
    const searching = searchRequests(journal, [{ query: { tag: 'a' } }, { body: { tag: 'b' } }])
    for (const [index, tag] of ['a', 'x', 'x', 'x', 'b'].entries()) {
      journal.record(recorded(index + 1, tag))
      searching.count()
    }
    t.strictSame(
      searching.found().map(({ id }) => id),
      ['1', '5']
    )
    journal.clear()
    t.equal(searching.count(), 0)
  }
)

t.test('a long journal is read in parts, and each body is parsed once while a verification waits', async t => {
  const journal = manualJournal(5_000)
  for (let id = 1; id <= 2_000; id++) journal.record(recorded(id, 'a'))
  const changes = createChanges(createEventSource(() => {}))
  const match = { body: { tag: 'b' } }
  const parsed = t.capture(JSON, 'parse', JSON.parse)
  for (const counting of [countRequests(journal, match), searchRequests(journal, [match, match])]) {
    let parts = 0
    const readPart = () => {
      parts++
      return counting.readPart?.() ?? false
    }
    await createReadInParts(changes)({ ...counting, readPart }, undefined)
    t.ok(parts > 3, `${parts} parts`)
    parsed()
    const next = journal.inOrderOfArrival().length + 1
    counting.count()
    journal.record(recorded(next, 'b'))
    t.equal(counting.count(), next - 2_000)
    const bodies = parsed().length
    t.ok(bodies <= next - 2_000, `${bodies} bodies were parsed`)
  }
})

t.test('verifications by content and order never miss a request that arrives at the same time', async t => {
  const emulator = await start(t, { journalSize: 10_000 })
  const { verify } = control(emulator)
  for (let round = 0; round < 20; round++) {
    const step = (n: number) => ({ match: { query: { round: `${round}`, n: `${n}` } } })
    const counted = verify({ match: { query: { round: `${round}` } }, count: 3, timeoutMs: 20_000 })
    const ordered = verify({ sequence: [step(0), step(1), step(2)], timeoutMs: 20_000 })
    for (const n of [0, 1, 2]) await emulator.ask('GET', `/race?round=${round}&n=${n}`)
    t.match([await counted, await ordered], [{ status: 200 }, { status: 200, body: { count: 3 } }])
  }
})

t.test('the client verifies content and order, and prints requests that were not found', async t => {
  const { url, ask } = await start(t)
  const emulator = await connectEmulator(url)
  t.teardown(() => emulator.close())
  await ask('GET', `${EVENTS}?count=5`)
  await ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
  t.match(await emulator.requests.verify({ match: { body: { url: NEW_EVENT.url } } }), { count: 1 })
  t.match(
    await emulator.requests.verify({
      sequence: [{ match: { query: { count: '5' } } }, { match: { headers: { 'content-type': { contains: 'json' } } } }]
    }),
    { verified: true, count: 2 }
  )
  const missing = await emulator.requests
    .verify({
      match: { query: { count: '6' }, headers: { Accept: { absent: true } }, body: { '$.a': '' } },
      timeoutMs: 0
    })
    .catch(error => error)
  t.type(missing, NotVerified)
  t.match(
    missing.message,
    /^Expected at least 1 request with query count 6, header Accept absent, body \$\.a empty; found none\./
  )
  const error = await emulator.requests
    .verify({
      sequence: [{ match: { operation: 'create' } }, { match: { operation: 'list' } }, { match: {} }],
      timeoutMs: 0
    })
    .catch(error => error)
  t.ok(
    error.message.startsWith(`Expected 3 requests in this order; found only the first 1.
  found   sequence[0]: operation create
  missing sequence[1]: operation list
  and 1 after it
The nearest:
  request`),
    error.message
  )
  t.match(error.message, /came before request \d+, which is sequence\[0\]/)
  const any = await emulator.requests
    .verify({ sequence: Array(3).fill({ match: {} }), timeoutMs: 0 })
    .catch(error => error)
  t.match(any.message, /missing sequence\[2\]: any request/)
})
