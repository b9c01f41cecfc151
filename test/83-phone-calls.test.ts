import t, { type Test } from 'tap'
import type { Relation } from '../src/domain/addressing.js'
import { UAPI_ERRORS, type UapiErrorCode } from '../src/domain/errors/uapi.js'
import { ROLES, type Role, type User } from '../src/schema/directory.js'
import type { PhoneCall } from '../src/schema/phone-call.js'
import { REASONS } from '../src/schema/reasons.js'
import { EFFORT } from './support/effort.js'
import { type Answer, type AskOptions, NOW_PRINTED, PAGE_HEADERS, TOKENS } from './support/emulator.js'
import { CALLS, newCall, SIMPLE, startFrozen } from './support/phone-calls.js'
import fc from './support/random.js'
import { request, send } from './support/socket.js'

const EMPTY = { startIndex: 0, totalResults: 0, itemsPerPage: 20, filtered: true, sorted: true, entry: [] }

/** A refusal: status, code and reason; and that its message and its reason are of the catalogue. */
const refusalOf = ({ status, body, reason, headers }: Answer): unknown[] => {
  const code: UapiErrorCode = body?.error?.code
  if (code === undefined) return [status]
  const isWhole =
    Object.keys(body).join() === 'error' &&
    body.error.message.startsWith(UAPI_ERRORS[code].message) &&
    headers.get('content-type') === 'application/json; charset=utf-8' &&
    headers.has('x-emulator-request-id') &&
    reason !== null &&
    reason in REASONS
  return [status, code, reason, ...(isWhole ? [] : [body])]
}

