import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t, { type Test } from 'tap'
import { buildApp } from '../src/app.js'
import { FixtureInvalid, readFixtures } from '../src/domain/fixtures/read.js'
import { type CallOutcome, OUTCOMES } from '../src/schema/calls/call-step.js'
import { EXTENSION_KINDS, type ExtensionKind, ROLES } from '../src/schema/directory.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import { type Fixture, fixtureSchemaDocument } from '../src/schema/fixture.js'
import { createSandbox, type SandboxPorts } from '../src/service/sandbox.js'
import { readFixture, start } from './support/emulator.js'
import fc from './support/random.js'

/** For tests that send no webhook. */
const PORTS: SandboxPorts = { send: async () => ({ kind: 'interrupted', ms: 0 }), report: () => {} }

const FOLDER = join(import.meta.dirname, '..', 'fixtures')
const ADMINISTRATOR = { id: '1', name: 'Administrator', organization: null, role: 'administrator' } as const
const asAdministrator = { as: 'administrator' } as const

/** One entry of every kind, with every member. */
const WHOLE: Fixture = {
  $schema: './fixture.schema.json',
  organizations: [{ id: '3', name: 'Default Organization' }],
  users: [ADMINISTRATOR, { id: '12', name: 'Front Desk', organization: '3', role: 'user' }],
  extensions: [
    { number: '0003*210', owner: '12', kind: 'phoneTerminal', name: 'Desk', publicNumber: '+40312345210' },
    { number: '0003*900', owner: '12', kind: 'voicemail' }
  ],
  apps: [
    { clientId: 'app', clientSecret: 'app-secret', name: 'App', user: '12', trusted: true, redirectUris: ['a.b:/c?d'] }
  ],
  tokens: [
    { accessToken: 'emulator-administrator-token', user: '1', expiresAt: null },
    { accessToken: 'user-token', user: '12', expiresAt: '2030-01-01T00:00:00.5+02:00' }
  ],
  sessions: [{ user: '12', vn: 'session', xsrfToken: 'xsrf' }],
  phoneCallEvents: [
    {
      extension: '0003*210',
      type: '0',
      id: 'pinned',
      method: '1',
      url: 'http://a.test/',
      status: '0',
      note: 'A note',
      modified: '2012-07-10T18:16:12+03:00'
    },
    { extension: '0003*210', type: '4', method: '0', url: 'http://b.test/' }
  ],
  phones: [{ number: '0003*210', outcome: 'busy', ringMs: 2000, talkMs: 0 }, { number: '+40722000111' }],
  settings: {
    listEnvelope: 'object',
    emptyCollection: 200,
    invalidTokenStatus: 403,
    callFlowCase: 'lower',
    tokenLifetimeSeconds: 60,
    timeZone: 'Europe/Bucharest'
  }
}

/** The fixture with one place changed, such as `users.0.role`. Undefined removes the member. */
function changed(place: string, value: unknown): unknown {
  const document: unknown = structuredClone(WHOLE)
  const keys = place.split('.')
  const last = keys.pop() ?? ''
  const holder = keys.reduce<unknown>((object, key) => Reflect.get(Object(object), key), document)
  if (value === undefined) Reflect.deleteProperty(Object(holder), last)
  else Reflect.set(Object(holder), last, value)
  return document
}

/** The problems of fixtures, one line each. Asserts that nothing was loaded. */
function problemsOf(t: Test, ...documents: unknown[]): string[] {
  const { fixtures, settings, close } = createSandbox({ database: ':memory:' }, PORTS)
  try {
    const before = settings.current()
    const invalid = thrownBy(() => fixtures.load(documents.map((document, at) => ({ name: `f${at}`, document }))))
    if (invalid === undefined) return []
    t.ok(fixtures.isEmpty(), 'nothing was loaded')
    t.strictSame(settings.current(), before, 'no setting changed')
    const lines = invalid.problems.map(({ fixture, path, message }) => `${fixture}: ${path} ${message}`)
    t.equal(invalid.message, lines.join('\n'), 'the message lists them')
    return documents.length === 1 ? lines.map(line => line.slice('f0: '.length)) : lines
  } finally {
    close()
  }
}

function thrownBy(run: () => void): FixtureInvalid | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof FixtureInvalid) return error
    throw error
  }
}

t.test('the default fixture has the contents that the documentation promises', async t => {
  const { organizations, users, extensions, apps, tokens, sessions, phoneCallEvents, ...rest } = readFixture('default')
  t.strictSame(Object.keys(rest), ['$schema'])
  t.strictSame(organizations?.map(({ id }) => id).sort(), ['3', '4'])
  t.strictSame(
    users?.map(({ id, role, organization }) => [id, role, organization]),
    [
      ['1', 'administrator', null],
      ['12', 'user', '3'],
      ['13', 'user', '3'],
      ['20', 'organization', '3'],
      ['40', 'user', '4']
    ]
  )
  t.strictSame(
    extensions?.map(({ number, kind, owner, publicNumber }) => [number, kind, owner, publicNumber]),
    [
      ['0003*210', 'phoneTerminal', '12', '+40312345210'],
      ['0003*211', 'phoneTerminal', '13', undefined],
      ['0003*300', 'queue', '12', undefined],
      ['0003*400', 'ivr', '12', undefined],
      ['0003*500', 'conference', '12', undefined],
      ['0003*900', 'voicemail', '12', undefined],
      ['0004*210', 'phoneTerminal', '40', undefined]
    ]
  )
  t.equal(EXTENSION_KINDS.voicemail.hasPhoneCallEvents, false, '0003*900 is of a kind that is refused')
  t.match(apps, [{ clientId: 'emulator-app', clientSecret: 'emulator-secret', user: '12', trusted: true }])
  t.strictSame(apps?.[0]?.redirectUris, ['http://localhost/callback'])
  t.strictSame(tokens, [
    { accessToken: 'emulator-user-token', user: '12' },
    { accessToken: 'emulator-organization-token', user: '20' },
    { accessToken: 'emulator-administrator-token', user: '1' },
    { accessToken: 'emulator-other-token', user: '40' }
  ])
  t.strictSame(sessions, [{ user: '12', vn: 'XI,m-tpsEWgqBMBCNVpeAnUEaeqCpG7f', xsrfToken: '44HzZ6YIHDN6mbRY' }])
  t.strictSame(phoneCallEvents, [
    {
      extension: '0003*210',
      type: '0',
      id: 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq',
      method: '0',
      note: 'My phone call event is awesome',
      url: 'http://myevent.com/SaveMyPhoneCallDetails',
      status: '1',
      modified: '2012-07-10T18:16:12+03:00'
    }
  ])
})

