import t from 'tap'
import { type Relation, relation } from '../src/domain/addressing.js'
import { EXTENSION_KINDS, ROLES, type Role, type User } from '../src/schema/directory.js'
import { EVENTS, NEW_EVENT, NOW, PAGE_EVENT, PAGE_HEADERS, readFixture, start, TOKENS } from './support/emulator.js'

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
      for (const userId of [user, '@owner', '@me']) {
        const denied =
          userId === '@me'
            ? { status: 400, body: { error: { code: 'extension_invalid' } }, reason: 'extension_not_owned' }
            : { status: 403, body: { error: { code: 'access_denied' } }, reason: 'role_forbids' }
        for (const [method, rest, options] of OPERATIONS) {
          const event = { ...NEW_EVENT, extension, type: '1', id: 'target' }
          const { ask } = await start(t, { fixture: { ...fixture(role), phoneCallEvents: [event] } })
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
      const { ask: askAnew } = await start(t)
      const title = `${as}, ${userId || 'empty'}, ${extension}`
      const answer = await askAnew('POST', at(userId, extension, '/1'), { as, body: NEW_EVENT })
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
