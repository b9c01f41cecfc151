import t from 'tap'
import { type Relation, relation } from '../src/domain/addressing.js'
import { EXTENSION_KINDS, ROLES, type Role, type User } from '../src/schema/directory.js'
import {
  EVENTS,
  NEW_EVENT,
  NOW,
  PAGE_EVENT,
  PAGE_HEADERS,
  type Running,
  readFixture,
  start,
  TOKENS
} from './support/emulator.js'

const at = (userId: string, extension: string, rest = '') =>
  `/uapi/extensions/${userId}/${extension}/phoneCallEvents${rest}`

/** The four operations, as requests that succeed on an extension with one event of type 1. */
const OPERATIONS = [
  ['POST', '/1', { body: NEW_EVENT }],
  ['GET', '/1', {}],
  ['PUT', '/1/target', { body: {} }],
  ['DELETE', '/1/target', {}]
] as const

/** The permission matrix, written independently of the code: the users that each role may address. */
const EXPECTED: Record<Role, Relation[]> = {
  user: ['self'],
  organization: ['self', 'sameOrganization'],
  administrator: ['self', 'sameOrganization', 'elsewhere']
}

t.test('every cell of the permission matrix holds for all four operations', async t => {
  /** One user for every relation to the principal: itself, a colleague, a stranger. */
  const users: User[] = [
    { id: 'p', name: 'Principal', organization: 'a', role: 'user' },
    { id: 'c', name: 'Colleague', organization: 'a', role: 'user' },
    { id: 's', name: 'Stranger', organization: 'b', role: 'user' }
  ]
  const targets: Record<Relation, { user: string; extension: string }> = {
    self: { user: 'p', extension: '1*10' },
    sameOrganization: { user: 'c', extension: '1*11' },
    elsewhere: { user: 's', extension: '2*10' }
  }
  const fixture = (role: Role) => ({
    organizations: [
      { id: 'a', name: 'A' },
      { id: 'b', name: 'B' }
    ],
    users: users.map(user => (user.id === 'p' ? { ...user, role } : user)),
    extensions: Object.values(targets).map(({ user, extension }) => ({
      number: extension,
      owner: user,
      kind: 'queue'
    })),
    tokens: [{ accessToken: TOKENS.user, user: 'p' }],
    phoneCallEvents: []
  })
  for (const role of ROLES) {
    for (const [relationName, { user, extension }] of Object.entries(targets)) {
      const allowed = EXPECTED[role].includes(relationName as Relation)
      const event = { ...NEW_EVENT, extension, type: '1', id: 'target' }
      const { ask } = await start(t, { fixture: { ...fixture(role), phoneCallEvents: [event] } })
      for (const userId of [user, '@owner', '@me']) {
        const denied =
          userId === '@me'
            ? { status: 400, body: { error: { code: 'extension_invalid' } }, reason: 'extension_not_owned' }
            : { status: 403, body: { error: { code: 'access_denied' } }, reason: 'role_forbids' }
        for (const [method, rest, options] of OPERATIONS) {
          await ask('POST', '/_emulator/reset', { as: null })
          const { status, body, reason } = await ask(method, at(userId, extension, rest), options)
          const title = `${role} ${method} as ${userId} on ${relationName}`
          if (allowed) t.equal(status, 200, `${title}: allowed`)
          else t.match({ status, body, reason }, denied, `${title}: denied`)
        }
      }
    }
  }
})

t.test('two users without an organization are not in the same organization', async t => {
  const alone = (id: string): User => ({ id, name: id, organization: null, role: 'organization' })
  t.equal(relation(alone('a'), alone('b')), 'elsewhere')
  t.equal(relation(alone('a'), alone('a')), 'self')
})

t.test('@me, @viewer, an empty userId and the id of the principal address the same user', async t => {
  const { ask } = await start(t)
  for (const userId of ['@me', '@viewer', '%40me', '', '12', '@owner']) {
    t.equal((await ask('GET', at(userId, '0003*210'))).status, 200, userId)
  }
})