t.test('the fixture of the design card loads unchanged', async t => {
  const { ask } = await start(t, {
    fixture: {
      $schema: './fixture.schema.json',
      organizations: [{ id: '3', name: 'Default Organization' }],
      users: [
        { id: '1', name: 'Administrator', organization: null, role: 'administrator' },
        { id: '12', name: 'Front Desk', organization: '3', role: 'user' }
      ],
      extensions: [
        {
          number: '0003*210',
          owner: '12',
          kind: 'phoneTerminal',
          name: 'Front Desk',
          publicNumber: '+40312345210'
        },
        { number: '0003*300', owner: '12', kind: 'queue', name: 'Support' }
      ],
      apps: [
        {
          clientId: 'emulator-app',
          clientSecret: 'emulator-secret',
          user: '12',
          trusted: true,
          redirectUris: ['http://localhost/callback']
        }
      ],
      tokens: [{ accessToken: 'emulator-user-token', user: '12' }],
      sessions: [{ user: '12', vn: 'XI,m-tpsEWgqBMBCNVpeAnUEaeqCpG7f', xsrfToken: '44HzZ6YIHDN6mbRY' }],
      phoneCallEvents: [
        {
          extension: '0003*210',
          type: '0',
          id: 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq',
          method: '0',
          note: 'My phone call event is awesome',
          url: 'http://myevent.com/SaveMyPhoneCallDetails',
          status: '1',
          modified: '2012-07-10T18:16:12+03:00'
        }
      ],
      settings: { listEnvelope: 'array' }
    }
  })
  const { body } = await ask('GET', '/uapi/extensions/@me/210/phoneCallEvents')
  t.match(body, [{ totalResults: 1, entry: [{ id: 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq' }] }])
})

t.test('ids and times of events are taken from the fixture, or generated', async t => {
  const { ask, sandbox } = await start(t, { fixture: WHOLE })
  const { body } = await ask('GET', '/uapi/extensions/12/0003*210/phoneCallEvents', asAdministrator)
  t.match(body.entry[0], { id: 'pinned', modified: '2012-07-10T18:16:12+03:00', status: '0', note: 'A note' })
  t.match(body.entry[1], { id: '0'.repeat(29) + 1, modified: '2026-03-01T12:20:30+02:00', status: '1', note: '' })
  t.equal(sandbox.fixtures.isEmpty(), false)
})

t.test('phones of a fixture have defaults, replace those of the same number, and may name any number', async t => {
  const { sandbox } = await start(t, { fixture: WHOLE })
  const desk = { number: '0003*210', outcome: 'busy', ringMs: 2000, talkMs: 0 }
  const outside = { number: '+40722000111', outcome: 'answered', ringMs: 500, talkMs: 30_000 }
  t.strictSame(sandbox.fixtures.export().phones, [desk, outside])
  const more: Fixture = {
    extensions: [{ number: '0003*211', owner: '12', kind: 'ivr' }],
    phones: [{ number: '0003*211' }, { number: '0003*210', ringMs: 0 }, { number: '210' }, { number: '*72' }]
  }
  t.match(sandbox.fixtures.load([{ name: 'more', document: more }]), { phones: 5 })
  const byDefault = { outcome: 'answered', ringMs: 500, talkMs: 30_000 }
  t.strictSame(sandbox.fixtures.export().phones, [
    { number: '0003*210', ...byDefault, ringMs: 0 },
    outside,
    ...['0003*211', '210', '*72'].map(number => ({ number, ...byDefault }))
  ])
  t.match(sandbox.fixtures.replace(), { phones: 2 })
  t.strictSame(sandbox.fixtures.export().phones, [desk, outside], 'a reset brings those of the start back')
})

t.test('tokens, sessions and apps of a fixture are accepted', async t => {
  const { ask, setTime } = await start(t, { fixture: { ...WHOLE, settings: {} } })
  const path = '/uapi/extensions/@me/0003*210/phoneCallEvents'
  const bearer = { as: null, headers: { authorization: 'Bearer user-token' } }
  t.equal((await ask('GET', path, bearer)).status, 200)
  setTime(new Date('2029-12-31T22:00:00.500Z'))
  t.equal((await ask('GET', path, bearer)).reason, 'token_expired', 'expiresAt is a moment, offset included')
  setTime(new Date('9999-01-01T00:00:00Z'))
  const never = await ask('GET', path.replace('@me', '12'), asAdministrator)
  t.equal(never.status, 200, 'without expiresAt a token never expires')
  const cookies = { cookie: 'vn=session; xsrf-token=xsrf', 'x-xsrf-token': 'xsrf' }
  t.equal((await ask('GET', path, { as: null, headers: cookies })).status, 200)
  const client = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'app-secret' }
  t.equal((await ask('POST', '/oauth/token.php', { as: null, body: client })).status, 200)
})

t.test(
  'fixtures are merged in their order: a later one may refer to an earlier one, and the same id replaces',
  async t => {
    const { ask, sandbox } = await start(t, { fixture: WHOLE })
    const load = (...documents: Fixture[]) =>
      sandbox.fixtures.load(documents.map((document, at) => ({ name: `more${at}`, document })))
    const list = async (user: string, extension: string) => {
      const { body } = await ask('GET', `/uapi/extensions/${user}/${extension}/phoneCallEvents`, asAdministrator)
      return body.entry?.map(({ id, url }: { id: string; url: string }) => `${id} ${url}`) ?? body.error.code
    }
    load(
      { users: [{ id: '13', name: 'Back Office', organization: '3', role: 'user' }] },
      { extensions: [{ number: '0003*211', owner: '13', kind: 'queue' }] },
      { phoneCallEvents: [{ extension: '0003*211', type: '0', id: 'new', method: '0', url: 'http://c.test/' }] }
    )
    t.strictSame(await list('13', '211'), ['new http://c.test/'], 'three documents, each on top of the one before')

    load({ phoneCallEvents: [{ extension: '0003*211', type: '1', id: 'pinned', method: '0', url: 'http://d.test/' }] })
    t.strictSame(await list('13', '211'), ['new http://c.test/', 'pinned http://d.test/'], 'an event is replaced')
    t.equal((await list('12', '210')).length, 1, 'and no longer where it was')

    load({ extensions: [{ number: '0003*211', owner: '12', kind: 'phoneTerminal' }] })
    t.equal((await list('12', '211')).length, 2, 'an extension is replaced, and its events follow it to its owner')
    load({ extensions: [{ number: '0003*211', owner: '12', kind: 'voicemail' }] })
    load({ extensions: [{ number: '0003*211', owner: '12', kind: 'ivr' }] })
    t.strictSame(await list('12', '211'), [], 'it became of a kind without events, so it has none')

    const { extensions = [] } = WHOLE
    const [desk] = extensions
    if (desk === undefined) throw new Error('the fixture has extensions')
    load({ extensions: [{ number: '0003*211', owner: '12', kind: 'ivr', publicNumber: '+40312345211' }] })
    load({
      extensions: [
        { ...desk, publicNumber: '+40312345211' },
        { number: '0003*211', owner: '12', kind: 'ivr', publicNumber: '+40312345210' }
      ]
    })
    t.pass('two extensions exchange their public numbers')

    load({ users: [{ ...ADMINISTRATOR, role: 'user' }] })
    t.equal((await ask('GET', '/uapi/extensions/12/210/phoneCallEvents', asAdministrator)).status, 403, 'a user')
    load({ tokens: [{ accessToken: 'emulator-administrator-token', user: '12', expiresAt: '2020-01-01T00:00:00Z' }] })
    t.equal((await ask('GET', '/uapi/extensions/@me/210/phoneCallEvents', asAdministrator)).reason, 'token_expired')
    load({ apps: [{ clientId: 'app', clientSecret: 'changed', user: '12', trusted: true, redirectUris: [] }] })
    const client = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'changed' }
    t.equal((await ask('POST', '/oauth/token.php', { as: null, body: client })).status, 200, 'an app is replaced')
  }
)

/** Every kind of problem: its name, the changed place, the new value, and the expected path and message. */
const PROBLEMS: [why: string, place: string, value: unknown, message: string | RegExp][] = [
  // unknown members
  ...[
    ['', 'organization', 'organizations'],
    ['organizations.0', 'domain'],
    ['users.0', 'email'],
    ['extensions.1', 'owners', 'owner'],
    ['apps.0', 'secret'],
    ['tokens.0', 'token'],
    ['sessions.0', 'xsrf'],
    ['phoneCallEvents.0', 'events'],
    ['phones.0', 'ring'],
    ['settings', 'timezone', 'timeZone']
  ].map(([at = '', name = '', nearest]): [string, string, unknown, string] => [
    `an unknown member of ${at || 'the document'}`,
    `${at}${at && '.'}${name}`,
    'x',
    `${pathOf(at)}.${name} is not a member that a fixture has here${nearest ? `; the nearest is ${nearest}` : ''}`
  ]),
  ['a member of an odd name', 'users.0.e mail', 1, '$.users[0]["e mail"] is not a member that a fixture has here'],

  // wrong types
  ...['organizations', 'users', 'extensions', 'apps', 'tokens', 'sessions', 'phoneCallEvents', 'phones'].flatMap(
    (list): [string, string, unknown, RegExp][] => [
      [`${list} as an object`, list, {}, new RegExp(`^\\$\\.${list} must be array; got an object$`)],
      [`${list} as null`, list, null, new RegExp(`^\\$\\.${list} must be array; got null$`)],
      [`an array in ${list}`, `${list}.0`, [5], new RegExp(`^\\$\\.${list}\\[0\\] must be object; got an array$`)]
    ]
  ),
  ['settings as an array', 'settings', [], '$.settings must be object; got an array'],
  ['a number for an id', 'organizations.0.id', 3, '$.organizations[0].id must be string; got 3'],
  [
    'a number for an organization',
    'users.1.organization',
    3,
    /^\$\.users\[1\]\.organization must be string or must be null; got 3$/
  ],
  ['a text for trusted', 'apps.0.trusted', 'yes', '$.apps[0].trusted must be boolean; got "yes"'],
  ['a text for redirectUris', 'apps.0.redirectUris', 'x:y', '$.apps[0].redirectUris must be array; got "x:y"'],
  ['a number for a redirect URI', 'apps.0.redirectUris.1', 5, '$.apps[0].redirectUris[1] must be string; got 5'],
  ['a number for expiresAt', 'tokens.0.expiresAt', 5, '$.tokens[0].expiresAt must be string or must be null; got 5'],
  ['a number for a note', 'phoneCallEvents.0.note', 5, '$.phoneCallEvents[0].note must be string; got 5'],
  [
    'a text for a number',
    'settings.tokenLifetimeSeconds',
    '60',
    '$.settings.tokenLifetimeSeconds must be integer; got "60"'
  ],
  ['a fraction', 'settings.tokenLifetimeSeconds', 1.5, '$.settings.tokenLifetimeSeconds must be integer; got 1.5'],

  // missing members
  ...[
    'organizations.0.id',
    'organizations.0.name',
    'users.0.id',
    'users.0.name',
    'users.0.organization',
    'users.0.role',
    'extensions.1.number',
    'extensions.1.owner',
    'extensions.1.kind',
    'apps.0.clientId',
    'apps.0.clientSecret',
    'apps.0.user',
    'apps.0.trusted',
    'apps.0.redirectUris',
    'tokens.0.accessToken',
    'tokens.0.user',
    'sessions.0.user',
    'sessions.0.vn',
    'sessions.0.xsrfToken',
    'phoneCallEvents.0.extension',
    'phoneCallEvents.0.type',
    'phoneCallEvents.0.method',
    'phoneCallEvents.0.url',
    'phones.0.number'
  ].map((place): [string, string, unknown, RegExp] => [
    `no ${place}`,
    place,
    undefined,
    new RegExp(`^${pathOf(place).replace(/[$[\].]/g, '\\$&')} is missing$`)
  ]),

  // wrong values
  [
    'a role',
    'users.1.role',
    'boss',
    '$.users[1].role must be one of "user", "organization", "administrator"; got "boss"'
  ],
  [
    'a kind',
    'extensions.1.kind',
    'Queue',
    /^\$\.extensions\[1\]\.kind must be one of "phoneTerminal", .*; got "Queue"$/
  ],
  [
    'a type',
    'phoneCallEvents.0.type',
    0,
    `$.phoneCallEvents[0].type must be one of ${EVENT_TYPES.map(({ code }) => `"${code}"`).join(', ')}; got 0`
  ],
  ['a method', 'phoneCallEvents.0.method', 'GET', '$.phoneCallEvents[0].method must be one of "0", "1"; got "GET"'],
  ['a status', 'phoneCallEvents.0.status', true, '$.phoneCallEvents[0].status must be one of "0", "1"; got true'],
  ['a switch', 'settings.emptyCollection', '204', '$.settings.emptyCollection must be one of 204, 200; got "204"'],
  ['a lifetime of 0', 'settings.tokenLifetimeSeconds', 0, '$.settings.tokenLifetimeSeconds must be >= 1; got 0'],
  ['an empty name', 'users.1.name', '', '$.users[1].name must not have fewer than 1 characters; got ""'],
  [
    'a long name',
    'users.1.name',
    'x'.repeat(256),
    /^\$\.users\[1\]\.name must not have more than 255 characters; got "x{59}…$/
  ],
  ['an id', 'users.0.id', '@me', '$.users[0].id must match ^[A-Za-z0-9_.-]{1,64}$: For example 12; got "@me"'],
  [
    'an organization',
    'users.1.organization',
    'a b',
    /^\$\.users\[1\]\.organization must match \^.* or must be null; got "a b"$/
  ],
  [
    'a short number',
    'extensions.1.number',
    '900',
    '$.extensions[1].number must match ^[0-9]{1,16}\\*[0-9]{1,16}$: For example 0003*210; got "900"'
  ],
  [
    'a public number',
    'extensions.0.publicNumber',
    '+40 31',
    /^\$\.extensions\[0\]\.publicNumber must match .*; got "\+40 31"$/
  ],
  ['a token', 'tokens.0.accessToken', 'short', /^\$\.tokens\[0\]\.accessToken must match .*; got a secret$/],
  ['a client id', 'apps.0.clientId', 'a b', '$.apps[0].clientId must match ^[\\x21-\\x7E]+$; got "a b"'],
  ['a secret', 'apps.0.clientSecret', 'a b', '$.apps[0].clientSecret must match ^[\\x21-\\x7E]+$; got a secret'],
  [
    'a time',
    'tokens.0.expiresAt',
    'tomorrow',
    /^\$\.tokens\[0\]\.expiresAt must be as described: ISO 8601 .*; got "tomorrow"$/
  ],
  [
    'a time of an event',
    'phoneCallEvents.0.modified',
    '2012-07-10',
    /^\$\.phoneCallEvents\[0\]\.modified must be as described: .* for example 2012-.*; got "2012-07-10"$/
  ],
  [
    'an event id',
    'phoneCallEvents.0.id',
    'a-b',
    /^\$\.phoneCallEvents\[0\]\.id must match \^\[A-Za-z0-9\]\{1,255\}\$.*; got "a-b"$/
  ],
  [
    'a url',
    'phoneCallEvents.0.url',
    '/hook',
    /^\$\.phoneCallEvents\[0\]\.url must be as described: .*absolute http or https URL.*; got "\/hook"$/
  ],
  [
    'a long url',
    'phoneCallEvents.0.url',
    `http://a.test/${'x'.repeat(2035)}`,
    /^\$\.phoneCallEvents\[0\]\.url must not have more than 2048/
  ],
  [
    'NUL in a note',
    'phoneCallEvents.0.note',
    'a\0b',
    /^\$\.phoneCallEvents\[0\]\.note must match .*; got "a\\u0000b"$/
  ],

  ['an outcome', 'phones.0.outcome', 'BUSY', /^\$\.phones\[0\]\.outcome must be one of "answered", .*; got "BUSY"$/],
  ['a time below 0', 'phones.0.ringMs', -1, '$.phones[0].ringMs must be >= 0; got -1'],
  ['a time of more than a day', 'phones.0.talkMs', 86_400_001, '$.phones[0].talkMs must be <= 86400000; got 86400001'],
  ['a time with a unit', 'phones.0.ringMs', '2s', '$.phones[0].ringMs must be integer; got "2s"'],
  ['a name for a number', 'phones.0.number', 'desk', /^\$\.phones\[0\]\.number must match .*; got "desk"$/],
  ['an empty number', 'phones.1.number', '', /^\$\.phones\[1\]\.number must match .*; got ""$/],

  // duplicate keys
  ...[
    ['organizations', 'id'],
    ['users', 'id'],
    ['extensions', 'number'],
    ['apps', 'clientId'],
    ['tokens', 'accessToken'],
    ['sessions', 'vn'],
    ['phoneCallEvents', 'id'],
    ['phones', 'number']
  ].map(([list = '', key = '']): [string, string, unknown, string] => [
    `the same ${key} twice in ${list}`,
    `${list}.${Object(Reflect.get(WHOLE, list)).length}`,
    Object(Reflect.get(WHOLE, list))[0],
    `$.${list}[${Object(Reflect.get(WHOLE, list)).length}].${key} is the same as that of $.${list}[0]; each must be unique`
  ]),

  // dangling references
  [
    'organization',
    'users.1.organization',
    '9',
    '$.users[1].organization names "9", which does not exist; known are "3"'
  ],
  ['owner', 'extensions.1.owner', '9', '$.extensions[1].owner names "9", which does not exist; known are "1", "12"'],
  ['user of an app', 'apps.0.user', '9', '$.apps[0].user names "9", which does not exist; known are "1", "12"'],
  ['user of a token', 'tokens.0.user', '9', '$.tokens[0].user names "9", which does not exist; known are "1", "12"'],
  [
    'user of a session',
    'sessions.0.user',
    '9',
    '$.sessions[0].user names "9", which does not exist; known are "1", "12"'
  ],
  [
    'extension',
    'phoneCallEvents.1.extension',
    '0009*210',
    '$.phoneCallEvents[1].extension names "0009*210", which does not exist; known are "0003*210", "0003*900"'
  ],
  [
    'extension of a phone',
    'phones.0.number',
    '0009*210',
    '$.phones[0].number names "0009*210", which does not exist; known are "0003*210", "0003*900"'
  ],
  [
    'an extension of a kind that is refused',
    'phoneCallEvents.1.extension',
    '0003*900',
    '$.phoneCallEvents[1].extension names "0003*900", whose kind voicemail has no phone call events; use a phoneTerminal, queue, conference or ivr'
  ],
  [
    'a public number twice',
    'extensions.1.publicNumber',
    '+40312345210',
    '$.extensions[1].publicNumber gives 0003*900 the same public number as 0003*210; each must be unique'
  ],
  [
    'a public number of another extension among several',
    'extensions.1.publicNumbers',
    ['+40312345999', '+40312345210'],
    '$.extensions[1].publicNumbers[1] gives 0003*900 the same public number as 0003*210; each must be unique'
  ],
  [
    'a public number twice in an extension',
    'extensions.1.publicNumbers',
    ['+40312345998', '+40312345999', '+40312345998'],
    '$.extensions[1].publicNumbers[2] is the same as that of $.extensions[1].publicNumbers[0]; each must be unique'
  ],
  [
    'a publicNumber that is not the first',
    'extensions.0.publicNumbers',
    ['+40312345999', '+40312345210'],
    '$.extensions[0].publicNumber is +40312345210, which is not the first of publicNumbers; put it first there, or leave it out here'
  ],
  [
    'a text for publicNumbers',
    'extensions.1.publicNumbers',
    '+40312345999',
    '$.extensions[1].publicNumbers must be array; got "+40312345999"'
  ],
  [
    'an object among public numbers',
    'extensions.1.publicNumbers',
    [{ toString: 0 }],
    '$.extensions[1].publicNumbers[0] must be string; got an object'
  ],
  [
    'a short number among public numbers',
    'extensions.1.publicNumbers',
    ['210'],
    /^\$\.extensions\[1\]\.publicNumbers\[0\] must match .*; got "210"$/
  ],
  ['a text for disabled', 'apps.0.disabled', 'yes', '$.apps[0].disabled must be boolean; got "yes"'],
  [
    'a short number twice in an organization',
    'extensions.2',
    { number: '3*210', owner: '12', kind: 'ivr' },
    '$.extensions[2].number gives 3*210 the same short number in organization 3 as 0003*210; each must be unique'
  ],

  // values that do not exist, such as dates
  ...[
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-13-01T00:00:00+00:00',
    '2026-01-01T00:00:00+99:00'
  ].map((time): [string, string, unknown, string] => [
    time,
    'tokens.0.expiresAt',
    time,
    '$.tokens[0].expiresAt must be a time that exists'
  ]),
  [
    'the 31st of April',
    'phoneCallEvents.0.modified',
    '2026-04-31T00:00:00+03:00',
    '$.phoneCallEvents[0].modified must be a time that exists'
  ],
  [
    'a time zone',
    'settings.timeZone',
    'Europe/Bukarest',
    '$.settings.timeZone must be an IANA time zone, for example Europe/Bucharest'
  ],
  ...[
    'callback',
    '/callback',
    'http://localhost/#there',
    'http://',
    'http://local host/',
    'http://localhost/\ncallback',
    ' http://localhost/',
    'http://localhost/ü',
    'http://localhost/%'
  ].map((uri): [string, string, unknown, string] => [
    `redirect URI ${JSON.stringify(uri)}`,
    'apps.0.redirectUris.0',
    uri,
    '$.apps[0].redirectUris[0] must be an absolute URI without a fragment, percent-encoded where needed, for example http://localhost/callback'
  ]),
  ...['http://a.test:99999/', 'http://[::x]/', 'http://[1]/'].map((url): [string, string, unknown, RegExp] => [
    `url ${url}`,
    'phoneCallEvents.0.url',
    url,
    /^\$\.phoneCallEvents\[0\]\.url must /
  ])
]

/** `users.0.role` as a JSON path. */
function pathOf(place: string): string {
  const keys = place.split('.').filter(key => key !== '')
  return `$${keys.map(key => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('')}`
}

t.test('every kind of problem is reported with its JSON path, and nothing is loaded', async t => {
  const { fixtures, close } = createSandbox({ database: ':memory:' }, PORTS)
  t.teardown(close)
  t.equal(
    thrownBy(() => fixtures.load([{ name: 'whole', document: WHOLE }])),
    undefined,
    'unchanged it loads'
  )
  for (const [why, place, value, message] of PROBLEMS) {
    const lines = problemsOf(t, changed(place, value))
    const found = lines.filter(line => (typeof message === 'string' ? line === message : message.test(line)))
    t.equal(found.length, 1, `${why}: ${lines.join(' | ')}`)
    const hasReferences = /^(?:organizations|users|extensions)\b/.test(place) // references may break, too
    if (!hasReferences) t.equal(lines.length, 1, `${why}, and nothing else: ${lines.join(' | ')}`)
  }
  for (const document of [null, undefined, [], 'text', 7, true]) {
    t.match(problemsOf(t, document), [/^\$ must be object; got /], String(document))
  }
  t.strictSame(problemsOf(t, JSON.parse('{"__proto__": {"users": [5]}, "users": []}')), [
    '$.__proto__ is not a member that a fixture has here'
  ])
})

t.test(
  'all problems are reported at once: of schema and of reference, of every entry and of every fixture',
  async t => {
    const users = Array.from({ length: 40 }, (_, at) => ({ ...ADMINISTRATOR, id: `${at}`, role: 'boss' }))
    t.equal(problemsOf(t, { users }).length, 40, 'however many')

    const first = {
      organizations: [{ id: '3', name: 3 }],
      users: [
        { id: '12', name: 'Desk', organization: '3' },
        5,
        { id: '13', organization: '9', name: 'x', role: 'user' }
      ],
      extensions: [{ number: '0003*210', owner: '99', kind: 'queue' }],
      apps: [
        {
          clientId: 'a',
          clientSecret: 'b',
          user: '12',
          trusted: 1,
          redirectUris: ['', { toString: 0 }, 'nowhere', 'a:b']
        }
      ],
      settings: { timeZone: 'Nowhere', listEnvelope: 'x' }
    }
    const second = {
      tokens: [
        { accessToken: 'twice-the-same', user: '12' },
        { accessToken: 'twice-the-same', user: '77' }
      ],
      phoneCallEvents: [{ extension: '0003*210', type: '9', method: '0', url: 'http://a.test/', modified: 'x' }]
    }
    t.strictSame(
      problemsOf(t, first, second).map(line => line.replace(/ (?:must|is|names) .*/, '')),
      [
        'f0: $.organizations[0].name',
        'f0: $.users[0].role',
        'f0: $.users[1]',
        'f0: $.apps[0].trusted',
        'f0: $.apps[0].redirectUris[0]',
        'f0: $.apps[0].redirectUris[1]',
        'f0: $.settings.listEnvelope',
        'f0: $.users[2].organization',
        'f0: $.extensions[0].owner',
        'f0: $.apps[0].redirectUris[2]',
        'f0: $.settings.timeZone',
        'f1: $.phoneCallEvents[0].type',
        'f1: $.phoneCallEvents[0].modified',
        'f1: $.tokens[1].accessToken',
        'f1: $.tokens[1].user'
      ],
      'and nothing that only follows from another: user 12 and 0003*210 are there'
    )
    await t.rejects(buildApp({ database: ':memory:', fixtures: [{ name: 'bad', document: first }] }), FixtureInvalid)
  }
)

t.test('a load that fails in the middle is rolled back', async t => {
  const newId = () => {
    throw new Error('no more ids')
  }
  const { fixtures, settings, close } = createSandbox({ database: ':memory:', newId }, PORTS)
  t.teardown(close)
  t.throws(() => fixtures.load([{ name: 'whole', document: WHOLE }]), { message: 'no more ids' })
  t.ok(fixtures.isEmpty())
  t.equal(settings.current().listEnvelope, 'array', 'no setting changed')

  const { organizations, users } = WHOLE
  const sources = [
    { name: 'first', document: { organizations, users } },
    { name: 'second', document: WHOLE }
  ]
  t.throws(() => fixtures.load(sources), { message: 'no more ids' })
  t.ok(fixtures.isEmpty(), 'nor is one that was loaded before it')
})

t.test(
  'a fixture with which two extensions would get the same number is refused with the place, and nothing changes',
  async t => {
    const { ask, sandbox } = await start(t, { fixture: readFixture('default') })
    const load = (document: Fixture) => thrownBy(() => sandbox.fixtures.load([{ name: 'x', document }]))?.problems
    const rename: Fixture = { organizations: [{ id: '3', name: 'Renamed' }] }
    t.match(
      load({ ...rename, users: [{ id: '40', name: 'Moved', organization: '3', role: 'user' }] }),
      [{ path: '$.users[0].organization', message: /^gives 0004\*210 the same short number in organization 3/ }],
      'a user who brings an extension along'
    )
    t.match(
      load({
        ...rename,
        extensions: [{ number: '0003*300', owner: '40', kind: 'queue', publicNumber: '+40312345210' }]
      }),
      [{ path: '$.extensions[0].publicNumber' }]
    )
    t.match(load({ ...rename, extensions: [{ number: '0004*210', owner: '12', kind: 'queue' }] }), [
      { path: '$.extensions[0].number' }
    ])
    t.match(
      load({
        ...rename,
        extensions: [{ number: '0003*210', owner: '12', kind: 'voicemail' }],
        phoneCallEvents: [{ extension: '0003*210', type: '0', method: '0', url: 'http://a.test/' }]
      }),
      [{ path: '$.phoneCallEvents[0].extension', message: /voicemail has no phone call events/ }],
      'the kind that it becomes counts'
    )
    const { body } = await ask('GET', '/uapi/extensions/40/0004*210/phoneCallEvents', asAdministrator)
    t.equal(body, undefined, '0004*210 has the owner that it had')
    t.equal((await ask('GET', '/uapi/extensions/@me/210/phoneCallEvents')).status, 200)
  }
)

t.test('no message repeats a secret', async t => {
  const canary = 'canary secret'
  const documents = [
    ...['tokens.0.accessToken', 'apps.0.clientSecret', 'sessions.0.vn', 'sessions.0.xsrfToken'].flatMap(place => [
      changed(place, canary),
      changed(place, `${canary}${'x'.repeat(600)}`)
    ]),
    ...['tokens', 'apps', 'sessions'].flatMap(list => [
      changed(list, canary),
      changed(list, [canary]),
      changed(list, [[canary]]),
      changed(list, { canary })
    ]),
    changed('phoneCallEvents.0.url', `http://user:${encodeURIComponent(canary)}@a.test/ö`),
    changed('tokens.2', { accessToken: canary.replace(' ', ''), user: '99' }),
    { tokens: [WHOLE.tokens?.[1], WHOLE.tokens?.[1]] },
    { apps: [{ ...WHOLE.apps?.[0], redirectUris: ['nowhere'] }] }
  ]
  for (const document of documents) {
    const lines = problemsOf(t, document)
    t.ok(lines.length > 0, JSON.stringify(document))
    t.notMatch(lines.join('\n'), /canary.?(?:%20)?secret|user-token|app-secret/)
  }
  t.match(problemsOf(t, changed('tokens.0.accessToken', 123456789)), [
    '$.tokens[0].accessToken must be string; got a secret'
  ])
})

t.test("a fixture's settings take effect, and the operator's stand above them", async t => {
  const shown = async (settings: Parameters<typeof createSandbox>[0]['settings']) => {
    const { ask } = await start(t, { fixture: WHOLE, settings: settings ?? {} })
    const events = '/uapi/extensions/12/0003*210/phoneCallEvents'
    const list = await ask('GET', events, asAdministrator)
    const empty = await ask('GET', `${events}/3`, asAdministrator)
    const unknown = await ask('GET', events, { as: null, headers: { authorization: 'Bearer unknown-token' } })
    const client = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'app-secret' }
    const token = await ask('POST', '/oauth/token.php', { as: null, body: client })
    const [collection] = [list.body].flat()
    return [
      Array.isArray(list.body),
      empty.status,
      unknown.status,
      token.body.expires_in,
      collection.entry[1].modified.slice(-6)
    ]
  }
  t.strictSame(await shown({}), [false, 200, 403, 60, '+02:00'])
  t.strictSame(
    await shown({
      listEnvelope: 'array',
      emptyCollection: 204,
      invalidTokenStatus: 401,
      tokenLifetimeSeconds: 7,
      timeZone: 'UTC'
    }),
    [true, 204, 401, 7, '+00:00']
  )
  t.strictSame(await shown({ listEnvelope: 'array' }), [true, 200, 403, 60, '+02:00'], 'one by one')

  const { sandbox } = await start(t, { fixture: WHOLE, settings: { callFlowCase: 'upper' } })
  t.match(sandbox.settings.current(), { callFlowCase: 'upper', listEnvelope: 'object' })
  sandbox.fixtures.load([{ name: 'later', document: { settings: { listEnvelope: 'array', callFlowCase: 'lower' } } }])
  t.match(sandbox.settings.current(), { callFlowCase: 'upper', listEnvelope: 'array', emptyCollection: 200 })
})

t.test(
  'the published JSON schema is the one that fixtures are checked with, and the fixtures of the package are valid',
  async t => {
    const schema = fixtureSchemaDocument()
    const text = readFileSync(join(FOLDER, 'fixture.schema.json'), 'utf8')
    t.equal(text, `${JSON.stringify(schema, null, 2)}\n`)
    const validate = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(text))
    const names = readdirSync(FOLDER).filter(name => name !== 'fixture.schema.json')
    t.strictSame(names.sort(), ['call-centre.json', 'clean.json', 'default.json', 'empty.json'])
    for (const name of names) {
      const document = readFixture(name.replace('.json', ''))
      t.ok(validate(document), `${name} ${JSON.stringify(validate.errors)}`)
      t.equal(document.$schema, './fixture.schema.json', 'editors find the schema')
      t.strictSame(problemsOf(t, document), [], `${name} loads`)
    }
    for (const [why, place, value, message] of PROBLEMS) {
      const isOfForm =
        /is the same as|is not the first of|names "|gives |time that exists|IANA|absolute URI|\\\.url must \//.test(
          String(message)
        )
      if (!isOfForm) t.notOk(validate(changed(place, value)), `ajv refuses ${why}, too`)
    }
  }
)

