import t, { type Test } from 'tap'
import { type Client, createClient, createClientOver } from '../src/client/client.js'
import type { Transport } from '../src/client/transport.js'
import { CONTROL_OPENAPI_PATH, DOCS_PATH, OPENAPI_PATH } from '../src/http/control/documentation.js'
import { type ControlOperation, TAGS } from '../src/schema/control-api/operation.js'
import { CONTROL_API } from '../src/schema/control-api.js'
import type { Extension } from '../src/schema/directory.js'
import { createPhoneLookup } from '../src/service/phones.js'
import { openDatabase } from '../src/store/database.js'
import { createStore } from '../src/store/store.js'
import { EVENTS, NEW_EVENT, NOW_PRINTED, PAGE_EVENT, readFixture, start } from './support/emulator.js'

const TABLE = Object.entries<ControlOperation>(CONTROL_API)

/** An operation as the request that it is: `POST /calls/{callId}/answer`. */
const line = ({ method, path }: Pick<ControlOperation, 'method' | 'path'>) => `${method} ${path}`

t.test('the table', async t => {
  t.equal(new Set(TABLE.map(([, operation]) => line(operation))).size, TABLE.length, 'has each method and path once')
  for (const [name, { path, method, summary, params, body, tag }] of TABLE) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    t.strictSame(Object.keys(params?.properties ?? {}), inPath, `${name} describes the parameters of its path`)
    t.equal(body !== undefined, method !== 'GET' && method !== 'DELETE', `${name} has a body if its method has one`)
    t.match(summary, /^(?!.*\.$)[A-Z][a-z]+ /, `${name} has a summary that begins with a verb`)
    t.ok(tag in TAGS, `${name} has a tag that is declared`)
  }
})

t.test('the server has a route for each operation, and no other', async t => {
  const { app } = await start(t)
  // The tree is printed without the slash before a wildcard.
  const documents = [OPENAPI_PATH, CONTROL_OPENAPI_PATH, DOCS_PATH, `${DOCS_PATH}*`].map(path => `GET ${path}`)
  // Supervisors and browsers send it; it is GET without a body.
  const heads = [
    ...documents.map(line => line.replace('GET', 'HEAD')),
    'HEAD /_emulator/health',
    'HEAD /_emulator/metrics'
  ]
  const filesOfThePage = ['GET', 'HEAD'].map(method => `${method} /_emulator/page/:file`)
  const catchAddresses = ['GET', 'POST'].flatMap(method => [
    `${method} /_emulator/catch/:name`,
    `${method} /_emulator/catch/:name*`
  ])
  const expected = TABLE.map(([, { method, path }]) => `${method} /_emulator${path.replace(/\{(\w+)\}/g, ':$1')}`)
  t.strictSame(
    readRoutes(app.printRoutes({ commonPrefix: false })).filter(route => route.includes(' /_emulator')),
    [...expected, ...documents, ...heads, ...filesOfThePage, ...catchAddresses].sort()
  )
})

t.test('the client has a method for each operation, and each method sends one of them', async t => {
  const { client, sent } = recordingClient()
  const methods = methodsOf(client)
  t.strictSame(Object.keys(methods).sort(), [...Object.keys(CALLS), 'close'].sort(), 'each is called here')
  const found = new Set<string>()
  for (const [name, call] of Object.entries(CALLS)) {
    await call(client)
    const requests = sent.splice(0)
    t.equal(requests.length, 1, `${name} sends one request`)
    const request = decodeURIComponent(requests[0] ?? '').replace('?format=har', '')
    t.ok(
      TABLE.some(([, operation]) => line(operation) === request),
      `${name} sends an operation of the table: ${request}`
    )
    found.add(request)
  }
  t.strictSame([...found].sort(), TABLE.map(([, operation]) => line(operation)).sort(), 'and all operations are sent')
})

t.test('the client refuses an empty path parameter, and encodes any other', async t => {
  const { client, sent } = recordingClient()
  for (const call of [
    () => client.calls.get(''),
    () => client.calls.hangup(''),
    () => client.deliveries.replay(''),
    () => client.requests.get(''),
    () => client.faults.remove(''),
    () => client.snapshots.restore(''),
    () => client.apps.change('', {}),
    () => client.events.remove(''),
    () => client.phones.remove(''),
    () => client.sandboxes.end('')
  ])
    await t.rejects(
      async () => void (await call()),
      { name: 'TypeError', message: /^An id is needed as \w+/ },
      String(call)
    )
  t.strictSame(sent, [])
  await client.calls.get('a/b?c')
  t.strictSame(sent, ['GET /calls/a%2Fb%3Fc'])
})