t.test('Create answers an array with one call, List an object, Update an array and Delete an array of ids', async t => {
  const { ask } = await startFrozen(t)
  const created = await ask('POST', SIMPLE, { body: newCall() })
  t.equal(created.status, 200, 'never 201')
  t.equal(created.headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(created.body.length, 1)
  const { id } = created.body[0]
  t.match(id, /^[a-z0-9]{20}$/)
  for (const path of [CALLS, `${CALLS}/${id}`]) {
    const listed = await ask('GET', path)
    t.equal(listed.status, 200)
    t.strictSame(listed.body, { ...EMPTY, totalResults: 1, entry: created.body }, path)
  }
  const updated = await ask('PUT', `${CALLS}/${id}`, { body: { action: 'OnHold' } })
  t.equal(updated.status, 200)
  t.match(updated.body, [{ id, phoneCallView: [{ onHold: NOW_PRINTED }] }])
  t.strictSame((await ask('GET', CALLS)).body.entry, updated.body, 'and it stays')
  const deleted = await ask('DELETE', `${CALLS}/${id}`)
  t.equal(deleted.status, 200)
  t.strictSame(deleted.body, [{ id }])
})

t.test('List of a call that is over is 200 and empty, and without an id so are Update and Delete', async t => {
  for (const settings of [{}, { listEnvelope: 'array', emptyCollection: 204 }, { listEnvelope: 'object' }] as const) {
    const { ask, place } = await startFrozen(t, { settings })
    const { id } = await place()
    await ask('DELETE', CALLS)
    for (const path of [CALLS, `${CALLS}/${id}`, `${CALLS}/unknown`]) {
      const { status, body } = await ask('GET', path)
      t.strictSame([status, body], [200, EMPTY], path)
    }
    for (const [method, body] of [
      ['PUT', { action: 'OnHold' }],
      ['DELETE', undefined]
    ] as const) {
      const all = await ask(method, CALLS, { body })
      t.strictSame([all.status, all.text], [200, '[]'], method)
      for (const unknown of [id, 'unknown']) {
        const refused = refusalOf(await ask(method, `${CALLS}/${unknown}`, { body }))
        t.strictSame(refused, [400, 'phone_call_id_invalid', 'phone_call_unknown'], `${method} ${unknown}`)
      }
    }
  }
})

t.test(
  'a call is one of the extensions in it, and of that which is charged: for another one its id is unknown',
  async t => {
    const { ask, place, sandbox, list } = await startFrozen(t)
    const QUEUE = '/uapi/phoneCalls/@me/0003*300'
    const { id } = await place()
    const { callApiId } = sandbox.calls.place({ from: '0003*211', to: '0003*212', manual: true })
    t.equal((await list(`${CALLS}/${id}`)).length, 1)
    for (const [path, other] of [
      [QUEUE, id],
      [CALLS, callApiId]
    ] as const) {
      t.strictSame(await list(`${path}/${other}`), [])
      for (const [method, body] of [
        ['PUT', { action: 'OnHold' }],
        ['DELETE', undefined]
      ] as const) {
        const refused = refusalOf(await ask(method, `${path}/${other}`, { body }))
        t.strictSame(refused, [400, 'phone_call_id_invalid', 'phone_call_unknown'], `${method} ${path}`)
      }
      t.strictSame((await ask('DELETE', QUEUE)).body, [])
    }
    t.equal((await list()).length, 1, 'it goes on')
  }
)

t.test('emptyCollection: 200 and listEnvelope: array change nothing of a list', async t => {
  for (const settings of [{ emptyCollection: 200 }, { listEnvelope: 'array' }, { listEnvelope: 'object' }] as const) {
    const { ask, place } = await startFrozen(t, { settings })
    t.strictSame((await ask('GET', CALLS)).body, EMPTY, JSON.stringify(settings))
    t.strictSame((await ask('DELETE', CALLS)).text, '[]')
    const call = await place()
    t.strictSame((await ask('GET', CALLS)).body, { ...EMPTY, totalResults: 1, entry: [call] })
  }
})

/** What may follow a path. */
const ENDS = ['', '/', '?', '/?', '?=', `?accessRequestToken=${TOKENS.user}`]

t.test('every form of a path that clients send is served, and links.self repeats its segments', async t => {
  const { port } = await startFrozen(t)
  const json = 'Content-Type: application/json'
  const bearer = `Authorization: Bearer ${TOKENS.user}`
  const exchange = async (line: string, body = '') => {
    const length = body === '' ? [] : [json, `Content-Length: ${Buffer.byteLength(body)}`]
    const { status, body: text } = await send(port, request(line, [bearer, ...length], body))
    return { status, body: JSON.parse(text) }
  }
  for (const base of ['/uapi', '/unifiedapi'])
    for (const [userId, extension, self] of [
      ['@me', '0003*210', '@me/0003*210'],
      ['%40me', '0003%2A210', '@me/0003*210'],
      ['@viewer', '210', '@viewer/210'],
      ['@owner', '0003*210', '@owner/0003*210'],
      ['12', '0003*210', '12/0003*210'],
      ['', '210', '@me/210'],
      ['@me', '@self', '@me/@self'],
      ['@me', '%40self', '@me/@self']
    ] as const)
      for (const end of extension === '0003*210' && userId === '@me' ? ENDS : ['']) {
        const root = `${base}/phoneCalls/${userId}`
        const charged = decodeURIComponent(extension)
        const created = await exchange(`POST ${root}/simple${end}`, JSON.stringify(newCall({}, { extension: charged })))
        const title = `${root}/${extension}${end}`
        t.equal(created.status, 200, `Create ${title}`)
        const [{ id, links }] = created.body
        t.equal(links.self, `http://127.0.0.1/uapi/phoneCalls/${self}/${id}`, 'with the one base path, decoded')
        const listed = await exchange(`GET ${root}/${extension}/${id}${end}`)
        t.strictSame([listed.status, listed.body.entry[0].links.self], [200, links.self], `List ${title}`)
        t.equal((await exchange(`GET ${root}/${extension}${end}`)).body.totalResults, 1)
        const updated = await exchange(`PUT ${root}/${extension}/${id}${end}`, '{"action":"OnHold"}')
        t.strictSame([updated.status, updated.body[0].links.self], [200, links.self], `Update ${title}`)
        t.equal((await exchange(`PUT ${root}/${extension}${end}`, '{"action":"OffHold"}')).body.length, 1)
        const deleted = await exchange(`DELETE ${root}/${extension}/${id}${end}`)
        t.strictSame([deleted.status, deleted.body], [200, [{ id }]], `Delete ${title}`)
      }
})

t.test('links.self begins with the public URL where there is one', async t => {
  const { place, list } = await startFrozen(t, { publicUrl: 'https://pbx.example.com/base' })
  const { id, links } = await place()
  t.equal(links.self, `https://pbx.example.com/base${CALLS}/${id}`)
  t.equal((await list('/uapi/phoneCalls/@owner/210'))[0]?.links.self.endsWith(`/@owner/210/${id}`), true)
})

t.test('GET and DELETE take any content type and any body, and ignore them', async t => {
  const { port, place, list } = await startFrozen(t)
  for (const [headers, body] of [
    [['Content-Type: application/json'], ''],
    [['Content-Type: application/json', 'Content-Length: 0'], ''],
    [['Content-Type: application/json', 'Content-Length: 8'], '{"count"'],
    [['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 7'], 'count=0'],
    [['Content-Type: nonsense', 'Content-Length: 1'], 'x'],
    [[], '']
  ] as const) {
    const { id } = await place()
    for (const method of ['GET', 'DELETE']) {
      const sent = [`Authorization: Bearer ${TOKENS.user}`, ...headers]
      const answer = await send(port, request(`${method} ${CALLS}/${id}`, sent, body))
      t.equal(answer.status, 200, `${method} ${headers}`)
      t.match(answer.body, id)
    }
    t.strictSame(await list(), [], 'it was hung up')
  }
})

t.test('callback, conferenceInvite, other methods and other paths are 501', async t => {
  const { ask } = await startFrozen(t)
  for (const [method, path, reason] of [
    ['POST', '/uapi/phoneCalls/@me/callback', 'method_unknown'],
    ['POST', '/uapi/phoneCalls/@me/callback/', 'method_unknown'],
    ['POST', '/unifiedapi/phoneCalls/@me/conferenceInvite', 'method_unknown'],
    ['POST', '/uapi/phoneCalls/@me', 'route_unknown'],
    ['POST', CALLS, 'method_unknown'],
    ['POST', `${CALLS}/id`, 'method_unknown'],
    ['PATCH', SIMPLE, 'method_unknown'],
    ['PATCH', `${CALLS}/id`, 'method_unknown'],
    ['OPTIONS', SIMPLE, 'method_unknown'],
    ['GET', '/uapi/phoneCalls/@me', 'route_unknown'],
    ['GET', `${CALLS}/id/more`, 'route_unknown'],
    ['POST', SIMPLE.replace('phoneCalls', 'phonecalls'), 'route_unknown'],
    ['POST', SIMPLE.replace('simple', 'Simple'), 'method_unknown']
  ] as const)
    for (const as of ['user', null] as const) {
      const answer = await ask(method, path, { as, ...(method === 'POST' && { body: newCall() }) })
      t.strictSame(refusalOf(answer), [501, 'request_not_implemented', reason], `${method} ${path}`)
    }
  t.equal((await ask('HEAD', CALLS)).status, 501)
  t.equal((await ask('GET', CALLS)).body.totalResults, 0)
})

t.test('a session needs its xsrf pair, for each of the four operations', async t => {
  const { ask, place } = await startFrozen(t)
  const { id } = await place()
  const { 'x-xsrf-token': xsrf, ...cookies } = PAGE_HEADERS
  const operations: [string, string, object?][] = [
    ['POST', SIMPLE, newCall()],
    ['GET', `${CALLS}/${id}`],
    ['PUT', `${CALLS}/${id}`, { action: 'Park' }],
    ['DELETE', `${CALLS}/${id}`]
  ]
  for (const [method, path, body] of operations) {
    const sent = (headers: Record<string, string>) => ask(method, path, { as: null, body, headers })
    t.strictSame(refusalOf(await sent(cookies)), [403, 'access_denied', 'xsrf_missing'], method)
    const wrong = refusalOf(await sent({ ...cookies, 'x-xsrf-token': `${xsrf}x` }))
    t.strictSame(wrong, [403, 'access_denied', 'xsrf_mismatch'], method)
    t.strictSame(refusalOf(await sent({})), [401, 'access_denied', 'credentials_missing'], method)
    const unknown = refusalOf(await sent({ authorization: 'Bearer never-issued' }))
    t.strictSame(unknown, [401, 'access_denied', 'token_unknown'], method)
    t.equal((await sent(PAGE_HEADERS)).status, 200, `${method} with the pair`)
  }
})

/** The permission matrix, written independently of the code: the users that each role may address. */
const REACHED: Record<Role, Relation[]> = {
  user: ['self'],
  organization: ['self', 'sameOrganization'],
  administrator: ['self', 'sameOrganization', 'elsewhere']
}

/** A principal, a colleague and a stranger, each with a phone. */
const threeUsers = (role: Role) => {
  const users: User[] = [
    { id: 'p', name: 'Principal', organization: 'a', role },
    { id: 'c', name: 'Colleague', organization: 'a', role: 'user' },
    { id: 's', name: 'Stranger', organization: 'b', role: 'user' }
  ]
  return {
    organizations: [
      { id: 'a', name: 'A' },
      { id: 'b', name: 'B' }
    ],
    users,
    extensions: [
      { number: '1*10', owner: 'p', kind: 'phoneTerminal' },
      { number: '1*11', owner: 'c', kind: 'phoneTerminal' },
      { number: '2*10', owner: 's', kind: 'phoneTerminal' }
    ],
    tokens: [{ accessToken: TOKENS.user, user: 'p' }]
  }
}

t.test('every cell of the permission matrix holds for all four operations', async t => {
  for (const role of ROLES) {
    const { ask, sandbox } = await startFrozen(t, { fixture: threeUsers(role) })
    for (const [relation, user, extension] of [
      ['self', 'p', '1*10'],
      ['sameOrganization', 'c', '1*11'],
      ['elsewhere', 's', '2*10']
    ] as const)
      for (const userId of [user, '@owner', '@me']) {
        const isAllowed = REACHED[role].includes(relation)
        const denied =
          userId === '@me' ? [400, 'extension_invalid', 'extension_not_owned'] : [403, 'access_denied', 'role_forbids']
        const path = `/uapi/phoneCalls/${userId}/${extension}`
        const { callApiId } = sandbox.calls.place({ from: extension, to: '+40722000111', manual: true })
        const operations: [string, string, object?][] = [
          [
            'POST',
            `/uapi/phoneCalls/${userId}/simple`,
            newCall({ source: extension, destination: '+40722' }, { extension })
          ],
          ['GET', `${path}/${callApiId}`],
          ['GET', path],
          ['PUT', `${path}/${callApiId}`, { action: 'OnHold' }],
          ['PUT', path, { action: 'OffHold' }],
          ['DELETE', `${path}/${callApiId}`],
          ['DELETE', path]
        ]
        for (const [method, target, body] of operations) {
          const answer = await ask(method, target, { body })
          t.strictSame(refusalOf(answer), isAllowed ? [200] : denied, `${role}: ${method} ${target}`)
        }
      }
  }
})

t.test(
  '@self is the only Phone Terminal of a user, and in a list of other roles every extension that they reach',
  async t => {
    const SELF = '/uapi/phoneCalls/@me/@self'
    const create: [string, string, object] = [
      'POST',
      SIMPLE,
      newCall({ source: '1*10', destination: '+40722' }, { extension: '@self' })
    ]
    const change: [string, string, object?][] = [
      ['PUT', SELF, { action: 'OnHold' }],
      ['DELETE', SELF]
    ]
    const refused = [400, 'extension_invalid', 'extension_self']

    t.test('for the role user', async t => {
      const { ask, sandbox } = await startFrozen(t, { fixture: threeUsers('user') })
      sandbox.calls.place({ from: '1*11', to: '2*10', manual: true })
      for (const [method, path, body] of [create, ['GET', SELF], ...change] as [string, string, object?][]) {
        const { status, body: answer } = await ask(method, path, { body })
        const entries = method === 'GET' ? answer.entry : answer
        t.strictSame([status, entries.length], [200, 1], `${method}: its own call only`)
        if (method !== 'DELETE') t.equal(entries[0].extension, '1*10')
      }
      t.strictSame(refusalOf(await ask('GET', '/uapi/phoneCalls/c/@self')), [403, 'access_denied', 'role_forbids'])
      t.strictSame(refusalOf(await ask('GET', '/uapi/phoneCalls/x/@self')), [400, 'user_invalid', 'user_unknown'])
    })

    t.test('for a user with no Phone Terminal, or with two', async t => {
      const { extensions, ...rest } = threeUsers('user')
      const [own, ...others] = extensions
      const queue = { number: '1*20', owner: 'p', kind: 'queue' }
      for (const [why, extension, isRefused] of [
        ['two', [own, { number: '1*12', owner: 'p', kind: 'phoneTerminal' }], true],
        ['none but a queue', [queue], true],
        ['one beside a queue', [own, queue], false]
      ] as const) {
        const { ask } = await startFrozen(t, { fixture: { ...rest, extensions: [...extension, ...others] } })
        for (const [method, path, body] of [create, ['GET', SELF], ...change] as [string, string, object?][]) {
          const sent =
            method === 'POST' ? newCall({ source: '+40711', destination: '+40722' }, { extension: '@self' }) : body
          t.strictSame(
            refusalOf(await ask(method, path, { body: sent })),
            isRefused ? refused : [200],
            `${why}: ${method}`
          )
        }
      }
    })

    t.test('for the roles organization and administrator', async t => {
      for (const [role, reached] of [
        ['organization', ['1*10', '1*11']],
        ['administrator', ['1*10', '1*11', '2*10']]
      ] as const) {
        const { ask, sandbox, list } = await startFrozen(t, { fixture: threeUsers(role) })
        for (const from of ['2*10', '1*11', '1*10']) sandbox.calls.place({ from, to: '+40722000111', manual: true })
        const extensions = (calls: PhoneCall[]) => calls.map(({ extension }) => extension)
        t.strictSame(extensions(await list(SELF)), [...reached].sort().reverse(), `${role}: in the order of placing`)
        t.strictSame(extensions(await list('/uapi/phoneCalls/c/@self')), ['1*11'], `${role}: of one user`)
        const [one] = await list(SELF)
        t.equal((await list(`${SELF}/${one?.id}`)).length, 1, 'and by id')
        for (const [method, path, body] of [create, ...change])
          t.strictSame(refusalOf(await ask(method, path, { body })), refused, `${role}: ${method}`)
      }
    })
  }
)

t.test('source and destination are a text or an array, extended, short, public or outside numbers', async t => {
  const { place, list, ask } = await startFrozen(t)
  for (const [source, destination, printed] of [
    ['0003*210', '0003*211', ['0003*210', '0003*211']],
    [['210'], ['211'], ['0003*210', '0003*211']],
    ['210', '+40312345212', ['0003*210', '0003*212']],
    ['+40722000111', '+40312345210', ['+40722000111', '0003*210']],
    ['210', '0040722000111', ['0003*210', '0040722000111']],
    ['+40722000111', '+40733000222', ['+40722000111', '+40733000222']],
    ['210', '999', ['0003*210', '999']],
    ['210', '*72', ['0003*210', '*72']],
    ['210', '0003*300', ['0003*210', '0003*300']],
    ['0004*210', '0003*400', ['0004*210', '0003*400']]
  ] as const) {
    const { phoneCallView } = await place(newCall({ source, destination }))
    t.match(phoneCallView, [{ source: [printed[0]], destination: [printed[1]] }], `${source} ${destination}`)
  }
  t.equal((await list()).length, 10)
  await ask('DELETE', CALLS)
  const { phoneCallView } = await place(
    newCall({ source: ['210', '+40722'], destination: ['211', '0003*212', '0049'] })
  )
  t.match(phoneCallView, [{ source: ['0003*210', '+40722'], destination: ['0003*211', '0003*212', '0049'] }])
})

t.test('the charged extension need not be a party; a short number is one of its organization', async t => {
  const { place, list, ask } = await startFrozen(t)
  const call = await place(newCall({ source: '211', destination: '212' }, { extension: '210' }))
  t.match(call, { extension: '0003*210', ownerId: '12', ownerName: 'Default Organization' })
  t.match(call.phoneCallView, [{ source: ['0003*211'], destination: ['0003*212'] }])
  t.equal((await list()).length, 1, 'it is a call of the extension that is charged')
  const { body } = await ask('GET', '/uapi/phoneCalls/@owner/0003*211', { as: 'organization' })
  t.equal(body.totalResults, 1, 'and of that which rings')
  t.strictSame(await list('/uapi/phoneCalls/@me/0003*300'), [], 'and of no other')
})

t.test('what a request says is kept, and GET /_emulator/calls shows it', async t => {
  const { place, call } = await startFrozen(t)
  const plain = await place()
  t.strictSame((await call(plain.id)).phoneCall, {
    extension: '0003*210',
    source: ['0003*210'],
    destination: ['0003*211'],
    waitForPickup: 25
  })
  const view = { callerId: 'John Doe <4242425>', callerDestination: '4242' }
  const query = '?waitForPickup=1&callDuration=86400&allowPublicTransfer=true&video=0'
  const full = await place(newCall(view, { nonce: 'zwölf' }), query)
  t.equal(full.nonce, 'zwölf')
  t.strictSame((await call(full.id)).phoneCall, {
    extension: '0003*210',
    source: ['0003*210'],
    destination: ['0003*211'],
    waitForPickup: 1,
    ...view,
    callDuration: 86_400,
    nonce: 'zwölf',
    allowPublicTransfer: true,
    video: false
  })
  for (const [query, flags] of [
    ['allowPublicTransfer=1&video=true', { allowPublicTransfer: true, video: true }],
    ['allowPublicTransfer=false&video=false', { allowPublicTransfer: false, video: false }],
    ['allowPublicTransfer=yes&video=', {}],
    ['video=true&video=true', {}]
  ] as const) {
    const { id } = await place(newCall(), `?${query}`)
    const { allowPublicTransfer, video } = Object((await call(id)).phoneCall)
    t.strictSame(JSON.parse(JSON.stringify({ allowPublicTransfer, video })), flags, query)
  }
})

t.test('unknown members, parameters and entries of phoneCallView are ignored, and the journal names them', async t => {
  const { ask } = await startFrozen(t)
  const body = {
    ...newCall({ foo: 1 }, { bar: {}, id: 'mine' }),
    phoneCallView: [{ source: '210', destination: '211', foo: 1 }, { source: 7 }]
  }
  const created = await ask('POST', `${SIMPLE}?waitforpickup=0&video=maybe`, { body })
  t.equal(created.status, 200)
  const { id } = created.body[0]
  t.not(id, 'mine')
  await ask('GET', `${CALLS}?Count=0&sortOrder=up`)
  await ask('PUT', `${CALLS}?count=0`, { body: { action: 'StartRecording', format: 'wav', foo: 1 } })
  await ask('DELETE', `${CALLS}/${id}?x=1&accessRequestToken=x`)
  const { body: journal } = await ask('GET', '/_emulator/requests?operation=phoneCalls.create')
  t.strictSame(journal.requests[0].ignoredFields, ['bar', 'id', 'foo', 'phoneCallView[1]', 'waitforpickup', 'video'])
  const ignored = async (operation: string) =>
    (await ask('GET', `/_emulator/requests?operation=${operation}`)).body.requests[0].ignoredFields
  t.strictSame(await ignored('phoneCalls.list'), ['Count', 'sortOrder'])
  t.strictSame(await ignored('phoneCalls.update'), ['foo', 'count'])
  t.strictSame(await ignored('phoneCalls.delete'), ['x'])
})

const view = (over: object): AskOptions => ({ body: newCall(over) })
const members = (over: object): AskOptions => ({ body: newCall({}, over) })
const many = (count: number) => Array.from({ length: count }, (_, index) => `+4072200${1000 + index}`)

/** What Create refuses: code, reason, and the requests. */
const REFUSED: [code: UapiErrorCode, reason: string, requests: [query: string, options: AskOptions][]][] = [
  ['request_invalid', 'json_malformed', [['', { body: '{"extension":' }]]],
  [
    'request_invalid',
    'json_not_an_object',
    [
      ['', { body: [newCall()] }],
      ['', { body: 'null' }],
      ['', { body: '"x"' }]
    ]
  ],
  [
    'extension_invalid',
    'extension_missing',
    [
      ['', {}],
      ['', { body: {} }],
      ['', members({ extension: '' })]
    ]
  ],
  [
    'extension_invalid',
    'extension_malformed',
    [
      ['', members({ extension: 'abc' })],
      ['', members({ extension: '２１０' })]
    ]
  ],
  [
    'extension_invalid',
    'extension_unknown',
    [
      ['', members({ extension: '0003*999' })],
      ['', members({ extension: '999' })]
    ]
  ],
  ['extension_invalid', 'extension_not_owned', [['', members({ extension: '0003*211' })]]],
  ['extension_invalid', 'extension_kind', ['300', '400', '500', '900'].map(extension => ['', members({ extension })])],
  [
    'phone_call_view_invalid',
    'value_missing',
    [
      ['', members({ phoneCallView: undefined })],
      ['', view({ source: undefined })],
      ['', view({ destination: undefined })]
    ]
  ],
  [
    'phone_call_view_invalid',
    'value_empty',
    [
      ['', members({ phoneCallView: [] })],
      ['', view({ source: [] })],
      ['', view({ destination: [] })]
    ]
  ],
  [
    'phone_call_view_invalid',
    'value_malformed',
    [
      ...[{}, 'x', 7, null, true, [null], ['x'], [[]]].map((phoneCallView): [string, AskOptions] => [
        '',
        members({ phoneCallView })
      ]),
      ...[
        '',
        ' ',
        'abc',
        '210 ',
        '+4072 2',
        '２１０',
        '1'.repeat(34),
        7,
        null,
        true,
        {},
        [7],
        [null],
        [''],
        [['210']],
        ['211', 'x']
      ].flatMap((number): [string, AskOptions][] => [
        ['', view({ source: number })],
        ['', view({ destination: number })]
      ]),
      ...[7, null, {}, [], true, 'a\0b', '\ud800', 'x'.repeat(256)].flatMap((text): [string, AskOptions][] => [
        ['', view({ callerId: text })],
        ['', view({ callerDestination: text })]
      ])
    ]
  ],
  [
    'phone_call_view_invalid',
    'value_out_of_range',
    [
      ['', view({ source: many(101) })],
      ['', view({ destination: many(101) })],
      ['', view({ source: ['210', '211'], destination: many(99) })]
    ]
  ],
  [
    'phone_call_view_invalid',
    'number_unknown',
    [
      ['', view({ source: '0003*999' })],
      ['', view({ destination: ['211', '0009*1'] })],
      ['', view({ destination: '9' })],
      ['', view({ destination: '+' })]
    ]
  ],
  [
    'phone_call_view_invalid',
    'number_repeated',
    [
      ['', view({ destination: '0003*210' })],
      ['', view({ destination: '210' })],
      ['', view({ destination: '+40312345210' })],
      ['', view({ source: ['210', '0003*210'] })],
      ['', view({ destination: ['+40722000111', '+40722000111'] })]
    ]
  ],
  ['phone_call_view_invalid', 'source_kind', ['300', '0003*400', '500', '900'].map(source => ['', view({ source })])],
  ...(['waitForPickup', 'callDuration'] as const).flatMap((name): (typeof REFUSED)[number][] => {
    const code = name === 'waitForPickup' ? 'waitforpickup_invalid' : 'callduration_invalid'
    const bad = (...values: string[]) =>
      values.map((value): [string, AskOptions] => [`?${name}=${value}`, { body: newCall() }])
    return [
      [code, 'value_empty', bad('')],
      [code, 'value_malformed', bad('x', '-1', '%2B1', '1.0', '1e2', '0x10', '%201', '1%20', '１', 'null')],
      [code, 'value_out_of_range', bad('0', '86401', '9'.repeat(400))],
      [code, 'value_repeated', bad(`5&${name}=5`)]
    ]
  }),
  ['nonce_invalid', 'value_too_long', [['', members({ nonce: 'x'.repeat(256) })]]],
  [
    'nonce_invalid',
    'value_malformed',
    [7, null, true, {}, [], 'a\0b', '\ud800'].map(nonce => ['', members({ nonce })])
  ],
  [
    'content_type_unsupported',
    'content_type_unsupported',
    [['', { body: 'extension=210', headers: { 'content-type': 'application/x-www-form-urlencoded' } }]]
  ],
  ['request_too_large', 'body_too_large', [['', members({ foo: 'x'.repeat(70_000) })]]]
]

t.test('each mistake in a Create has its code and reason, and places no call', async t => {
  const { ask } = await startFrozen(t)
  for (const [code, reason, requests] of REFUSED)
    for (const [query, options] of requests) {
      const answer = await ask('POST', SIMPLE + query, options)
      const title = `${code}: ${query} ${JSON.stringify(options.body)?.slice(0, 120)}`
      t.strictSame(refusalOf(answer), [UAPI_ERRORS[code].status, code, reason], title)
    }
  t.equal((await ask('GET', '/_emulator/calls')).body.total, 0)
})

t.test('every limit of a Create is exact', async t => {
  const { ask } = await startFrozen(t)
  const create = async (query: string, options: AskOptions) => (await ask('POST', SIMPLE + query, options)).status
  for (const name of ['waitForPickup', 'callDuration'])
    for (const [value, status] of [
      [0, 400],
      [1, 200],
      [2, 200],
      [86_399, 200],
      [86_400, 200],
      [86_401, 400]
    ] as const)
      t.equal(await create(`?${name}=${value}`, { body: newCall() }), status, `${name}=${value}`)
  for (const [length, status] of [
    [0, 200],
    [254, 200],
    [255, 200],
    [256, 400]
  ] as const) {
    for (const character of ['x', '\u{1F600}']) {
      const text = character.repeat(length)
      t.equal(await create('', members({ nonce: text })), status, `nonce of ${length} ${character}`)
      t.equal(await create('', view({ callerId: text })), status, `callerId of ${length} ${character}`)
    }
  }
  for (const [length, status] of [
    [2, 200],
    [33, 200],
    [34, 400]
  ] as const)
    t.equal(await create('', view({ destination: '1'.repeat(length) })), status, `a number of ${length}`)
  for (const [count, status] of [
    [98, 200],
    [99, 200],
    [100, 400]
  ] as const)
    t.equal(await create('', view({ destination: many(count) })), status, `a source and ${count} destinations`)
})

t.test('of several mistakes the first in the order of the contract is answered', async t => {
  const { ask, sandbox } = await startFrozen(t)
  const { callApiId: id } = sandbox.calls.place({ from: '0003*210', to: '0003*211', manual: true })
  /** Each request corrects the first mistake of the previous one. */
  const bad = { extension: 'abc', phoneCallView: 7, nonce: 7 }
  const steps: [UapiErrorCode | undefined, string, string, AskOptions][] = [
    ['request_not_implemented', 'POST', '/uapi/phoneCalls/999/simple/more', { as: null, body: '[' }],
    ['access_denied', 'POST', '/uapi/phoneCalls/999/simple?waitForPickup=0&callDuration=0', { as: null, body: '[' }],
    ['request_invalid', 'POST', '/uapi/phoneCalls/999/simple?waitForPickup=0&callDuration=0', { body: '[' }],
    ['user_invalid', 'POST', '/uapi/phoneCalls/999/simple?waitForPickup=0&callDuration=0', { body: bad }],
    ['access_denied', 'POST', '/uapi/phoneCalls/40/simple?waitForPickup=0&callDuration=0', { body: bad }],
    ['extension_invalid', 'POST', '/uapi/phoneCalls/12/simple?waitForPickup=0&callDuration=0', { body: bad }],
    [
      'phone_call_view_invalid',
      'POST',
      `${SIMPLE}?waitForPickup=0&callDuration=0`,
      { body: { ...bad, extension: '210' } }
    ],
    ['waitforpickup_invalid', 'POST', `${SIMPLE}?waitForPickup=0&callDuration=0`, members({ nonce: 7 })],
    ['callduration_invalid', 'POST', `${SIMPLE}?waitForPickup=1&callDuration=0`, members({ nonce: 7 })],
    ['nonce_invalid', 'POST', `${SIMPLE}?waitForPickup=1&callDuration=1`, members({ nonce: 7 })],
    [undefined, 'POST', `${SIMPLE}?waitForPickup=1&callDuration=1`, members({ nonce: '7' })],

    ['request_not_implemented', 'PUT', '/uapi/phoneCalls/999/abc/-/more', { as: null, body: '[' }],
    ['access_denied', 'PUT', '/uapi/phoneCalls/999/abc/-', { as: null, body: '[' }],
    ['request_invalid', 'PUT', '/uapi/phoneCalls/999/abc/-', { body: '[' }],
    ['user_invalid', 'PUT', '/uapi/phoneCalls/999/abc/-', { body: {} }],
    ['access_denied', 'PUT', '/uapi/phoneCalls/40/abc/-', { body: {} }],
    ['extension_invalid', 'PUT', '/uapi/phoneCalls/12/abc/-', { body: {} }],
    ['phone_call_id_invalid', 'PUT', `${CALLS}/-`, { body: {} }],
    ['phone_call_id_invalid', 'PUT', `${CALLS}/unknown`, { body: {} }],
    ['action_invalid', 'PUT', `${CALLS}/${id}`, { body: { phoneCallViewId: '77' } }],
    ['phone_call_view_invalid', 'PUT', `${CALLS}/${id}`, { body: { phoneCallViewId: '77', action: 'OnHold' } }],
    [undefined, 'PUT', `${CALLS}/${id}`, { body: { phoneCallViewId: '00', action: 'OnHold' } }],

    ['access_denied', 'DELETE', '/uapi/phoneCalls/999/abc/-', { as: null }],
    ['user_invalid', 'DELETE', '/uapi/phoneCalls/999/abc/-', {}],
    ['access_denied', 'DELETE', '/uapi/phoneCalls/40/abc/-', {}],
    ['extension_invalid', 'DELETE', '/uapi/phoneCalls/12/abc/-', {}],
    ['phone_call_id_invalid', 'DELETE', `${CALLS}/-`, {}],

    ['extension_invalid', 'GET', '/uapi/phoneCalls/12/abc/-?count=0', {}],
    ['phone_call_id_invalid', 'GET', `${CALLS}/-?count=0`, {}],
    ['phone_call_id_invalid', 'GET', `${CALLS}/${'a'.repeat(256)}?count=0`, {}],
    ['count_invalid', 'GET', `${CALLS}/${'a'.repeat(255)}?count=0`, {}]
  ]
  for (const [code, method, path, options] of steps) {
    const answer = await ask(method, path, options)
    t.equal(answer.body.error?.code, code, `${method} ${path} ${JSON.stringify(options)}`)
  }
})

/** Any JSON value, mostly of the kinds that Create reads. */
const anyNumber = fc.oneof(
  fc.constantFrom<unknown>('0003*210', '210', '0003*211', '+40722000111', '0003*300', '0003*999', '999', ''),
  fc.jsonValue({ maxDepth: 1 })
)
const anyNumbers = fc.oneof(anyNumber, fc.array(anyNumber, { maxLength: 4 }))
const character = fc.constantFrom('a', 'ä', '😀', '\0', '\ud800', '"', '\\', '<', '>', ' ', '\n')
const anyText = fc.oneof(fc.string({ unit: character, maxLength: 300 }), fc.jsonValue({ maxDepth: 1 }))
const anyView = fc.oneof(
  fc.record(
    { source: anyNumbers, destination: anyNumbers, callerId: anyText, callerDestination: anyText },
    { requiredKeys: ['source', 'destination'] }
  ),
  fc.jsonValue({ maxDepth: 1 })
)
const anyBody = fc.record(
  {
    extension: fc.oneof(
      fc.constantFrom<unknown>('0003*210', '210', '@self', '0003*211'),
      fc.jsonValue({ maxDepth: 1 })
    ),
    phoneCallView: fc.oneof(fc.array(anyView, { maxLength: 2 }), fc.jsonValue({ maxDepth: 1 })),
    nonce: anyText,
    action: fc.oneof(fc.constantFrom<unknown>('Transfer', 'OnHold', 'PickUp', 'constructor'), anyText),
    sendCallTo: anyNumber,
    transferFromNumber: anyNumber,
    transferNumber: anyNumber,
    phoneCallViewId: fc.oneof(fc.constantFrom<unknown>('00', '01', '99'), anyText)
  },
  { requiredKeys: [] }
)
const anyParameter = fc.tuple(
  fc.constantFrom(
    'waitForPickup',
    'callDuration',
    'video',
    'count',
    'startIndex',
    'fields',
    'filterBy',
    'filterOp',
    'x'
  ),
  fc.oneof(fc.constantFrom('1', '25', '86400', 'true', 'id', 'contains'), fc.string({ maxLength: 20 }))
)
const anyQuery = fc.array(anyParameter, { maxLength: 4 }).map(pairs => `?${new URLSearchParams(pairs)}`)

t.test('any body and query is answered or refused in the envelope, and a refused one places no call', async t => {
  const { ask, sandbox } = await startFrozen(t)
  const total = () => sandbox.calls.list({}).total
  const { id } = (await ask('POST', SIMPLE, { body: newCall() })).body[0]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        ['POST', SIMPLE],
        ['PUT', CALLS],
        ['PUT', `${CALLS}/${id}`],
        ['GET', CALLS],
        ['GET', `${CALLS}/${id}`]
      ),
      anyBody,
      anyQuery,
      async ([method = '', path = ''], body, query) => {
        const before = total()
        const answer = await ask(method, path + query, method === 'GET' ? {} : { body })
        const { status } = answer
        const [, , , notWhole] = refusalOf(answer)
        const expected = before + (method === 'POST' && status === 200 ? 1 : 0)
        if (status >= 500 && status !== 501) throw new Error(`${status}`)
        if (status !== 200 && (status < 400 || notWhole !== undefined)) throw new Error(answer.text)
        if (total() !== expected) throw new Error(`${total()} calls instead of ${expected}`)
      }
    ),
    { numRuns: 120 * EFFORT }
  )
  t.pass('for every random request')
})