t.test('the fixture "clean" is the default one without its phone call event', t => {
  const { phoneCallEvents, ...rest } = readFixture('default')
  t.equal(phoneCallEvents?.length, 1)
  t.strictSame(readFixture('clean'), rest)
  t.end()
})

t.test(
  'the call-centre fixture has extensions of five kinds, and events of the five types and both methods',
  async t => {
    const fixture = readFixture('call-centre')
    const { extensions = [], phoneCallEvents = [], apps = [] } = fixture
    const kinds: ExtensionKind[] = ['phoneTerminal', 'queue', 'ivr', 'conference', 'voicemail']
    t.strictSame(new Set(extensions.map(({ kind }) => kind)), new Set(kinds))
    t.strictSame(new Set(phoneCallEvents.map(({ type }) => type)), new Set(['0', '1', '2', '3', '4']))
    t.strictSame(new Set(phoneCallEvents.map(({ method }) => method)), new Set(['0', '1']))
    t.strictSame(phoneCallEvents.filter(({ status }) => status === '0').length, 1, 'one is disabled')
    t.ok(
      phoneCallEvents.every(({ note }) => note),
      'notes say what each is for'
    )
    t.ok(
      phoneCallEvents.every(({ url }) => /^http:\/\/(?:127\.0\.0\.1|crm\.test)[:/]/.test(url)),
      'no webhook leaves the machine'
    )
    t.strictSame(
      apps.map(({ trusted, redirectUris }) => [trusted, redirectUris.length > 0]),
      [
        [true, false],
        [false, true]
      ]
    )
    const { sandbox, ask } = await start(t, { fixture: readFixture('default') })
    sandbox.fixtures.load([{ name: 'call-centre', document: fixture }])
    const headers = { authorization: 'Bearer supervisor-token' }
    for (const { number, owner, kind } of extensions) {
      const { status } = await ask('GET', `/uapi/extensions/${owner}/${number}/phoneCallEvents`, { as: null, headers })
      const expected = phoneCallEvents.some(({ extension }) => extension === number) ? 200 : 204
      t.equal(status, kind === 'voicemail' ? 400 : expected, `${number} beside the default fixture`)
    }
  }
)