t.test('the OpenAPI document has each operation as the table describes it, and no other', async t => {
  const { ask } = await start(t)
  const { body: document } = await ask('GET', CONTROL_OPENAPI_PATH)
  const described = Object.entries<Record<string, Described>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: operation.operationId,
      line: `${method.toUpperCase()} ${path}`,
      summary: operation.summary,
      tags: operation.tags,
      statuses: Object.keys(operation.responses)
    }))
  )
  t.strictSame(
    described.map(({ statuses, ...operation }) => operation).sort(byName),
    TABLE.map(([name, { method, path, summary, tag }]) => ({
      name,
      line: `${method} /_emulator${path}`,
      summary,
      tags: [tag]
    })).sort(byName)
  )
  for (const { name, statuses } of described) {
    const { responses } = CONTROL_API[name as keyof typeof CONTROL_API]
    for (const status of Object.keys(responses)) t.ok(statuses.includes(status), `${name} answers ${status}`)
  }
  t.strictSame(
    document.tags.map(({ name }: { name: string }) => name),
    Object.keys(TAGS),
    'every tag is declared'
  )
})

t.test('the client refuses an undefined member where leaving it out would affect everything', async t => {
  const { client, sent } = recordingClient()
  const nothing: object = { accessToken: undefined, vn: undefined, extension: undefined }
  for (const call of [
    async () => void (await client.tokens.revoke(nothing)),
    async () => void (await client.sessions.revoke(nothing)),
    async () => void (await client.events.removeAll(nothing))
  ])
    await t.rejects(call, { name: 'TypeError', message: /^The value of accessToken is undefined/ }, String(call))
  t.strictSame(sent, [])
})

interface Described {
  operationId: string
  summary: string
  tags: string[]
  responses: object
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

/** A call of each method of the client. A path parameter is its own name in braces, as the table has it. */
const CALLS: Record<string, (client: Client) => unknown> = {
  health: client => client.health(),
  reset: client => client.reset('empty'),
  'fixtures.load': client => client.fixtures.load({}),
  'fixtures.export': client => client.fixtures.export(),
  directory: client => client.directory(),
  'tokens.issue': client => client.tokens.issue({ user: '12' }),
  'tokens.revoke': client => client.tokens.revoke({}),
  'sessions.open': client => client.sessions.open({ user: '12' }),
  'sessions.revoke': client => client.sessions.revoke({}),
  'apps.change': client => client.apps.change('{clientId}', {}),
  'events.list': client => client.events.list(),
  'events.create': client =>
    client.events.create({ extension: '0003*210', type: '0', method: '0', url: 'http://a.test/' }),
  'events.change': client => client.events.change('{id}', {}),
  'events.remove': client => client.events.remove('{id}'),
  'events.removeAll': client => client.events.removeAll(),
  'phones.list': client => client.phones.list(),
  'phones.get': client => client.phones.get('{number}'),
  'phones.set': client => client.phones.set('{number}', { outcome: 'busy' }),
  'phones.remove': client => client.phones.remove('{number}'),
  'phones.clear': client => client.phones.clear(),
  'settings.get': client => client.settings.get(),
  'settings.change': client => client.settings.change({}),
  'snapshots.list': client => client.snapshots.list(),
  'snapshots.take': client => client.snapshots.take('{name}'),
  'snapshots.get': client => client.snapshots.get('{name}'),
  'snapshots.restore': client => client.snapshots.restore('{name}'),
  'snapshots.remove': client => client.snapshots.remove('{name}'),
  'sandboxes.create': client => client.sandboxes.create(),
  'sandboxes.list': client => client.sandboxes.list(),
  'sandboxes.end': client => client.sandboxes.end('{name}'),
  'calls.place': client => client.calls.place({ from: '0003*211', to: '0003*210' }),
  'calls.get': client => client.calls.get('{callId}'),
  'calls.list': client => client.calls.list(),
  'calls.ended': client => client.calls.ended('{callId}'),
  'calls.ring': client => client.calls.ring('{callId}', { number: '0003*211' }),
  'calls.reject': client => client.calls.reject('{callId}', { number: '0003*211', outcome: 'busy' }),
  'calls.transfer': client => client.calls.transfer('{callId}', { from: '0003*210', to: '0003*211', kind: 'blind' }),
  'calls.complete': client => client.calls.complete('{callId}', { extension: '0003*210' }),
  'calls.answer': client => client.calls.answer('{callId}'),
  'calls.hangup': client => client.calls.hangup('{callId}'),
  'deliveries.list': client => client.deliveries.list(),
  'deliveries.export': client => client.deliveries.export(),
  'deliveries.get': client => client.deliveries.get('{id}'),
  'deliveries.replay': client => client.deliveries.replay('{id}'),
  'deliveries.verify': client => client.deliveries.verify({ match: {} }),
  'caught.list': client => client.caught.list(),
  'caught.clear': client => client.caught.clear(),
  'requests.list': client => client.requests.list(),
  'requests.export': client => client.requests.export(),
  'requests.get': client => client.requests.get('{id}'),
  'requests.clear': client => client.requests.clear(),
  'requests.verify': client => client.requests.verify({ match: {} }),
  'faults.add': client => client.faults.add({ on: { operation: 'create' }, do: { status: 503 } }),
  'faults.list': client => client.faults.list(),
  'faults.remove': client => client.faults.remove('{id}'),
  'faults.clear': client => client.faults.clear(),
  'faults.release': client => client.faults.release('{id}'),
  'clock.get': client => client.clock.get(),
  'clock.set': client => client.clock.set({ mode: 'frozen' }),
  'clock.freeze': client => client.clock.freeze(),
  'clock.run': client => client.clock.run(),
  'clock.advance': client => client.clock.advance('1s'),
  idle: client => client.idle(),
  stream: async client =>
    client
      .stream()
      .next()
      .catch(() => {}), // an answer of JSON is no stream
  metrics: client => client.metrics()
}

/** A client that keeps what it sends, and is answered with an empty object. */
function recordingClient(): { client: Client; sent: string[] } {
  const sent: string[] = []
  const transport: Transport = {
    url: 'http://recorded.test',
    async send(method, path) {
      sent.push(`${method} ${path}`)
      return { status: 200, body: {} }
    },
    async open(path) {
      sent.push(`GET ${path}`)
      return { status: 200, contentType: 'application/json', text: chunks() }
    },
    close() {}
  }
  return { client: createClientOver(transport), sent }
}

async function* chunks(): AsyncGenerator<string> {
  yield '{}'
}

/** The methods of an object and of the objects in it, by their paths: `calls.place`. */
const methodsOf = (value: object, prefix = ''): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      typeof member === 'function' ? [[prefix + name, member]] : Object.entries(methodsOf(member, `${prefix}${name}.`))
    )
  )