t.test('@me reaches the extensions of every user that the role reaches, and of no other', async t => {
  const { ask } = await start(t)
  const refused = { status: 400, body: { error: { code: 'extension_invalid' } }, reason: 'extension_not_owned' }
  for (const userId of ['@me', '@viewer', '']) {
    for (const [as, extension, expected] of [
      ['organization', '0003*210', 200],
      ['organization', '210', 200],
      ['organization', '0004*210', 400],
      ['administrator', '0003*210', 200],
      ['administrator', '0004*210', 200],
      ['other', '0003*210', 400]
    ] as const) {
      await ask('POST', '/_emulator/reset', { as: null })
      const title = `${as}, ${userId || 'empty'}, ${extension}`
      const answer = await ask('POST', at(userId, extension, '/1'), { as, body: NEW_EVENT })
      if (expected === 200) t.equal(answer.status, 200, title)
      else t.match({ ...answer }, refused, title)
    }
  }
  t.match(await ask('GET', at('@me', '210'), { as: 'administrator' }), { status: 400, reason: 'organization_missing' })
  const { body } = await ask('POST', at('@me', '0003*210', '/1'), { as: 'organization', body: NEW_EVENT })
  t.match(body.PhoneCallEvent.links.self, '/extensions/@me/0003*210/', 'links repeat the path')
  t.equal(
    (await ask('GET', at('@me', '0003*210', `/1/${body.PhoneCallEvent.id}`))).status,
    200,
    'its owner has the event'
  )
})

t.test('@owner is the owner of the extension', async t => {
  const { ask } = await start(t)
  t.equal((await ask('GET', at('@owner', '0003*210'), { as: 'administrator' })).status, 200)
  t.equal(
    (await ask('GET', at('@owner', '210'), { as: 'organization' })).status,
    200,
    'its short number in the own organization'
  )
  t.equal((await ask('GET', at('@owner', '0003*210'), { as: 'other' })).status, 403)
  t.equal((await ask('GET', at('@owner', '0003*900'), { as: 'other' })).status, 403, 'permission before the kind')
})

t.test('a short number is looked up in the organization of the addressed user', async t => {
  const { ask, url } = await start(t)
  await ask('POST', at('@me', '210', '/1'), { as: 'other', body: { ...NEW_EVENT, url: 'http://other.test/' } })
  const { body } = await ask('GET', at('40', '210'), { as: 'administrator' })
  t.equal(body[0].entry[0].url, 'http://other.test/', '210 of user 40 is 0004*210')
  t.equal(body[0].entry[0].links.self, `${url}${at('40', '210')}/1/${body[0].entry[0].id}`)
  t.equal(
    (await ask('GET', at('12', '210'), { as: 'administrator' })).body[0].entry[0].id,
    PAGE_EVENT,
    'of user 12 it is 0003*210'
  )
})

t.test('phone call events can be assigned to four kinds of extension', async t => {
  const fixture = readFixture('default')
  const kinds = Object.entries(EXTENSION_KINDS)
  const extensions = kinds.map(([kind], index) => ({
    number: `0003*${1000 + index}`,
    owner: '12',
    kind
  }))
  const { ask } = await start(t, { fixture: { ...fixture, extensions, phoneCallEvents: [] } })
  for (const [index, [kind, { hasPhoneCallEvents }]] of kinds.entries()) {
    const { status, reason } = await ask('POST', at('@me', String(1000 + index), '/0'), { body: NEW_EVENT })
    t.equal(status, hasPhoneCallEvents ? 200 : 400, kind)
    t.equal(reason, hasPhoneCallEvents ? null : 'extension_kind', kind)
  }
})