// Few ids and numbers, so that entries of two fixtures collide.
const letters = fc.string({ unit: fc.constantFrom(...'AZaz09_.-'), minLength: 1, maxLength: 2 })
const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123'), minLength: 1, maxLength })
const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
const secret = printable.map(text => `${text.replaceAll(' ', '')}!`)
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const local = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
const offset = fc.constantFrom('+00:00', '-12:00', '+14:00', '+05:45', '-03:30', '+23:59')
const time = fc.tuple(local, offset).map(([date, offset]) => date.toISOString().slice(0, 19) + offset)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
/** One of the given values; undefined when there are none. */
const among = <T>(entries: readonly T[]) => fc.constantFrom(...entries)
const several = <T>(entry: fc.Arbitrary<T>, key: (entry: T) => unknown, when = true): fc.Arbitrary<T[]> =>
  when ? fc.uniqueArray(entry, { selector: key, maxLength: 4 }) : fc.constant([])

/** A valid fixture: its references exist, and its keys and numbers are unique. */
const validFixture: fc.Arbitrary<Fixture> = fc
  .record({ organizations: several(fc.record({ id: letters, name }), ({ id }) => id) })
  .chain(({ organizations }) => {
    const organization = among([null, ...organizations.map(({ id }) => id)])
    const user = fc.record({ id: letters, name, organization, role: among(ROLES) })
    return fc.record({ organizations: fc.constant(organizations), users: several(user, ({ id }) => id) })
  })
  .chain(({ organizations, users }) => {
    const owner = users.length > 0 ? among(users.map(({ id }) => id)) : fc.constant('')
    const number = fc.tuple(digits(2), digits(2)).map(([prefix, short]) => `${prefix}*${short}`)
    const kind = among(Object.keys(EXTENSION_KINDS) as ExtensionKind[])
    const someNumber = fc.tuple(among(['', '+']), digits(2)).map(([plus, end]) => `${plus}4031${end}`)
    const publicNumbers = fc.uniqueArray(someNumber, { maxLength: 3 })
    const extension = fc.record({ number, owner, kind, name: optional(name), publicNumbers, form: fc.nat(2) })
    return fc.record({
      organizations: fc.constant(organizations),
      users: fc.constant(users),
      extensions: several(extension, ({ number }) => number.replace(/.*\*/, ''), users.length > 0).map(extensions =>
        extensions.map(({ publicNumbers, form, ...rest }, at) => {
          const earlier = extensions.slice(0, at).flatMap(other => other.publicNumbers)
          const [first, ...more] = publicNumbers.filter(number => !earlier.includes(number))
          if (first === undefined) return rest
          if (form === 0) return { ...rest, publicNumbers: [first, ...more] }
          return { ...rest, publicNumber: first, publicNumbers: form === 1 ? more : [first, ...more] }
        })
      ),
      apps: several(
        fc.record({
          clientId: secret,
          clientSecret: secret,
          name: optional(name),
          user: owner,
          trusted: fc.boolean(),
          redirectUris: fc.array(fc.webUrl({ withQueryParameters: true }), { maxLength: 3 }),
          disabled: optional(fc.boolean())
        }),
        ({ clientId }) => clientId,
        users.length > 0
      ),
      tokens: several(
        fc.record({
          accessToken: letters.map(text => text.padEnd(10, '.')),
          user: owner,
          expiresAt: fc.oneof(fc.constant(null), fc.constant(undefined), time)
        }),
        ({ accessToken }) => accessToken,
        users.length > 0
      ),
      sessions: several(fc.record({ user: owner, vn: secret, xsrfToken: secret }), ({ vn }) => vn, users.length > 0),
      settings: fc.record(
        {
          listEnvelope: among(['array', 'object'] as const),
          emptyCollection: among([200, 204] as const),
          invalidTokenStatus: among([401, 403] as const),
          callFlowCase: among(['upper', 'lower'] as const),
          tokenLifetimeSeconds: fc.integer({ min: 1, max: 315_360_000 }),
          timeZone: among(['UTC', 'Europe/Bucharest', 'America/St_Johns', 'Asia/Kathmandu'])
        },
        { requiredKeys: [] }
      )
    })
  })
  .chain(fixture => {
    const numbers = fixture.extensions
      .filter(({ kind }) => EXTENSION_KINDS[kind].hasPhoneCallEvents)
      .map(({ number }) => number)
    const event = fc.record({
      extension: numbers.length > 0 ? among(numbers) : fc.constant(''),
      type: among(EVENT_TYPES.map(({ code }) => code)),
      id: optional(digits(3)),
      method: among(['0', '1'] as const),
      url: fc.webUrl({ withFragments: true, withQueryParameters: true }).filter(url => URL.canParse(url)),
      status: optional(among(['0', '1'] as const)),
      note: optional(fc.string({ unit: 'binary' }).map(text => text.replaceAll('\0', ''))),
      modified: optional(time)
    })
    const phoneCallEvents = several(event, ({ id }) => id ?? Symbol('each its own'), numbers.length > 0)
    const dialled = fc.oneof(
      digits(3),
      among(['+40722000111', '*72', '#31#', ...fixture.extensions.map(({ number }) => number)])
    )
    const ms = optional(fc.nat(86_400_000))
    const phone = fc.record({
      number: dialled,
      outcome: optional(among(Object.keys(OUTCOMES) as CallOutcome[])),
      ringMs: ms,
      talkMs: ms
    })
    return fc.record({ ...mapped(fixture), phoneCallEvents, phones: several(phone, ({ number }) => number) })
  })
  .map(fixture => JSON.parse(JSON.stringify(fixture))) // as read from a file: without undefined members