/** The routes of a printed tree, sorted: `GET /_emulator/calls/:callId`. */
function readRoutes(tree: string): string[] {
  const above: string[] = []
  return tree
    .split('\n')
    .flatMap(text => {
      const [, indent = '', segment = '', methods] =
        /^((?:│ {3}| {4})*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(text) ?? []
      const depth = indent.length / 4
      above.splice(depth, above.length, segment)
      return methods?.split(', ').map(method => `${method} ${above.join('')}`) ?? []
    })
    .sort()
}

/** Requests to the phone call events of the control API. */
async function startWithEvents(t: Test, options: Parameters<typeof start>[1] = {}) {
  const running = await start(t, options)
  const ask = (method: string, rest = '', body?: unknown) =>
    running.ask(method, `/_emulator/events${rest}`, { as: null, body })
  const idsOf = async (query = ''): Promise<string[]> =>
    (await ask('GET', query)).body.events.map(({ id }: { id: string }) => id)
  return { ...running, events: ask, idsOf }
}

const AN_EVENT = { extension: '0003*211', type: '1', ...NEW_EVENT }

t.test(
  'a misspelt name is refused with the nearest one, and a wrong part of a value once, at its own path',
  async t => {
    const { ask } = await start(t)
    const verify = '/_emulator/requests/verify'
    const nearest = (name: string) => `is not a member that this call has here; the nearest is ${name}`
    for (const [method, path, body, problem] of [
      ['GET', '/_emulator/requests?limt=1', undefined, ['?limt', nearest('limit')]],
      ['POST', verify, { mach: {} }, ['$.mach', nearest('match')]],
      ['POST', verify, { match: { operations: 'list' } }, ['$.match.operations', nearest('operation')]],
      [
        'POST',
        verify,
        { match: { headers: { a: { startswith: 'b' } } } },
        ['$.match.headers.a.startswith', nearest('startsWith')]
      ],
      [
        'POST',
        verify,
        { match: { headers: { a: { contains: 5 } } } },
        ['$.match.headers.a.contains', 'must be string; got 5']
      ],
      ['POST', verify, { match: {}, count: { mni: 1 } }, ['$.count.mni', nearest('min')]],
      ['POST', verify, { match: { canary: 1 } }, ['$.match.canary', 'is not a member that this call has here']],
      ['POST', '/_emulator/calls', { from: '0003*210', to: ['0003*211', 5] }, ['$.to[1]', 'must be string; got 5']],
      [
        'POST',
        '/_emulator/faults',
        { on: { operation: 'list' }, do: { drop: 'half' } },
        ['$.do.drop', 'must be one of "reset", "empty", "truncate", "garbage" or must be true; got "half"']
      ]
    ] as const) {
      const answer = await ask(method, path, { body })
      t.strictSame([answer.status, answer.body.error.details], [400, [{ path: problem[0], message: problem[1] }]])
    }
  }
)

t.test('an event of the control API is one of the vendor, with the defaults of a fixture', async t => {
  const { events, ask } = await startWithEvents(t)
  const created = await events('POST', '', AN_EVENT)
  const id = created.body.id
  t.match(id, /^[A-Za-z0-9]{30}$/)
  t.equal(created.status, 201)
  t.strictSame(created.body, { ...AN_EVENT, id, status: '1', note: '', modified: NOW_PRINTED })
  const path = `/uapi/extensions/@owner/0003*211/phoneCallEvents/1/${id}`
  const listed = await ask('GET', path, { as: 'administrator' })
  t.match(listed.body[0].entry[0], { ...NEW_EVENT, id, type: '1', status: '1', note: '', modified: NOW_PRINTED })

  const whole = { ...AN_EVENT, id: 'mine', status: '0', note: 'ü 😀', modified: '2012-07-10T18:16:12+03:00' }
  t.strictSame((await events('POST', '', whole)).body, whole, 'every member of a fixture')
  const { body: fixture } = await ask('GET', '/_emulator/fixtures', { as: null })
  t.strictSame(
    fixture.phoneCallEvents.find((event: { id: string }) => event.id === 'mine'),
    whole
  )
})

t.test('an event that the control API created fires, and stops when it is disabled', async t => {
  const { events, ask } = await startWithEvents(t, { send: async () => ({ kind: 'interrupted', ms: 0 }) })
  const { body } = await events('POST', '', { ...AN_EVENT, type: '0', url: 'http://127.0.0.1:9/hook' })
  const deliveries = async () => {
    await ask('POST', '/_emulator/calls', { body: { from: '+40700000001', to: '0003*211' } })
    return (await ask('GET', `/_emulator/deliveries?eventId=${body.id}`)).body.total
  }
  t.equal(await deliveries(), 1)
  await events('PATCH', `/${body.id}`, { status: '0' })
  t.equal(await deliveries(), 1)
})

t.test('events of the control API are in no journal, and no verification of requests counts them', async t => {
  const { events, ask } = await startWithEvents(t)
  const { body } = await events('POST', '', AN_EVENT)
  await events('PATCH', `/${body.id}`, { note: 'x' })
  await events('GET')
  await events('DELETE', `/${body.id}`)
  t.match((await ask('GET', '/_emulator/requests')).body, { requests: [], total: 0 })
  const verified = await ask('POST', '/_emulator/requests/verify', { body: { match: {}, count: 0 } })
  t.match(verified, { status: 200, body: { verified: true, count: 0 } })
})

t.test('events are listed in the order in which they were added, filtered and from an id on', async t => {
  const { events, idsOf, ask } = await startWithEvents(t)
  for (const [id, members] of [
    ['z', { url: 'http://z.test/' }],
    ['a', { url: 'http://a.test/', type: '0', status: '0' }],
    ['m', { extension: '0004*210', method: '1' }],
    ['b', { extension: '0003*300' }]
  ] as const) {
    t.equal((await events('POST', '', { ...AN_EVENT, ...members, id })).status, 201)
  }
  await events('PATCH', '/z', { note: 'changed' })
  for (const [query, expected] of [
    ['', [PAGE_EVENT, 'z', 'a', 'm', 'b']],
    ['?extension=0003*211', ['z', 'a']],
    ['?extension=0003%2A211&type=0', ['a']],
    ['?type=1', ['z', 'm', 'b']],
    ['?status=0', ['a']],
    ['?method=1', ['m']],
    ['?after=a', ['m', 'b']],
    ['?after=b', []],
    ['?limit=2', ['m', 'b']],
    ['?limit=0', []],
    ['?after=z&limit=1&type=1', ['b']],
    ['?extension=0009*999', []]
  ] as const) {
    t.strictSame(await idsOf(query), expected, query)
  }
  t.match((await events('GET', '?type=1&limit=1')).body, { events: { length: 1 }, total: 3 }, 'total is before limit')
  await ask('PUT', '/_emulator/snapshots/listed', { body: {} })
  await events('DELETE')
  await ask('POST', '/_emulator/snapshots/listed/restore', { body: {} })
  t.strictSame(await idsOf(), [PAGE_EVENT, 'z', 'a', 'm', 'b'], 'a snapshot keeps the order')
})

t.test('a change of an event replaces the members that it has, and stamps modified', async t => {
  const { events, setTime } = await startWithEvents(t)
  const { body: page } = await events('GET')
  const [before] = page.events
  for (const change of [
    { note: 'a' },
    { url: 'https://b.test/', method: '1' },
    { status: '0' },
    {},
    { method: '0', url: 'http://c.test/', status: '1', note: '' }
  ]) {
    setTime(new Date(`2026-04-0${Object.keys(change).length + 1}T00:00:00Z`))
    const modified = `2026-04-0${Object.keys(change).length + 1}T00:00:00+00:00`
    const { status, body } = await events('PATCH', `/${PAGE_EVENT}`, change)
    Object.assign(before, change, { modified })
    t.strictSame([status, body], [200, before], JSON.stringify(change))
    t.strictSame((await events('GET')).body.events, [before])
  }
})

t.test('events are removed by id, by extension, by type, or all', async t => {
  const { phoneCallEvents: page = [], ...rest } = readFixture('default')
  const more = ['0', '1', '1'].flatMap((type, nth) =>
    ['0003*211', '0003*300'].map(extension => ({ ...AN_EVENT, extension, type, id: `${extension.slice(5)}x${nth}` }))
  )
  const fixture = { ...rest, phoneCallEvents: [...page, ...more] }
  for (const [query, removed, left] of [
    ['?extension=0003*211', 3, 4],
    ['?type=1', 4, 3],
    ['?extension=0003*300&type=1', 2, 5],
    ['?extension=0009*999', 0, 7],
    ['', 7, 0]
  ] as const) {
    const { events, ask } = await startWithEvents(t, { fixture, settings: { emptyCollection: 200 } })
    const countOf = async () =>
      (await ask('GET', '/uapi/extensions/@owner/0003*211/phoneCallEvents?count=1', { as: 'administrator' })).body[0]
        .totalResults
    t.equal(await countOf(), 3)
    t.match(await events('DELETE', query), { status: 200, body: { removed } }, query)
    t.equal((await events('GET')).body.total, left)
    t.equal(await countOf(), (await events('GET', '?extension=0003*211')).body.total, "the vendor's total follows")
  }
  const { events, idsOf, ask } = await startWithEvents(t)
  t.match(await events('DELETE', `/${PAGE_EVENT}`), { status: 204, text: '' })
  t.strictSame(await idsOf(), [])
  t.equal((await ask('GET', EVENTS)).status, 204)
})

t.test('a wrong request for events is refused with its path, and changes nothing', async t => {
  const { events, idsOf } = await startWithEvents(t)
  const { body: before } = await events('GET')
  for (const [method, rest, body, status, path, reason] of [
    ['POST', '', { ...AN_EVENT, extension: '0003*999' }, 400, '$.extension', 'extension_unknown'],
    ['POST', '', { ...AN_EVENT, extension: '0003*900' }, 400, '$.extension', 'extension_kind'],
    ['POST', '', { ...AN_EVENT, extension: '211' }, 400, '$.extension', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, url: 'http://[::x]/' }, 400, '$.url', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, url: '/hook' }, 400, '$.url', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, type: 1 }, 400, '$.type', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, type: '9' }, 400, '$.type', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, method: 'GET' }, 400, '$.method', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, status: null }, 400, '$.status', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, note: 'a\0b' }, 400, '$.note', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, id: 'a-b' }, 400, '$.id', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, modified: '2026-02-30T00:00:00+00:00' }, 400, '$.modified', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, user: '13' }, 400, '$.user', 'member_unknown'],
    ['POST', '', NEW_EVENT, 400, '$.extension', 'value_missing'],
    ['POST', '', [], 400, '$', 'value_malformed'],
    ['POST', '', { ...AN_EVENT, id: PAGE_EVENT }, 409, undefined, 'event_exists'],
    ['PATCH', `/${PAGE_EVENT}`, { type: '1' }, 400, '$.type', 'member_unknown'],
    ['PATCH', `/${PAGE_EVENT}`, { modified: '2026-01-01T00:00:00+00:00' }, 400, '$.modified', 'member_unknown'],
    ['PATCH', `/${PAGE_EVENT}`, { url: 'http://a.test:99999/' }, 400, '$.url', 'value_malformed'],
    ['PATCH', `/${PAGE_EVENT}`, { method: 1 }, 400, '$.method', 'value_malformed'],
    ['PATCH', `/${PAGE_EVENT}`, null, 400, '$', 'value_malformed'],
    ['PATCH', '/unknown', { note: '' }, 404, undefined, 'event_unknown'],
    ['PATCH', '/a%2Fb', {}, 404, undefined, 'event_unknown'],
    ['DELETE', '/unknown', undefined, 404, undefined, 'event_unknown'],
    ['DELETE', '?id=x', undefined, 400, '?id', 'query_unknown'],
    ['DELETE', '?type=9', undefined, 400, '?type', 'value_malformed'],
    ['DELETE', '?extension=', undefined, 400, '?extension', 'value_malformed'],
    ['DELETE', '?type=0&type=0', undefined, 400, '?type', 'value_malformed'],
    ['GET', '?limit=-1', undefined, 400, '?limit', 'value_malformed'],
    ['GET', '?after=unknown', undefined, 400, '?after', 'value_malformed'],
    ['GET', '?url=x', undefined, 400, '?url', 'query_unknown']
  ] as const) {
    const answer = await events(method, rest, body)
    const found = { ...answer, path: answer.body.error.details?.[0]?.path }
    t.match(found, { status, path, reason }, `${method} ${rest} ${JSON.stringify(body)}`)
  }
  t.strictSame((await events('GET')).body, before)
  t.strictSame(await idsOf(), [PAGE_EVENT])
  const masked = await events('POST', '', { ...AN_EVENT, url: 'ftp://me:hidden@a.test/' })
  t.notMatch(masked.text, /hidden/, 'credentials in a url are not repeated')
})