t.test('a bearer token', async t => {
  t.test(
    'is read from the header with a scheme in any letter case, or from the query with or without a scheme',
    async t => {
      const { ask } = await start(t)
      for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR ']) {
        const headers = { authorization: `${scheme} ${TOKENS.user}` }
        t.equal((await ask('GET', EVENTS, { as: null, headers })).status, 200, scheme)
      }
      for (const value of [TOKENS.user, `Bearer%20${TOKENS.user}`, `bearer+${TOKENS.user}`]) {
        t.equal((await ask('GET', `${EVENTS}?accessRequestToken=${value}`, { as: null })).status, 200, value)
      }
    }
  )

  t.test('has precedence over a session, and the header over the query', async t => {
    const { ask } = await start(t)
    const cookies = { as: null, headers: { ...PAGE_HEADERS, authorization: 'Bearer nobody-has-this' } }
    t.match(await ask('GET', EVENTS, cookies), { status: 401, reason: 'token_unknown' })
    const query = await ask('GET', `${EVENTS}?accessRequestToken=${TOKENS.user}`, {
      as: null,
      headers: { authorization: 'Bearer x' }
    })
    t.equal(query.reason, 'token_unknown')
    const both = await ask('GET', `${EVENTS}?accessRequestToken=nobody-has-this`, { as: null, headers: PAGE_HEADERS })
    t.equal(both.reason, 'token_unknown')
    const basic = { as: null, headers: { ...PAGE_HEADERS, authorization: 'Basic eDp5' } }
    t.equal((await ask('GET', EVENTS, basic)).status, 200, 'another scheme is no bearer token')
  })

  t.test('expires at its time, to the millisecond, with the reason token_expired', async t => {
    const fixture = readFixture('default')
    fixture.tokens?.push({ accessToken: 'short-lived-token', user: '12', expiresAt: '2026-03-01T12:00:00+02:00' })
    const { ask, setTime } = await start(t, { fixture })
    const asked = () => ask('GET', EVENTS, { as: null, headers: { authorization: 'Bearer short-lived-token' } })
    const end = Date.parse('2026-03-01T10:00:00Z')
    setTime(new Date(end - 1))
    t.equal((await asked()).status, 200)
    for (const time of [end, end + 1, NOW.getTime()]) {
      setTime(new Date(time))
      t.match(await asked(), { status: 401, reason: 'token_expired' })
    }
  })

  t.test('that is not valid is 401 with a challenge, or 403 with invalidTokenStatus: 403', async t => {
    for (const [invalidTokenStatus, challenge] of [
      [401, 'Bearer'],
      [403, null]
    ] as const) {
      const { ask } = await start(t, { settings: { invalidTokenStatus } })
      for (const authorization of [
        'Bearer nobody-has-this',
        'Bearer',
        'Bearer ',
        `Bearer ${TOKENS.user}x`,
        `Bearer ${TOKENS.user.toUpperCase()}`
      ]) {
        const answer = await ask('GET', EVENTS, { as: null, headers: { authorization } })
        t.equal(answer.status, invalidTokenStatus, authorization)
        t.equal(answer.body.error.code, 'access_denied')
        t.equal(answer.headers.get('www-authenticate'), challenge)
      }
      const none = await ask('GET', EVENTS, { as: null })
      t.match(none, { status: 401, reason: 'credentials_missing' }, 'no credentials are always 401')
    }
    const { ask } = await start(t)
    const twice = await ask('GET', `${EVENTS}?accessRequestToken=${TOKENS.user}&accessRequestToken=${TOKENS.user}`, {
      as: null
    })
    t.equal(twice.status, 401, 'two tokens are none')
  })
})