const mapped = <T extends object>(fixture: T) =>
  Object.fromEntries(Object.entries(fixture).map(([name, value]) => [name, fc.constant(value)]))

t.test('any valid fixture loads, also twice, and validates against the published schema', async t => {
  const validate = new Ajv2020().compile(fixtureSchemaDocument())
  const { fixtures, settings, close } = createSandbox({ database: ':memory:' }, PORTS)
  t.teardown(close)
  let events = 0
  fc.assert(
    fc.property(validFixture, document => {
      fixtures.replace([])
      fixtures.load([{ name: 'x', document }])
      fixtures.load([{ name: 'x', document }])
      events += document.phoneCallEvents?.length ?? 0
      const holds = validate(document)
      for (const [name, value] of Object.entries(document.settings ?? {})) {
        if (Reflect.get(settings.current(), name) !== value) return false
      }
      return holds
    }),
    { numRuns: 300 }
  )
  t.ok(events > 50, `${events} events were among them`)
})

t.test('an export of any valid fixture loads back to the same export', async t => {
  const one = createSandbox({ database: ':memory:' }, PORTS)
  const other = createSandbox({ database: ':memory:' }, PORTS)
  t.teardown(async () => void (await Promise.all([one.close(), other.close()])))
  const count = { several: 0, disabled: 0, phones: 0 }
  fc.assert(
    fc.property(validFixture, document => {
      one.fixtures.replace([{ name: 'x', document }])
      const exported = one.fixtures.export()
      for (const { publicNumber, publicNumbers } of exported.extensions) {
        if (publicNumbers === undefined) continue
        count.several++
        t.equal(publicNumbers[0], publicNumber)
      }
      count.disabled += exported.apps.filter(({ disabled }) => disabled).length
      count.phones += exported.phones.length
      t.strictSame(
        exported.phones,
        (document.phones ?? []).map(phone => ({ outcome: 'answered', ringMs: 500, talkMs: 30_000, ...phone })),
        'phones that were set, with their defaults'
      )
      other.fixtures.replace([{ name: 'exported', document: structuredClone(exported) }])
      t.strictSame(other.fixtures.export(), exported)
      other.fixtures.load([{ name: 'merged', document: structuredClone(exported) }])
      t.strictSame(other.fixtures.export(), exported)
      for (const { number, publicNumbers = [], publicNumber } of document.extensions ?? []) {
        for (const reached of [publicNumber ?? publicNumbers[0] ?? '', ...publicNumbers].filter(Boolean)) {
          const listed = exported.extensions.find(extension => extension.number === number)
          t.ok([listed?.publicNumber, ...(listed?.publicNumbers ?? [])].includes(reached), reached)
        }
      }
    }),
    { numRuns: 200 }
  )
  t.ok(count.several > 20 && count.disabled > 20 && count.phones > 20, JSON.stringify(count))
})