/** The phone of a number that was never set. */
const UNSET = { outcome: 'answered', ringMs: 500, talkMs: 30_000 }

/** Requests to the phones of the control API. */
async function startWithPhones(t: Test, options: Parameters<typeof start>[1] = {}) {
  const running = await start(t, options)
  const ask = (method: string, rest = '', body?: unknown) =>
    running.ask(method, `/_emulator/phones${rest}`, { as: null, body })
  const numbersOf = async (query = ''): Promise<string[]> =>
    (await ask('GET', query)).body.phones.map(({ number }: { number: string }) => number)
  return { ...running, phones: ask, numbersOf }
}

t.test('a phone is set, replaced and removed, and has the defaults before and after', async t => {
  const { phones } = await startWithPhones(t)
  const number = '0003*211'
  t.match(await phones('GET', `/${number}`), { status: 200, body: { number, ...UNSET } })
  for (const [setting, expected] of [
    [
      { outcome: 'busy', ringMs: 2000, talkMs: 60_000 },
      { outcome: 'busy', ringMs: 2000, talkMs: 60_000 }
    ],
    [{ outcome: 'noAnswer' }, { ...UNSET, outcome: 'noAnswer' }],
    [
      { ringMs: 0, number },
      { ...UNSET, ringMs: 0 }
    ],
    [{ talkMs: 86_400_000 }, { ...UNSET, talkMs: 86_400_000 }],
    [{}, UNSET],
    [undefined, UNSET]
  ] as const) {
    const { status, body } = await phones('PUT', `/${number}`, setting)
    t.strictSame([status, body], [200, { number, ...expected }], JSON.stringify(setting))
    t.strictSame((await phones('GET', `/${number}`)).body, body)
    t.strictSame(
      (await phones('GET')).body,
      { phones: [body], total: 1 },
      'also one that equals the defaults is listed'
    )
  }
  t.match(await phones('DELETE', `/${number}`), { status: 204, text: '' })
  t.match(await phones('DELETE', `/${number}`), { status: 404, reason: 'phone_unknown' })
  t.strictSame((await phones('GET')).body, { phones: [], total: 0 })
  t.strictSame((await phones('GET', `/${number}`)).body, { number, ...UNSET })
})