t.test('a session', async t => {
  const { vn, token } = { vn: 'vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f', token: '44HzZ6YIHDN6mbRY' }

  t.test('needs its XSRF token as a cookie and as a header, on all four operations', async t => {
    const cases: [why: string, cookie: string, header: string | undefined, status: number, reason: string | null][] = [
      ['both', `dev=x; ${vn}; xsrf-token=${token}`, token, 200, null],
      ['no dev cookie', `${vn}; xsrf-token=${token}`, token, 200, null],
      ['the vn cookie undecoded', `vn=XI,m-tpsEWgqBMBCNVpeAnUEaeqCpG7f; xsrf-token=${token}`, token, 200, null],
      ['the same cookies twice', `${vn}; ${vn}; xsrf-token=${token}; xsrf-token=${token}`, token, 200, null],
      [
        'the same value twice, with different encodings',
        `${vn}; vn=XI,m-tpsEWgqBMBCNVpeAnUEaeqCpG7f; xsrf-token=${token}`,
        token,
        200,
        null
      ],
      ['no header', `${vn}; xsrf-token=${token}`, undefined, 403, 'xsrf_missing'],
      ['an empty header', `${vn}; xsrf-token=${token}`, '', 403, 'xsrf_missing'],
      ['no cookie', vn, token, 403, 'xsrf_missing'],
      ['an empty cookie', `${vn}; xsrf-token=`, token, 403, 'xsrf_missing'],
      ['another header', `${vn}; xsrf-token=${token}`, 'other', 403, 'xsrf_mismatch'],
      ['another cookie', `${vn}; xsrf-token=other`, token, 403, 'xsrf_mismatch'],
      ["both the same, but not the session's", `${vn}; xsrf-token=other`, 'other', 403, 'xsrf_mismatch'],
      ['a header in another case', `${vn}; xsrf-token=${token}`, token.toLowerCase(), 403, 'xsrf_mismatch'],
      ['an unknown session', `vn=nobody; xsrf-token=${token}`, token, 401, 'session_unknown'],
      ['an empty session', `vn=; xsrf-token=${token}`, token, 401, 'session_unknown'],
      ['two sessions', `${vn}; vn=other; xsrf-token=${token}`, token, 401, 'session_unknown'],
      ['two xsrf tokens', `${vn}; xsrf-token=${token}; xsrf-token=other`, token, 401, 'session_unknown'],
      ['only the xsrf pair', `xsrf-token=${token}`, token, 401, 'credentials_missing']
    ]
    for (const [why, cookie, header, status, reason] of cases) {
      const { ask } = await start(t)
      for (const [method, rest, options] of OPERATIONS) {
        const path =
          method === 'PUT' || method === 'DELETE' ? `${EVENTS}/0/${PAGE_EVENT}` : `${EVENTS}/0${rest.slice(2)}`
        const headers = { cookie, ...(header !== undefined && { 'x-xsrf-token': header }) }
        const answer = await ask(method, path, { ...options, as: null, headers })
        t.match({ status: answer.status, reason: answer.reason }, { status, reason }, `${method} with ${why}`)
      }
    }
  })

  t.test('has the permissions of its user', async t => {
    const { ask } = await start(t)
    const asked = (userId: string) => ask('GET', at(userId, '0003*211'), { as: null, headers: PAGE_HEADERS })
    t.match(await asked('13'), { status: 403, reason: 'role_forbids' })
  })
})

t.test(
  'a Host that a web page could choose is refused before any other check, in the error format of the surface',
  async t => {
    const { port } = await start(t, { allowedHosts: ['pbx.example.com'], publicUrl: 'https://public.example.com' })
    const { request: send } = await import('node:http')
    const ask = (host: string, path: string) =>
      new Promise<{ status: number | undefined; body: string; reason: unknown }>(done =>
        send({ port, path, headers: { host } }, response => {
          let body = ''
          response.on('data', chunk => {
            body += chunk
          })
          response.on('end', () =>
            done({ status: response.statusCode, body, reason: response.headers['x-emulator-reason'] })
          )
        }).end()
      )
    for (const host of [
      'evil.example.com',
      'example.com:4772',
      'localhost.evil.com',
      '127.0.0.1.evil.com',
      'public.example.com.evil.com'
    ]) {
      for (const [path, shape] of [
        [EVENTS, { error: { code: 'access_denied' } }],
        ['/unifiedapi/nothing', { error: { code: 'access_denied' } }],
        ['/oauth/token.php', { error: 'invalid_request' }],
        ['/_emulator/health', { error: { code: 'host_not_allowed' } }],
        ['/livez', { error: { code: 'host_not_allowed' } }],
        ['/nothing', { error: { code: 'host_not_allowed' } }]
      ] as const) {
        const { status, body, reason } = await ask(host, path)
        t.match(
          { status, reason, body: JSON.parse(body) },
          { status: 403, reason: 'host_not_allowed', body: shape },
          `${host}${path}`
        )
      }
      t.equal((await ask(host, '/oauth/authorize.php')).status, 403)
    }
    for (const host of [
      'localhost',
      'LOCALHOST:4772',
      'app.localhost',
      'emulator',
      'emulator:4772',
      'pbx.internal',
      'a.b.test',
      '127.0.0.1',
      '10.0.0.7:80',
      '[::1]:4772',
      'pbx.example.com',
      'PBX.example.com.:1',
      'public.example.com'
    ]) {
      t.equal((await ask(host, '/livez')).status, 200, host)
    }
  }
)