t.test('an extension is called by any of its public numbers, and publicNumber is the first', async t => {
  const [first = '', second = '', third = ''] = ['+40312345210', '+40312345220', '0040312345230']
  for (const [form, members] of [
    ['publicNumbers alone', { publicNumbers: [first, second, third] }],
    ['both, the first in both', { publicNumber: first, publicNumbers: [first, second, third] }],
    ['both, the first in one', { publicNumber: first, publicNumbers: [second, third] }]
  ] as const) {
    const { publicNumber, ...desk } = WHOLE.extensions?.[0] ?? {}
    const extension = { ...desk, ...members }
    const { ask } = await start(t, { fixture: { ...WHOLE, extensions: [extension, WHOLE.extensions?.[1]] } })
    const control = (method: string, path: string, body?: unknown) => ask(method, `/_emulator${path}`, { body })
    const { body: directory } = await control('GET', '/directory')
    const expected = { publicNumber: first, publicNumbers: [first, second, third] }
    t.strictSame(directory.extensions[0], { ...desk, ...expected }, form)
    for (const to of [first, second, third]) {
      const { status, body } = await control('POST', '/calls', { from: '+40700000001', to, manual: true })
      t.equal(status, 201)
      t.match(JSON.stringify(body), /"0003\*210"/, `${form}: ${to} leads to the extension`)
    }
    await control('PUT', '/snapshots/three', {})
    await control('POST', '/fixtures', { extensions: [{ ...desk, publicNumbers: [second] }] })
    const one = (await control('GET', '/directory')).body.extensions[0]
    t.strictSame(one, { ...desk, publicNumber: second }, 'replaced by one')
    await control('POST', '/fixtures', { extensions: [{ ...desk, publicNumbers: [] }] })
    t.strictSame((await control('GET', '/directory')).body.extensions[0], desk, 'by none')
    const moved = { ...WHOLE.extensions?.[1], publicNumbers: [third, first] }
    t.equal((await control('POST', '/fixtures', { extensions: [moved] })).status, 200, 'they are free for another')
    await control('POST', '/snapshots/three/restore', {})
    t.strictSame((await control('GET', '/directory')).body, directory, 'a snapshot holds them, in their order')
  }
})