t.test(
  'the number of a phone is in the path, raw or percent-encoded, and every form of number is accepted',
  async t => {
    const { phones, numbersOf, url } = await startWithPhones(t)
    const client = createClient({ url })
    t.teardown(client.close)
    const numbers = ['0003*210', '+40722000111', '*72', '#31#', '210', '7', '12345'.padEnd(33, '0')]
    for (const number of numbers) {
      const path = `/${encodeURIComponent(number)}`
      t.match(await phones('PUT', path, { ringMs: 1 }), { status: 200, body: { number } }, path)
      t.match(await phones('GET', path.replaceAll('*', '%2A')), { body: { number, ringMs: 1 } })
      t.match(await client.phones.get(number), { number, ringMs: 1 })
      t.match(await client.phones.set(number, { ringMs: 2, outcome: undefined }), { number, ...UNSET, ringMs: 2 })
      t.match(await client.phones.list({ after: number }), { phones: [], total: 0 })
    }
    t.match(await phones('GET', '/+40722000111'), { body: { ringMs: 2 } }, 'a plus is a plus')
    t.strictSame(await numbersOf(), numbers)
    for (const number of numbers) t.equal(await client.phones.remove(number), undefined)
    t.strictSame(await client.phones.list(), { phones: [], total: 0 })
  }
)