/** Requests of a sandbox with a token, or with the session of the page. */
const access = ({ ask }: Pick<Running, 'ask'>, prefix = '') => ({
  token: async (token: string) => {
    const answer = await ask('GET', prefix + EVENTS, { as: null, headers: { authorization: `Bearer ${token}` } })
    return answer.reason ?? answer.status
  },
  session: async (headers: Record<string, string> = PAGE_HEADERS) => {
    const answer = await ask('GET', prefix + EVENTS, { as: null, headers })
    return answer.reason ?? answer.status
  },
  revoke: (kind: 'tokens' | 'sessions', body: unknown) =>
    ask('POST', `${prefix}/_emulator/${kind}/revoke`, { as: null, body })
})

const PAGE_VN = 'XI,m-tpsEWgqBMBCNVpeAnUEaeqCpG7f'

t.test('a token is revoked by its text, by its user, or with all others, and refused with token_revoked', async t => {
  const rows: [body: object, revoked: number, refused: (keyof typeof TOKENS)[]][] = [
    [{ accessToken: TOKENS.user }, 1, ['user']],
    [{ accessToken: 'never-issued-here' }, 0, []],
    [{ user: '20' }, 1, ['organization']],
    [{ user: '13' }, 0, []],
    [{}, 4, ['user', 'organization', 'administrator', 'other']]
  ]
  for (const [body, revoked, refused] of rows) {
    const running = await start(t)
    const { revoke, token, session } = access(running)
    for (const sent of Object.values(TOKENS)) await token(sent) // cached from here on
    t.match(await revoke('tokens', body), { status: 200, body: { revoked } }, JSON.stringify(body))
    for (const [role, sent] of Object.entries(TOKENS)) {
      const isRevoked = refused.includes(role as keyof typeof TOKENS)
      t.equal((await token(sent)) === 'token_revoked', isRevoked, `${role} after ${JSON.stringify(body)}`)
    }
    t.equal(await session(), 200, 'sessions stay')
    t.match(await revoke('tokens', body), { body: { revoked: 0 } }, 'a second time there is nothing to revoke')
  }
})

t.test('a revoked token is refused like an unknown one, in the header and in the query', async t => {
  for (const [invalidTokenStatus, challenge] of [
    [401, 'Bearer'],
    [403, null]
  ] as const) {
    const running = await start(t, { settings: { invalidTokenStatus } })
    await access(running).revoke('tokens', { accessToken: TOKENS.user })
    const unknown = await running.ask('GET', EVENTS, { as: null, headers: { authorization: 'Bearer never-issued' } })
    for (const revoked of [
      await running.ask('GET', EVENTS),
      await running.ask('GET', `${EVENTS}?accessRequestToken=${TOKENS.user}`, { as: null })
    ]) {
      t.match(revoked, { status: invalidTokenStatus, reason: 'token_revoked' })
      t.equal(revoked.text, unknown.text)
      t.equal(revoked.headers.get('www-authenticate'), challenge)
    }
  }
})