t.test('a valid fixture on top of another loads, or is refused without a change', async t => {
  const { fixtures, close } = createSandbox({ database: ':memory:' }, PORTS)
  t.teardown(close)
  const count = { loaded: 0, refused: 0 }
  fc.assert(
    fc.property(validFixture, validFixture, (first, second) => {
      fixtures.replace([])
      fixtures.load([{ name: 'first', document: first }])
      const invalid = thrownBy(() => fixtures.load([{ name: 'second', document: second }]))
      count[invalid ? 'refused' : 'loaded']++
      if (invalid) fixtures.load([{ name: 'first', document: first }])
      const together = thrownBy(() => {
        fixtures.replace([])
        fixtures.load([first, second].map((document, at) => ({ name: `${at}`, document })))
      })
      return (
        (together === undefined) === (invalid === undefined) &&
        fixtures.isEmpty() === (invalid !== undefined || isEmpty(first, second))
      )
    }),
    { numRuns: 500 }
  )
  t.ok(count.loaded > 50 && count.refused > 5, `both happened: ${JSON.stringify(count)}`)
})

const isEmpty = (...fixtures: Fixture[]): boolean =>
  fixtures.every(fixture => Object.values(fixture).every(entries => Object.keys(entries).length === 0))

t.test('any JSON value is loaded or refused with its problems; no other error is thrown', async t => {
  const validate = new Ajv2020().compile(fixtureSchemaDocument())
  const { fixtures, close } = createSandbox({ database: ':memory:' }, PORTS)
  t.teardown(close)
  const json = fc.jsonValue({ maxDepth: 3 })
  const names = [
    '$schema',
    'organizations',
    'users',
    'extensions',
    'apps',
    'tokens',
    'sessions',
    'phoneCallEvents',
    'settings'
  ]
  const members = [
    'id',
    'name',
    'organization',
    'role',
    'number',
    'owner',
    'kind',
    'user',
    'redirectUris',
    '__proto__',
    'constructor',
    '',
    '0',
    'a/b~c'
  ]
  const nearly = fc.dictionary(
    fc.constantFrom(...names, ...members),
    fc.oneof(json, fc.array(fc.dictionary(fc.constantFrom(...members), json)))
  )
  /** A valid fixture with one place replaced. */
  const broken = fc.tuple(validFixture, fc.nat(), json).map(([fixture, at, value]) => {
    const places: [object, string][] = []
    const text = JSON.stringify(fixture)
    const copy: object = JSON.parse(text, function (this: object, key, value) {
      places.push([this, key])
      return value
    })
    const [holder, key] = places[at % places.length] ?? [copy, '']
    Reflect.set(holder, key, value)
    return copy
  })
  const count = { loaded: 0, refused: 0 }
  fc.assert(
    fc.property(fc.oneof(json, nearly, broken), document => {
      fixtures.replace([])
      const invalid = thrownBy(() => fixtures.load([{ name: 'x', document }]))
      count[invalid ? 'refused' : 'loaded']++
      if (invalid === undefined) return validate(document)
      return (
        fixtures.isEmpty() && invalid.problems.length > 0 && invalid.problems.every(({ path }) => path.startsWith('$'))
      )
    }),
    { numRuns: 1000 }
  )
  t.ok(count.loaded > 20 && count.refused > 300, `both happened: ${JSON.stringify(count)}`)
})

t.test('of a fixture with 60,000 invalid users the first thousand problems are listed', async t => {
  const users = Array.from({ length: 60_000 }, () => ({ id: 5, name: '', organization: 'nobody', role: 'x' }))
  const invalid = thrownBy(() => readFixtures([{ name: 'x', document: { users } }]))
  t.equal(invalid?.problems.length, 1_000)
  t.equal(invalid?.hasMore, true)
})