t.test('phones are listed in the order in which their numbers were first set, and removed together', async t => {
  const { phones, numbersOf, ask } = await startWithPhones(t)
  for (const number of ['9', '1', '0003*210', '5']) await phones('PUT', `/${number}`)
  await phones('PUT', '/1', { outcome: 'busy' })
  for (const [query, expected] of [
    ['', ['9', '1', '0003*210', '5']],
    ['?limit=2', ['0003*210', '5']],
    ['?limit=0', []],
    ['?after=1', ['0003*210', '5']],
    ['?after=9&limit=1', ['5']],
    ['?after=5', []]
  ] as const) {
    t.strictSame(await numbersOf(query), expected, query)
  }
  t.match((await phones('GET', '?limit=1')).body, { total: 4 }, 'total is before limit')
  await ask('PUT', '/_emulator/snapshots/listed', { body: {} })
  t.match(await phones('DELETE'), { status: 200, body: { cleared: 4 } })
  t.match(await phones('DELETE'), { status: 200, body: { cleared: 0 } })
  await phones('PUT', '/2')
  await ask('POST', '/_emulator/snapshots/listed/restore', { body: {} })
  t.strictSame(await numbersOf(), ['9', '1', '0003*210', '5'], 'a snapshot keeps the order')
  t.match((await phones('GET', '/1')).body, { outcome: 'busy' })
  await ask('POST', '/_emulator/reset', { body: {} })
  t.strictSame(await numbersOf(), [], 'a reset clears them')
})