t.test('a session is revoked by its vn, by its user, or with all others, and refused with session_revoked', async t => {
  for (const [body, revoked] of [
    [{ vn: PAGE_VN }, 1],
    [{ user: '12' }, 1],
    [{}, 1],
    [{ vn: 'nobody' }, 0],
    [{ user: '40' }, 0]
  ] as const) {
    const running = await start(t, { settings: { invalidTokenStatus: 403 } })
    const { revoke, session, token } = access(running)
    t.equal(await session(), 200)
    t.match(await revoke('sessions', body), { status: 200, body: { revoked } }, JSON.stringify(body))
    t.equal(await session(), revoked === 1 ? 'session_revoked' : 200)
    if (revoked === 1) {
      const answer = await running.ask('GET', EVENTS, { as: null, headers: PAGE_HEADERS })
      t.equal(answer.status, 401, 'the setting is for tokens')
      const other = { ...PAGE_HEADERS, cookie: 'vn=nobody; xsrf-token=44HzZ6YIHDN6mbRY' }
      t.equal(await session(other), 'session_unknown')
    }
    t.equal(await token(TOKENS.user), 200, 'tokens stay')
  }
})

t.test('a credential that is loaded again, restored or reset is accepted again', async t => {
  const running = await start(t)
  const { revoke, token, session } = access(running)
  const post = (path: string, body: object = {}) => running.ask('POST', `/_emulator${path}`, { body })
  const { tokens, sessions } = readFixture('default')
  await running.ask('PUT', '/_emulator/snapshots/before')
  for (const [how, comeBack] of [
    ['loaded', () => post('/fixtures', { tokens, sessions })],
    ['restored', () => post('/snapshots/before/restore')],
    ['reset', () => post('/reset')]
  ] as const) {
    await revoke('tokens', {})
    await revoke('sessions', {})
    t.strictSame([await token(TOKENS.user), await session()], ['token_revoked', 'session_revoked'])
    await comeBack()
    t.strictSame([await token(TOKENS.user), await session()], [200, 200], how)
  }
  await revoke('tokens', {})
  await running.ask('PUT', '/_emulator/snapshots/revoked')
  await post('/reset', { fixture: 'empty' })
  t.equal(await token(TOKENS.user), 'token_unknown', 'a reset forgets what was revoked')
  await post('/snapshots/revoked/restore')
  t.equal(await token(TOKENS.user), 'token_revoked', 'a snapshot holds what was revoked')
  const { body: issued } = await post('/tokens', { user: '12' })
  t.equal(await token(issued.accessToken), 200, 'new tokens are accepted')
})

t.test('the last thousand revoked tokens are remembered, and as many sessions', async t => {
  const running = await start(t)
  const { revoke, token, session } = access(running)
  const named = (nth: number) => `token-${String(nth).padStart(10, '0')}`
  const load = (count: number, from: number) =>
    running.ask('POST', '/_emulator/fixtures', {
      body: { tokens: Array.from({ length: count }, (_, at) => ({ accessToken: named(from + at), user: '12' })) }
    })
  await revoke('sessions', { vn: PAGE_VN })
  await revoke('tokens', { accessToken: TOKENS.user })
  await load(999, 0)
  t.match(await revoke('tokens', { user: '12' }), { body: { revoked: 999 } })
  t.equal(await token(TOKENS.user), 'token_revoked', 'the first of a thousand')
  await load(1, 5000)
  await revoke('tokens', { accessToken: named(5000) })
  t.equal(await token(TOKENS.user), 'token_unknown', 'the first of a thousand and one')
  t.equal(await token(named(0)), 'token_revoked')
  t.equal(await token(named(5000)), 'token_revoked')
  await load(1, 0)
  await revoke('tokens', { accessToken: named(0) })
  await load(999, 1000)
  await revoke('tokens', { user: '12' })
  t.equal(await token(named(0)), 'token_revoked', 'revoked again, it is one of the last')
  await load(3000, 6000)
  t.match(await revoke('tokens', { user: '12' }), { body: { revoked: 3000 } }, 'more than are remembered')
  t.equal(await session(), 'session_revoked', 'sessions are counted apart')
})