t.test('of two Deletes at the same moment one hangs up: the other finds nothing', async t => {
  const { ask, place } = await startFrozen(t)
  for (const [path, otherwise] of [
    [(id: string) => `${CALLS}/${id}`, [400]],
    [() => CALLS, [200]]
  ] as const) {
    const { id } = await place()
    const answers = await Promise.all([1, 2, 3].map(() => ask('DELETE', path(id))))
    const ids = answers.filter(({ status, body }) => status === 200 && body.length === 1)
    t.strictSame(
      ids.map(({ body }) => body),
      [[{ id }]],
      'one has the id'
    )
    const others = answers.filter(answer => !ids.includes(answer))
    t.strictSame(
      others.map(({ status }) => status),
      [...otherwise, ...otherwise]
    )
  }
})

t.test('concurrent Creates all succeed, each with a call of its own', async t => {
  const { ask, list } = await startFrozen(t)
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('POST', SIMPLE, { body: newCall() })))
  t.equal(new Set(answers.map(({ body }) => body[0].id)).size, 30)
  t.equal((await list()).length, 20)
})

t.test('when a thousand calls go on, Create is 503 until one of them is over', async t => {
  const { ask, sandbox, place } = await startFrozen(t)
  const { id } = await place()
  for (let at = 1; at < 999; at++) sandbox.calls.place({ from: '0003*211', to: '0003*213', manual: true })
  await place()
  const refused = [503, 'service_unavailable', 'call_limit']
  const answer = await ask('POST', SIMPLE, { body: newCall() })
  t.strictSame(refusalOf(answer), refused)
  t.match(answer.body.error.message, / 1000 calls are going on\.$/)
  t.strictSame(refusalOf(await ask('POST', SIMPLE, { body: newCall({ source: 'x' }) })).slice(1, 2), [
    'phone_call_view_invalid'
  ])
  t.equal((await ask('GET', `${CALLS}?count=5000`)).body.totalResults, 2)
  await ask('DELETE', `${CALLS}/${id}`)
  t.equal((await ask('POST', SIMPLE, { body: newCall() })).status, 200)
  t.strictSame(refusalOf(await ask('POST', SIMPLE, { body: newCall() })), refused)
})