t.test('the phones of sandboxes are their own', async t => {
  const { phones, ask } = await startWithPhones(t)
  await ask('POST', '/_emulator/sandboxes', {
    body: { name: 'mine', fixture: { phones: [{ number: '7', ringMs: 7 }] } }
  })
  await phones('PUT', '/8')
  t.match((await ask('GET', '/sandboxes/mine/_emulator/phones')).body, {
    phones: [{ number: '7', ringMs: 7 }],
    total: 1
  })
  t.match((await phones('GET')).body, { phones: [{ number: '8' }], total: 1 })
})

t.test('a wrong request for phones is refused with its path, and changes nothing', async t => {
  const { phones } = await startWithPhones(t)
  await phones('PUT', '/0003*210', { outcome: 'busy' })
  const { body: before } = await phones('GET')
  for (const [method, rest, body, status, path, reason] of [
    ...(['GET', 'PUT', 'DELETE'] as const).flatMap(
      method =>
        [
          [method, '/0003*999', undefined, 400, '{number}', 'extension_unknown'],
          [method, '/12345678901234567*1', undefined, 400, '{number}', 'extension_unknown'],
          [method, '/desk', undefined, 400, '{number}', 'value_malformed'],
          [method, '/1%202', undefined, 400, '{number}', 'value_malformed'],
          [method, '/1%0A', undefined, 400, '{number}', 'value_malformed'],
          [method, '/%D9%A1', undefined, 400, '{number}', 'value_malformed'],
          [method, `/${'1'.repeat(34)}`, undefined, 400, '{number}', 'value_malformed'],
          [method, '/%zz', undefined, 400, undefined, 'encoding_malformed'],
          [method, '/1?number=1', undefined, 400, '?number', 'query_unknown']
        ] as const
    ),
    ['PUT', '', {}, 404, undefined, 'route_unknown'],
    ['PUT', '/0003*210', { number: '0003*211' }, 400, '$.number', 'value_malformed'],
    ['PUT', '/0003*210', { outcome: 'BUSY' }, 400, '$.outcome', 'value_malformed'],
    ['PUT', '/0003*210', { ringMs: -1 }, 400, '$.ringMs', 'value_malformed'],
    ['PUT', '/0003*210', { ringMs: 1.5 }, 400, '$.ringMs', 'value_malformed'],
    ['PUT', '/0003*210', { ringMs: '2s' }, 400, '$.ringMs', 'value_malformed'],
    ['PUT', '/0003*210', { talkMs: 86_400_001 }, 400, '$.talkMs', 'value_malformed'],
    ['PUT', '/0003*210', { talkMs: null }, 400, '$.talkMs', 'value_malformed'],
    ['PUT', '/0003*210', { ring: 1 }, 400, '$.ring', 'member_unknown'],
    ['PUT', '/0003*210', [], 400, '$', 'value_malformed'],
    ['PUT', '/0003*210', null, 400, '$', 'value_malformed'],
    ['DELETE', '/0003*211', undefined, 404, undefined, 'phone_unknown'],
    ['DELETE', '/210', undefined, 404, undefined, 'phone_unknown'],
    ['DELETE', '?outcome=busy', undefined, 400, '?outcome', 'query_unknown'],
    ['GET', '?limit=-1', undefined, 400, '?limit', 'value_malformed'],
    ['GET', '?after=210', undefined, 400, '?after', 'value_malformed'],
    ['GET', '?after=desk', undefined, 400, '?after', 'value_malformed']
  ] as const) {
    const answer = await phones(method, rest, body)
    const found = { ...answer, path: answer.body.error?.details?.[0]?.path }
    t.match(found, { status, path, reason }, `${method} ${rest} ${JSON.stringify(body)}`)
  }
  t.strictSame((await phones('GET')).body, before)
})