t.test('revoked credentials are in no export, no answer and no error text', async t => {
  const fixture = {
    ...readFixture('default'),
    tokens: [{ accessToken: 'canary.token', user: '12' }],
    sessions: [{ user: '12', vn: 'canary.vn', xsrfToken: 'canary.xsrf' }]
  }
  const running = await start(t, { fixture })
  const { revoke, token, session } = access(running)
  await revoke('tokens', { accessToken: 'canary.token' })
  await revoke('sessions', { vn: 'canary.vn' })
  t.equal(await token('canary.token'), 'token_revoked')
  t.equal(await session({ cookie: 'vn=canary.vn; xsrf-token=canary.xsrf' }), 'session_revoked')
  const texts = [
    await running.ask('GET', '/_emulator/fixtures'),
    await running.ask('GET', '/_emulator/directory'),
    await running.ask('GET', '/_emulator/requests'),
    await revoke('tokens', { accessToken: 'canary token' }),
    await revoke('tokens', { accessToken: ['canary'] }),
    await revoke('tokens', { accessToken: 'canary.token', user: '12' }),
    await revoke('tokens', 'canary'),
    await revoke('tokens', '"canary"'),
    await revoke('tokens', ['canary']),
    await revoke('sessions', { vn: 'canary vn' }),
    await revoke('sessions', { vn: 5 }),
    await running.ask('PATCH', '/_emulator/apps/emulator-app', { body: { clientSecret: 'canary secret' } }),
    await running.ask('PATCH', '/_emulator/apps/emulator-app', { body: { clientSecret: 'canary' } })
  ]
  for (const { text } of texts) t.notMatch(text, /canary/)
})

t.test('a wrong revocation is refused with its path, and revokes nothing', async t => {
  const running = await start(t)
  const { revoke, token, session } = access(running)
  for (const [kind, body, path, reason] of [
    ['tokens', { accessToken: TOKENS.user, user: '12' }, '$', 'value_malformed'],
    ['tokens', { accessToken: 'short' }, '$.accessToken', 'value_malformed'],
    ['tokens', { accessToken: null }, '$.accessToken', 'value_malformed'],
    ['tokens', { user: '99' }, '$.user', 'user_unknown'],
    ['tokens', { user: 12 }, '$.user', 'value_malformed'],
    ['tokens', { vn: PAGE_VN }, '$.vn', 'member_unknown'],
    ['tokens', null, '$', 'value_malformed'],
    ['tokens', [], '$', 'value_malformed'],
    ['sessions', { vn: PAGE_VN, user: '12' }, '$', 'value_malformed'],
    ['sessions', { vn: '' }, '$.vn', 'value_malformed'],
    ['sessions', { user: '99' }, '$.user', 'user_unknown'],
    ['sessions', { accessToken: TOKENS.user }, '$.accessToken', 'member_unknown']
  ] as const) {
    const answer = await revoke(kind, body)
    const title = `${kind} ${JSON.stringify(body)}`
    t.match({ ...answer, path: answer.body.error.details?.[0]?.path }, { status: 400, reason, path }, title)
  }
  t.strictSame([await token(TOKENS.user), await session()], [200, 200])
})

t.test('revoking in a sandbox touches that sandbox only', async t => {
  const running = await start(t)
  for (const name of ['one', 'two']) await running.ask('POST', '/_emulator/sandboxes', { body: { name } })
  const [one, two, root] = [access(running, '/sandboxes/one'), access(running, '/sandboxes/two'), access(running)]
  await one.revoke('tokens', {})
  await one.revoke('sessions', {})
  t.strictSame([await one.token(TOKENS.user), await one.session()], ['token_revoked', 'session_revoked'])
  for (const other of [two, root]) {
    t.strictSame([await other.token(TOKENS.user), await other.session()], [200, 200])
  }
})
