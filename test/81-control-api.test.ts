import t from 'tap'
import { type Client, createClientOver } from '../src/client/client.js'
import type { Transport } from '../src/client/transport.js'
import { CONTROL_OPENAPI_PATH, DOCS_PATH, OPENAPI_PATH } from '../src/http/control/documentation.js'
import { type ControlOperation, TAGS } from '../src/schema/control-api/operation.js'
import { CONTROL_API } from '../src/schema/control-api.js'
import { start } from './support/emulator.js'

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
  const expected = TABLE.map(([, { method, path }]) => `${method} /_emulator${path.replace(/\{(\w+)\}/g, ':$1')}`)
  t.strictSame(
    readRoutes(app.printRoutes({ commonPrefix: false })).filter(route => route.includes(' /_emulator')),
    [...expected, ...documents].sort()
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
    const request = decodeURIComponent(requests[0] ?? '')
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
  'sessions.open': client => client.sessions.open({ user: '12' }),
  'settings.get': client => client.settings.get(),
  'settings.change': client => client.settings.change({}),
  'snapshots.list': client => client.snapshots.list(),
  'snapshots.take': client => client.snapshots.take('{name}'),
  'snapshots.restore': client => client.snapshots.restore('{name}'),
  'snapshots.remove': client => client.snapshots.remove('{name}'),
  'sandboxes.create': client => client.sandboxes.create(),
  'sandboxes.list': client => client.sandboxes.list(),
  'sandboxes.end': client => client.sandboxes.end('{name}'),
  'calls.place': client => client.calls.place({ from: '0003*211', to: '0003*210' }),
  'calls.get': client => client.calls.get('{callId}'),
  'calls.list': client => client.calls.list(),
  'calls.answer': client => client.calls.answer('{callId}'),
  'calls.hangup': client => client.calls.hangup('{callId}'),
  'deliveries.list': client => client.deliveries.list(),
  'deliveries.get': client => client.deliveries.get('{id}'),
  'deliveries.replay': client => client.deliveries.replay('{id}'),
  'deliveries.verify': client => client.deliveries.verify({ match: {} }),
  'requests.list': client => client.requests.list(),
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