t.test('a party behaves as the phone of the number that was dialled, else as that of its extension', async t => {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const { sql } = database
  let queries = 0
  const prepare: typeof sql.prepare = text => {
    const statement = sql.prepare(text)
    const counted = (...values: unknown[]) => {
      if (text.includes('FROM phones')) queries++
      return statement.get(...values)
    }
    return Object.assign(Object.create(statement), { get: counted })
  }
  const store = createStore({ ...database, sql: { ...sql, prepare } })
  const phoneOf = createPhoneLookup(store)
  const extension: Extension = { number: '0003*210', owner: '12', kind: 'phoneTerminal', publicNumber: '+40312345210' }
  const ringMs = (written: string, kind: 'extension' | 'outside' = 'extension') =>
    phoneOf(kind === 'outside' ? { kind, written } : { kind, written, extension }).ringMs
  for (let nth = 0; nth < 100; nth++) t.equal(ringMs('0003*210'), 500)
  t.equal(ringMs('', 'outside'), 500, 'a caller without a number')
  t.equal(queries, 1, 'while no phone is set, nothing is looked up')

  const save = (number: string, ringMs: number) =>
    store.write(() => store.phones.save({ number, outcome: 'busy', ringMs, talkMs: 0 }))
  save('0003*210', 1)
  t.strictSame(
    ['0003*210', '+40312345210', '210'].map(number => ringMs(number)),
    [1, 1, 1]
  )
  t.equal(ringMs('0003*210', 'outside'), 1)
  t.equal(ringMs('+40312345210', 'outside'), 500)
  save('+40312345210', 2)
  t.strictSame(
    ['0003*210', '+40312345210', '210'].map(number => ringMs(number)),
    [1, 2, 1]
  )
  save('0003*210', 3)
  t.equal(ringMs('210'), 3, 'a phone that was replaced is not remembered')
  store.write(() => store.phones.remove('0003*210'))
  t.strictSame(
    ['0003*210', '+40312345210'].map(number => ringMs(number)),
    [500, 2]
  )
  store.write(() => store.phones.clear())
  t.equal(ringMs('+40312345210'), 500)
})

t.test('the state of a snapshot is a fixture, as the export gave it then, and nothing of now changes', async t => {
  const running = await start(t)
  const { ask } = running
  const fixtureOf = async (path: string) => (await ask('GET', `/_emulator/${path}`)).body
  for (const number of ['9', '1', '0003*210', '5']) await ask('PUT', `/_emulator/phones/${number}`, { body: {} })
  await ask('PATCH', '/_emulator/settings', { body: { emptyCollection: 200, timeZone: 'Europe/Bucharest' } })
  await ask('POST', `${EVENTS}/1`, { body: { ...NEW_EVENT, note: 'quotes \' " ; and \u202e marks' } })
  await ask('POST', '/_emulator/tokens', { body: { user: '12', expiresInSeconds: 60 } })
  await ask('POST', '/_emulator/sessions', { body: { user: '12' } })
  const before = await fixtureOf('fixtures')
  await ask('PUT', '/_emulator/snapshots/before', { body: {} })
  t.strictSame(await fixtureOf('snapshots/before'), before)
  t.strictSame(Object.keys(await fixtureOf('snapshots/before')), Object.keys(before), 'in the same order')

  const callId = running.sandbox.calls.place({ from: '0003*211', to: '0003*210', manual: true }).callId
  await ask('DELETE', '/_emulator/events')
  await ask('PATCH', '/_emulator/settings', { body: { emptyCollection: 204 } })
  await ask('PATCH', '/_emulator/apps/emulator-app', { body: { disabled: true } })
  const now = await fixtureOf('fixtures')
  t.strictSame(await fixtureOf('snapshots/before'), before, 'whatever has changed since')
  t.strictSame(await fixtureOf('fixtures'), now)
  t.equal((await ask('GET', `/_emulator/calls/${callId}`)).body.state, 'ringing', 'and a call goes on')

  await ask('POST', '/_emulator/reset', { body: { fixture: 'empty' } })
  t.strictSame(await fixtureOf('snapshots/before'), before, 'after a reset, too')
  t.equal((await ask('POST', '/_emulator/reset', { body: { fixture: before } })).status, 200)
  t.strictSame(await fixtureOf('fixtures'), before, 'it loads back')
  t.match(await ask('GET', '/_emulator/snapshots/Before'), {
    status: 404,
    body: { error: { code: 'snapshot_unknown' } }
  })
  t.match(await ask('GET', '/_emulator/snapshots/before?x=1'), { status: 400 })
})
