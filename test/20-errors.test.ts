import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { UAPI_ERRORS, type UapiErrorCode } from '../src/domain/errors/uapi.js'
import { REASONS } from '../src/schema/reasons.js'
import { type Answer, type AskOptions, EVENTS, NEW_EVENT, PAGE_EVENT, start } from './support/emulator.js'
import { CALLS, newCall, SIMPLE } from './support/phone-calls.js'

const EVENT = `${EVENTS}/0/${PAGE_EVENT}`
const at = (userId: string, extension: string, rest = '') =>
  `/uapi/extensions/${userId}/${extension}/phoneCallEvents${rest}`

type Case = [why: string, method: string, path: string, options?: AskOptions]

/** Requests for each error that a request can cause. Errors of the connection itself are in 75-http. */
const CASES: Partial<Record<UapiErrorCode, Case[]>> = {
  request_invalid: [
    ['JSON that does not parse', 'POST', `${EVENTS}/0`, { body: '{"method":' }],
    ['an array', 'POST', `${EVENTS}/0`, { body: [] }],
    ['a string', 'POST', `${EVENTS}/0`, { body: '"x"' }],
    ['null', 'PUT', EVENT, { body: 'null' }],
    ['a number', 'PUT', EVENT, { body: '7' }],
    ['a member that would change every object', 'POST', `${EVENTS}/0`, { body: '{"__proto__":{"x":1},"method":"0"}' }],
    ['a constructor that would too', 'POST', `${EVENTS}/0`, { body: '{"constructor":{"prototype":{"x":1}}}' }],
    ['a path that does not decode', 'GET', at('@me', '%ff')],
    ['half a percent escape', 'GET', at('@me', '0003*210', '/0/%4')],
    ['a query that does not decode', 'GET', `${EVENTS}?filterBy=note&filterValue=%E2%82`]
  ],
  user_invalid: [
    ['an unknown user id', 'GET', at('999', '0003*210')],
    ['an unknown word', 'GET', at('@self', '0003*210')],
    ['an id in the wrong case of a word', 'GET', at('@ME', '0003*210')],
    ['an id with a slash in it', 'GET', at('1%2F2', '0003*210')],
    ['a very long id', 'GET', at('9'.repeat(5000), '0003*210')]
  ],
  extension_invalid: [
    ['@self', 'GET', at('@me', '@self')],
    ['an unknown number', 'GET', at('@me', '0003*999')],
    ['an unknown short number', 'GET', at('@me', '999')],
    ['letters', 'GET', at('@me', 'abc')],
    ['no extension', 'GET', at('@me', '')],
    ['a star alone', 'GET', at('@me', '*')],
    ['a kind without phone call events', 'GET', at('@me', '0003*900')],
    ['an extension of another user', 'GET', at('@me', '0003*211')],
    [
      'an extension of another user, requested by an administrator',
      'GET',
      at('12', '0003*211'),
      { as: 'administrator' }
    ],
    ['a short number for a user without organization', 'GET', at('@me', '210'), { as: 'administrator' }],
    ['a short number for @owner without organization', 'GET', at('@owner', '210'), { as: 'administrator' }],
    ['@owner of an unknown number', 'GET', at('@owner', '0009*1')],
    ['digits that are not ASCII', 'GET', at('@me', encodeURIComponent('２１０'))]
  ],
  pcet_type_invalid: [
    ['an unknown type', 'POST', `${EVENTS}/9`, { body: NEW_EVENT }],
    ['a type with a zero before', 'POST', `${EVENTS}/00`, { body: NEW_EVENT }],
    ['a negative type', 'POST', `${EVENTS}/-1`, { body: NEW_EVENT }],
    ['no type anywhere', 'POST', EVENTS, { body: NEW_EVENT }],
    ['no body and no type', 'POST', EVENTS],
    ['a body that says another type', 'POST', `${EVENTS}/1`, { body: { ...NEW_EVENT, type: '0' } }],
    ['a body that says another type as a number', 'POST', `${EVENTS}/1`, { body: { ...NEW_EVENT, type: 0 } }],
    ...wrongValues('type', ['9', 9, 0.5, -1, true, null, [], {}, '', ' 0']).map(
      ([why, body]): Case => [why, 'POST', EVENTS, { body: { ...NEW_EVENT, ...body } }]
    )
  ],
  pce_type_invalid: [
    ['an unknown type', 'GET', `${EVENTS}/9`],
    ['a type that is a word', 'DELETE', `${EVENTS}/dialIn`],
    ['an Update without type', 'PUT', EVENTS, { body: {} }],
    ['an Update with a wrong type', 'PUT', `${EVENTS}/9/${PAGE_EVENT}`, { body: {} }],
    ['an id without its type', 'GET', `${EVENTS}//${PAGE_EVENT}`],
    ['an id to delete without its type', 'DELETE', `${EVENTS}//${PAGE_EVENT}`]
  ],
  pce_id_invalid: [
    ['an Update without id', 'PUT', `${EVENTS}/0`, { body: {} }],
    ['an id with a character that no id has', 'GET', `${EVENTS}/0/a-b`],
    ['an id of 256 characters', 'GET', `${EVENTS}/0/${'a'.repeat(256)}`],
    ['an Update of an unknown id', 'PUT', `${EVENTS}/0/unknown`, { body: {} }],
    ['an Update under another type', 'PUT', `${EVENTS}/1/${PAGE_EVENT}`, { body: {} }],
    ['an Update under another extension', 'PUT', at('@me', '0003*300', `/0/${PAGE_EVENT}`), { body: {} }],
    ['a Delete of an unknown id', 'DELETE', `${EVENTS}/0/unknown`],
    ['a Delete under another type', 'DELETE', `${EVENTS}/1/${PAGE_EVENT}`]
  ],
  pce_method_invalid: [
    ['a Create without method', 'POST', `${EVENTS}/0`, { body: { url: NEW_EVENT.url } }],
    ['a Create without body', 'POST', `${EVENTS}/0`],
    ...badMembers('method', ['2', 'GET', 2, true, null, [], {}, ''])
  ],
  pce_url_invalid: [
    ['a Create without url', 'POST', `${EVENTS}/0`, { body: { method: '0' } }],
    ...badMembers('url', [
      '',
      'receiver.test/hook',
      '/hook',
      'ftp://receiver.test/',
      'javascript:alert(1)',
      'http:receiver.test',
      'http://',
      'http:///path',
      'http://receiver.test/a b',
      'http://receiver.test/ä',
      'http://receiver.test/%',
      'http://receiver.test/%zz',
      'http://receiver.test/\n',
      'http://receiver.test/"',
      'http://receiver.test/<x>',
      'http://receiver.test/{id}',
      'http://receiver.test/a|b',
      'http://receiver.test/a\\b',
      'http://receiver.test/^',
      'http://receiver.test/`',
      'http://receiver.test:99999/',
      'http://receiver.test:x/',
      'http://[::1/',
      'http://[::g]/',
      'http://a@b@c/',
      ' http://receiver.test/',
      'http://receiver.test/ ',
      'http://receiver.test/#a#b',
      'http://ex%00ample.test/',
      7,
      true,
      null,
      [],
      {}
    ])
  ],
  pce_status_invalid: badMembers('status', ['2', 'on', 2, true, false, null, [], {}, '']),
  pce_note_invalid: badMembers('note', ['a\0b', '\ud800', 'x\udc00y', 7, true, null, [], {}]),
  phone_call_view_invalid: [
    ['no phoneCallView', 'POST', SIMPLE, { body: { extension: '210' } }],
    ['no source', 'POST', SIMPLE, { body: newCall({ source: undefined }) }],
    ['a destination that is the source', 'POST', SIMPLE, { body: newCall({ destination: '210' }) }],
    ['a number that no extension has', 'POST', SIMPLE, { body: newCall({ destination: '0003*999' }) }]
  ],
  phone_call_id_invalid: [
    ['an id with a character that no id has', 'GET', `${CALLS}/a-b`],
    ['an Update of an unknown id', 'PUT', `${CALLS}/unknown`, { body: { action: 'OnHold' } }],
    ['a Delete of an unknown id', 'DELETE', `${CALLS}/unknown`]
  ],
  waitforpickup_invalid: [
    ['no time at all', 'POST', `${SIMPLE}?waitForPickup=0`, { body: newCall() }],
    ['more than a day', 'POST', `${SIMPLE}?waitForPickup=86401`, { body: newCall() }],
    ['two times', 'POST', `${SIMPLE}?waitForPickup=5&waitForPickup=5`, { body: newCall() }]
  ],
  callduration_invalid: [
    ['no time at all', 'POST', `${SIMPLE}?callDuration=0`, { body: newCall() }],
    ['a word', 'POST', `${SIMPLE}?callDuration=long`, { body: newCall() }]
  ],
  nonce_invalid: [
    ['a number', 'POST', SIMPLE, { body: newCall({}, { nonce: 7 }) }],
    ['256 characters', 'POST', SIMPLE, { body: newCall({}, { nonce: 'x'.repeat(256) }) }]
  ],
  action_invalid: [
    ['no action', 'PUT', CALLS, { body: {} }],
    ['an unknown one', 'PUT', CALLS, { body: { action: 'Hangup' } }],
    ['a Transfer to nobody', 'PUT', CALLS, { body: { action: 'Transfer', sendCallTo: '' } }]
  ],
  content_type_unsupported: [
    [
      'a form',
      'POST',
      `${EVENTS}/0`,
      { body: 'method=0', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    ],
    ['text', 'PUT', EVENT, { body: 'x', headers: { 'content-type': 'text/plain' } }],
    ['no type that one can read', 'POST', `${EVENTS}/0`, { body: '{}', headers: { 'content-type': 'nonsense' } }]
  ],
  count_invalid: badParameters('count', [
    '0',
    '5001',
    '-1',
    '+1',
    '1.0',
    '1e2',
    '0x10',
    '',
    '%201',
    '1%20',
    '１',
    'x',
    '9'.repeat(400)
  ]),
  startindex_invalid: badParameters('startIndex', ['5001', '-1', '+1', '1.0', '', '%201', 'x']),
  filterby_invalid: badParameters('filterBy', ['', 'links', 'ID', 'self', 'toString'], '&filterValue=x'),
  filterop_invalid: badParameters(
    'filterOp',
    ['', 'matches', 'equals%20', 'constructor'],
    '&filterBy=id&filterValue=x'
  ),
  filtervalue_invalid: [
    ['filterBy without a value', 'GET', `${EVENTS}?filterBy=url`],
    ['contains without a value', 'GET', `${EVENTS}?filterBy=url&filterOp=contains`],
    ['two values', 'GET', `${EVENTS}?filterBy=url&filterValue=a&filterValue=a`],
    ['two values where none is needed', 'GET', `${EVENTS}?filterBy=url&filterOp=present&filterValue=a&filterValue=b`]
  ],
  fields_invalid: [
    ['an unknown name', 'GET', `${EVENTS}?fields=id,foo`],
    ['an empty list', 'GET', `${EVENTS}?fields=`],
    ['an empty name', 'GET', `${EVENTS}?fields=id,,url`],
    ['a name in another case', 'GET', `${EVENTS}?fields=ID`],
    ['an unknown name beside @all', 'GET', `${EVENTS}?fields=@all,foo`],
    ['an empty list beside another', 'GET', `${EVENTS}?fields=id&fields=`]
  ],
  sortorder_invalid: badParameters('sortOrder', ['', 'up', 'asc%20', 'url']),
  request_not_implemented: [
    ['PATCH', 'PATCH', EVENT, { body: {} }],
    ['OPTIONS', 'OPTIONS', EVENT],
    ['PROPFIND', 'PROPFIND', EVENT],
    ['a Create under an id', 'POST', EVENT, { body: NEW_EVENT }],
    ['another path', 'GET', '/uapi/phoneCalls'],
    ['the root of the service', 'GET', '/uapi'],
    ['its root with a slash', 'GET', '/uapi/'],
    ['the root of the alias', 'GET', '/unifiedapi'],
    ['one segment too many', 'GET', `${EVENT}/more`],
    ['a path in another case', 'GET', EVENTS.replace('phoneCallEvents', 'phonecallevents')],
    ['another path without credentials', 'GET', '/uapi/phoneCalls', { as: null }],
    [
      'another path with an unread body',
      'POST',
      '/uapi/phoneCalls',
      { body: 'x', headers: { 'content-type': 'text/plain' } }
    ]
  ],
  request_too_large: [
    ['a body over the limit', 'POST', `${EVENTS}/0`, { body: JSON.stringify({ note: 'x'.repeat(70_000) }) }]
  ],
  uri_too_long: [['a target over the limit', 'GET', `${EVENTS}?x=${'a'.repeat(8192)}`]]
}

/** Errors that need a special connection, fault or time, with the test file that covers each. */
const ELSEWHERE: Partial<Record<UapiErrorCode, string>> = {
  access_denied: '30-access',
  request_timeout: '75-http',
  headers_too_large: '75-http',
  sandbox_unknown: '85-sandboxes',
  service_unavailable: '77-request-guards',
  internal_server_error: '20-errors'
}

function wrongValues(name: string, values: unknown[]): [string, object][] {
  return values.map(value => [`${name} ${JSON.stringify(value)}`, { [name]: value }])
}

/** Requests with a wrong value in one member, for Create and for Update. */
function badMembers(name: string, values: unknown[]): Case[] {
  return wrongValues(name, values).flatMap(([why, body]): Case[] => [
    [`${why} in Create`, 'POST', `${EVENTS}/0`, { body: { ...NEW_EVENT, ...body } }],
    [`${why} in Update`, 'PUT', EVENT, { body }]
  ])
}

/** Requests with a wrong value of a query parameter, and with a valid value twice. */
function badParameters(name: string, values: string[], rest = ''): Case[] {
  return [
    ...values.map((value): Case => [`${name}=${value.slice(0, 20)}`, 'GET', `${EVENTS}?${name}=${value}${rest}`]),
    [`${name} twice`, 'GET', `${EVENTS}?${name}=1&${name}=1${rest}`]
  ]
}

/** Codes whose message goes on with what was expected. */
const EXPLAINED: readonly string[] = ['phone_call_view_invalid', 'action_invalid', 'request_too_large']

/** A message without what was expected. */
const withoutRemedy = (message: unknown, code: UapiErrorCode): unknown =>
  EXPLAINED.includes(code) ? String(message).slice(0, UAPI_ERRORS[code].message.length) : message

const isError = (t: Test, { status, body, headers, reason }: Answer, code: UapiErrorCode, why: string) =>
  t.strictSame(
    {
      status,
      body: { error: { ...body?.error, message: withoutRemedy(body?.error?.message, code) } },
      members: Object.keys(body ?? {}),
      type: headers.get('content-type'),
      named: headers.has('x-emulator-request-id'),
      explained: reason !== null && reason in REASONS
    },
    {
      status: UAPI_ERRORS[code].status,
      body: { error: { code, message: UAPI_ERRORS[code].message } },
      members: ['error'],
      type: 'application/json; charset=utf-8',
      named: true,
      explained: true
    },
    `${code}: ${why}`
  )

t.test('every error of the catalogue is answered in the envelope, and changes no event and places no call', async t => {
  const { ask } = await start(t)
  const everything = async () => (await ask('GET', EVENTS)).text
  const before = await everything()
  for (const code of Object.keys(UAPI_ERRORS) as UapiErrorCode[]) {
    const cases = CASES[code] ?? []
    const elsewhere = ELSEWHERE[code]
    if (elsewhere !== undefined) t.match(readFileSync(join(import.meta.dirname, `${elsewhere}.test.ts`), 'utf8'), code)
    else t.ok(cases.length > 0, `${code} is tested`)
    for (const [why, method, path, options] of cases) isError(t, await ask(method, path, options), code, why)
  }
  t.equal(await everything(), before, 'nothing was changed by any of them')
  t.equal((await ask('GET', '/_emulator/calls')).body.total, 0, 'and no call was placed')
})

t.test('of several mistakes the first in the order of the contract is answered', async t => {
  const { ask } = await start(t)
  /** Each request corrects the first mistake of the previous one. */
  const steps: [UapiErrorCode | undefined, string, AskOptions][] = [
    ['request_not_implemented', '/uapi/extensions/999/abc/phoneCallEvents/9/-/x', { as: null, body: '[' }],
    ['access_denied', at('999', 'abc', '/9'), { as: null, body: '[' }],
    ['request_invalid', at('999', 'abc', '/9'), { body: '[' }],
    ['user_invalid', at('999', 'abc', '/9'), { body: { type: 7 } }],
    ['access_denied', at('40', 'abc', '/9'), { body: { type: 7 } }],
    ['extension_invalid', at('12', 'abc', '/9'), { body: { type: 7 } }],
    ['pcet_type_invalid', at('12', '210', '/9'), { body: { type: 7 } }],
    ['pcet_type_invalid', at('12', '210', '/1'), { body: { type: 7 } }],
    ['pce_method_invalid', at('12', '210', '/1'), { body: { note: 7, status: 7, url: 7, method: 7 } }],
    ['pce_url_invalid', at('12', '210', '/1'), { body: { note: 7, status: 7, url: 7, method: '1' } }],
    ['pce_status_invalid', at('12', '210', '/1'), { body: { note: 7, status: 7, url: NEW_EVENT.url, method: '1' } }],
    ['pce_note_invalid', at('12', '210', '/1'), { body: { note: 7, status: 1, url: NEW_EVENT.url, method: '1' } }],
    [undefined, at('12', '210', '/1'), { body: { note: '', status: 1, url: NEW_EVENT.url, method: '1' } }]
  ]
  for (const [code, path, options] of steps) {
    const answer = await ask('POST', path, options)
    t.equal(answer.body.error?.code, code, `${path} ${JSON.stringify(options)}`)
  }
  const query = [
    'count=0',
    'startIndex=x',
    'filterBy=x',
    'filterOp=x',
    'filterValue=a&filterValue=b',
    'fields=x',
    'sortOrder=x'
  ]
  const codes = ['count', 'startindex', 'filterby', 'filterop', 'filtervalue', 'fields', 'sortorder']
  for (const [index, code] of codes.entries()) {
    const rest = query.slice(index).reverse().join('&')
    const corrected = code === 'filtervalue' ? `${rest}&filterBy=id` : rest
    t.equal((await ask('GET', `${EVENTS}?${corrected}`)).body.error.code, `${code}_invalid`, corrected)
  }
  t.equal((await ask('GET', `${EVENTS}/9?count=0`)).body.error.code, 'pce_type_invalid', 'the path before the query')
  t.equal((await ask('GET', `${EVENTS}/9/-`)).body.error.code, 'pce_type_invalid', 'the type before the id')
})

t.test('every limit is exact: one less and the limit itself are accepted, one more is refused', async t => {
  const { ask } = await start(t)
  const codeOf = async (method: string, path: string, options?: AskOptions) => {
    const { status, body } = await ask(method, path, options)
    return status < 300 ? status : body.error.code
  }
  const url = (length: number) => `http://receiver.test/${'x'.repeat(length - 'http://receiver.test/'.length)}`
  const create = (member: object) => codeOf('POST', `${EVENTS}/0`, { body: { ...NEW_EVENT, ...member } })
  const list = (query: string) => codeOf('GET', `${EVENTS}?${query}`)
  const emoji = (length: number) => '😀'.repeat(length)
  /** A valid body of so many bytes, padded with white space. */
  const padded = (length: number) => JSON.stringify(NEW_EVENT).padEnd(length, ' ')
  const target = (length: number) => `${EVENTS}?x=`.padEnd(length, 'a')

  for (const [what, limit, within, attempt] of [
    ['url', 2048, 200, n => create({ url: url(n) })],
    ['note, in code points', 1024, 200, n => create({ note: emoji(n) })],
    ['count', 5000, 200, n => list(`count=${n}`)],
    ['startIndex', 5000, 200, n => list(`startIndex=${n}`)],
    ['event id', 255, 204, n => codeOf('GET', `${EVENTS}/0/${'a'.repeat(n)}`)],
    ['body, in bytes', 65_536, 200, n => codeOf('POST', `${EVENTS}/0`, { body: padded(n) })],
    ['target, in bytes', 8192, 200, n => codeOf('GET', target(n))]
  ] as [string, number, number, (n: number) => Promise<unknown>][]) {
    t.equal(await attempt(limit - 1), within, `${what}: ${limit - 1}`)
    t.equal(await attempt(limit), within, `${what}: ${limit}`)
    t.type(await attempt(limit + 1), 'string', `${what}: ${limit + 1} is refused`)
  }
  for (const [what, limit, attempt] of [
    ['count', 1, n => list(`count=${n}`)],
    ['startIndex', 0, n => list(`startIndex=${n}`)]
  ] as [string, number, (n: number) => Promise<unknown>][]) {
    t.equal(await attempt(limit), 200, `${what}: ${limit}`)
    t.equal(await attempt(limit + 1), 200, `${what}: ${limit + 1}`)
    t.type(await attempt(limit - 1), 'string', `${what}: ${limit - 1} is refused`)
  }
})

t.test('an unexpected error is a 500 in the vendor envelope, without its cause', async t => {
  const { ask, sandbox } = await start(t)
  sandbox.close()
  const answer = await ask('GET', EVENTS)
  isError(t, answer, 'internal_server_error', 'a database that is gone')
  t.notMatch(answer.text, /database|sqlite/i)
})