t.test('a list of calls', async t => {
  /** Five calls, one a minute, and their ids. */
  const five = async (t: Test) => {
    const running = await startFrozen(t)
    await running.phone('210', { outcome: 'noAnswer' })
    await running.phone('0003*210', { outcome: 'noAnswer' })
    const ids: string[] = []
    for (let at = 0; at < 5; at++) {
      ids.push((await running.place(newCall({}, { nonce: `n${at}` }), '?waitForPickup=86400')).id)
      await running.advance(60_000)
    }
    return { ...running, ids }
  }

  t.test('has the order of placing, and is paged by count and startIndex', async t => {
    const { ask, ids, url } = await five(t)
    const { body } = await ask('GET', `${CALLS}?count=2&startIndex=1&foo=a%26b&accessRequestToken=x`)
    t.match(body, { startIndex: 1, itemsPerPage: 2, totalResults: 5, filtered: true, sorted: true })
    t.strictSame(
      body.entry.map(({ id }: PhoneCall) => id),
      ids.slice(1, 3)
    )
    t.strictSame(body.paging, {
      prev: `${url}${CALLS}?count=2&foo=a%26b&startIndex=0`,
      next: `${url}${CALLS}?count=2&foo=a%26b&startIndex=3`
    })
    const next = await ask('GET', body.paging.next.slice(url.length))
    t.strictSame(
      next.body.entry.map(({ id }: PhoneCall) => id),
      ids.slice(3)
    )
    t.strictSame(Object.keys(next.body.paging), ['prev'])
    const past = await ask('GET', `${CALLS}?startIndex=5`)
    t.match(past.body, { totalResults: 5, entry: [], paging: { prev: String } })
    t.strictSame((await ask('GET', `${CALLS}?count=5`)).body.paging, undefined)
    t.equal((await ask('GET', CALLS)).body.itemsPerPage, 20)
    t.equal((await ask('GET', `${CALLS}/${ids[3]}?count=20&startIndex=0`)).body.entry[0].id, ids[3])
    t.strictSame((await ask('GET', `${CALLS}/${ids[3]}?count=1&startIndex=1`)).body.entry, [])
    t.strictSame((await ask('GET', `${CALLS}?sortOrder=desc`)).body.entry[0].id, ids[0], 'sortOrder is not read')
  })

  t.test('fields selects the members that an entry has', async t => {
    const { ask, ids } = await five(t)
    const membersOf = async (query: string) =>
      Object.keys((await ask('GET', `${CALLS}/${ids[0]}?${query}`)).body.entry[0])
    const all = ['id', 'nonce', 'extension', 'ownerId', 'ownerName', 'published', 'phoneCallView', 'links']
    for (const query of ['', 'fields=@all', 'fields=%40all', 'fields=id,@all'])
      t.strictSame(await membersOf(query), all, query)
    for (const field of all) t.strictSame(await membersOf(`fields=${field}`), [field])
    t.strictSame(await membersOf('fields=published%2Cid&fields=id'), ['id', 'published'])
    t.strictSame(await membersOf('fields=answered,id'), ['id'], 'it was not answered')
  })

  t.test('filterBy compares id or published with each filterOp', async t => {
    const { ask, ids } = await five(t)
    const found = async (by: string, op: string, value: string) => {
      const query = new URLSearchParams({ filterBy: by, ...(op && { filterOp: op }), filterValue: value })
      const { body } = await ask('GET', `${CALLS}?${query}`)
      t.equal(body.totalResults, body.entry.length)
      return body.entry.map(({ id }: PhoneCall) => ids.indexOf(id))
    }
    const [, second = ''] = ids
    t.strictSame(await found('id', '', second), [1], 'equals by default')
    t.strictSame(await found('id', 'EQUALS', second), [1])
    t.strictSame(await found('id', 'equals', second.slice(1)), [])
    t.strictSame(await found('id', 'contains', second.slice(1)), [1])
    t.strictSame(await found('id', 'startsWith', second.slice(0, -1)), [0, 1, 2, 3, 4])
    t.strictSame(await found('id', 'startsWith', second.slice(1)), [])
    t.strictSame(await found('id', 'present', ''), [0, 1, 2, 3, 4])
    t.strictSame(await found('published', 'equals', '2026-03-01T10:22:30+00:00'), [2])
    t.strictSame(await found('published', 'startsWith', '2026-03-01T10:2'), [0, 1, 2, 3, 4])
    t.strictSame(await found('published', 'contains', ':23:'), [3])
    t.strictSame(await found('published', 'contains', '%'), [], 'literally')
    const page = await ask('GET', `${CALLS}?filterBy=id&filterOp=present&count=2&startIndex=3`)
    t.match(page.body, { totalResults: 5, startIndex: 3, entry: [{ id: ids[3] }, { id: ids[4] }] })
    t.strictSame((await ask('GET', `${CALLS}/${ids[0]}?filterBy=id&filterValue=${ids[1]}`)).body.entry, [])
  })

  t.test('refuses each parameter with its code, the first in the order of the contract', async t => {
    const { ask } = await startFrozen(t)
    for (const [code, ...queries] of [
      ['count_invalid', 'count=0', 'count=5001', 'count=', 'count=x', 'count=1.0', 'count=1&count=1'],
      ['startindex_invalid', 'startIndex=-1', 'startIndex=5001', 'startIndex='],
      [
        'filterby_invalid',
        'filterBy=nonce&filterValue=x',
        'filterBy=',
        'filterBy=ID&filterValue=x',
        'filterBy=url&filterValue=x'
      ],
      ['filterop_invalid', 'filterBy=id&filterOp=like&filterValue=x', 'filterOp='],
      ['filtervalue_invalid', 'filterBy=id', 'filterBy=id&filterValue=a&filterValue=a'],
      ['fields_invalid', 'fields=', 'fields=id,,links', 'fields=status', 'fields=ID', 'fields=url']
    ] as const)
      for (const query of queries)
        for (const path of [CALLS, `${CALLS}/unknown`, '/uapi/phoneCalls/@me/@self']) {
          const [status, refused] = refusalOf(await ask('GET', `${path}?${query}`))
          t.strictSame([status, refused], [400, code], `${path} ${query}`)
        }
    const query = ['count=0', 'startIndex=x', 'filterBy=x', 'filterOp=x', 'filterValue=a&filterValue=b', 'fields=x']
    for (const [at, code] of ['count', 'startindex', 'filterby', 'filterop', 'filtervalue', 'fields'].entries()) {
      const rest = [...query.slice(at).reverse(), ...(code === 'filtervalue' ? ['filterBy=id'] : [])].join('&')
      t.equal((await ask('GET', `${CALLS}?${rest}`)).body.error.code, `${code}_invalid`, rest)
    }
    for (const query of [
      'count=1',
      'count=5000',
      'startIndex=0',
      'startIndex=5000',
      'filterValue=x',
      'filterOp=contains'
    ])
      t.equal((await ask('GET', `${CALLS}?${query}`)).status, 200, query)
  })
})
