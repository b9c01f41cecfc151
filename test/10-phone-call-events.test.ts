import t from 'tap'
import { EVENTS, NEW_EVENT, NOW_PRINTED, PAGE_EVENT, start, TOKENS } from './support/emulator.js'
import { send } from './support/socket.js'
import { bytesOf, PAGE } from './support/vendor-page.js'

const FIRST_ID = '000000000000000000000000000001'

t.test("the vendor page's own requests, byte for byte, answer what the page shows", async t => {
  const { port } = await start(t)
  const host = `127.0.0.1:${port}`
  const self = (id: string) => `http://${host}${EVENTS}/0/${id}`
  /** The page's answer with its variable values replaced; everything else is compared exactly. */
  const expected = (answer: string, substitutes: [string, string][] = []) =>
    substitutes.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(JSON.parse(answer)))

  const created = await send(port, bytesOf(PAGE.create.curl, host, 'POST'))
  t.equal(created.status, 200)
  t.equal(
    created.body,
    expected(PAGE.create.answer, [
      [PAGE_EVENT, FIRST_ID],
      ['2012-07-10T18:16:12+03:00', NOW_PRINTED],
      [`https://x.x.x.x${EVENTS}/MyPhoneCallEvent`, self(FIRST_ID)]
    ]),
    'create'
  )

  const listed = await send(port, bytesOf(PAGE.list.curl, host, 'GET'))
  t.equal(listed.status, 200)
  const collection = expected(PAGE.list.answer, [
    [`https://x.x.x.x${EVENTS}/0/${PAGE_EVENT}`, self(PAGE_EVENT)],
    ['"itemsPerPage":5', '"itemsPerPage":20']
  ])
  t.equal(listed.body, collection, 'list: modified is pinned by the fixture and stays as written')

  const updated = await send(port, bytesOf(PAGE.update.curl, host, 'PUT'))
  t.equal(updated.status, 200)
  t.equal(
    updated.body,
    expected(PAGE.update.answer, [
      ['2012-07-10T18:16:12+03:00', NOW_PRINTED],
      [`https://x.x.x.x${EVENTS}/MyPhoneCallEvent`, self(PAGE_EVENT)]
    ]),
    'update'
  )

  const removed = await send(port, bytesOf(PAGE.remove.curl, host, 'DELETE'))
  t.equal(removed.status, 200)
  t.equal(removed.body, expected(PAGE.remove.answer), 'delete')
})

t.test('Create', async t => {
  t.test('reads the type from the path, from the body, or from both when they agree', async t => {
    const { ask } = await start(t)
    for (const [path, body] of [
      [`${EVENTS}/3`, NEW_EVENT],
      [EVENTS, { ...NEW_EVENT, type: '3' }],
      [EVENTS, { ...NEW_EVENT, type: 3 }],
      [`${EVENTS}/3`, { ...NEW_EVENT, type: '3' }],
      [`${EVENTS}/3`, { ...NEW_EVENT, type: 3 }]
    ] as const) {
      const { status, body: answer } = await ask('POST', path, { body })
      t.equal(status, 200)
      t.equal(answer.PhoneCallEvent.type, '3', `${path} ${JSON.stringify(body)}`)
    }
  })

  t.test('accepts type 0 as a number and does not take it for a missing type', async t => {
    const { ask } = await start(t)
    const { status, body } = await ask('POST', EVENTS, { body: { ...NEW_EVENT, type: 0, method: 0, status: 0 } })
    t.equal(status, 200)
    t.match(body.PhoneCallEvent, { type: '0', method: '0', status: '0' }, 'numbers are stored as their strings')
  })

  t.test('makes an enabled event without a note by default', async t => {
    const { ask } = await start(t)
    const { body } = await ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
    t.match(body.PhoneCallEvent, { status: '1', note: '' })
  })

  t.test('returns every member exactly as it was sent', async t => {
    const { ask } = await start(t)
    const body = {
      method: '1',
      url: "HTTPS://user:p%20w@[::1]:5060/a%2Fb/../c;d=e?x=%E2%82%AC&y=~!$'()*+,#frag",
      note: 'Zwölf Boxkämpfer 😀 "quoted" \\ \n\t <b>',
      status: '0'
    }
    const { body: created } = await ask('POST', `${EVENTS}/4`, { body })
    t.match(created.PhoneCallEvent, body)
    const { body: listed } = await ask('GET', `${EVENTS}/4`)
    t.match(listed[0].entry[0], body)
  })

  t.test('ignores unknown members', async t => {
    const { ask } = await start(t)
    const { status, body } = await ask('POST', `${EVENTS}/0`, {
      body: { ...NEW_EVENT, id: 'mine', modified: 'x', foo: {} }
    })
    t.equal(status, 200)
    t.match(body.PhoneCallEvent, { id: FIRST_ID, modified: NOW_PRINTED })
    t.notOk('foo' in body.PhoneCallEvent)
  })

  t.test('prints modified in the configured time zone, with the offset of daylight saving time', async t => {
    for (const [zone, printed] of [
      ['Europe/Bucharest', '2026-03-01T12:20:30+02:00'],
      ['America/St_Johns', '2026-03-01T06:50:30-03:30'],
      ['Asia/Kathmandu', '2026-03-01T16:05:30+05:45'],
      ['UTC', NOW_PRINTED]
    ] as const) {
      const { ask } = await start(t, { settings: { timeZone: zone } })
      const { body } = await ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
      t.equal(body.PhoneCallEvent.modified, printed, zone)
    }
    const { ask, setTime } = await start(t, { settings: { timeZone: 'Europe/Bucharest' } })
    setTime(new Date('2026-07-01T23:59:59.999Z'))
    const { body } = await ask('POST', `${EVENTS}/0`, { body: NEW_EVENT })
    t.equal(body.PhoneCallEvent.modified, '2026-07-02T02:59:59+03:00', 'summer time')
  })
})

t.test('Update', async t => {
  const event = `${EVENTS}/0/${PAGE_EVENT}`

  t.test('changes the members it names, keeps the others, and updates modified', async t => {
    for (const change of [
      { method: '1' },
      { method: 1 },
      { note: '' },
      { url: 'http://other.test/' },
      { status: 0 },
      {}
    ]) {
      const { ask } = await start(t)
      const { body: before } = await ask('GET', event)
      const { status, body: answer } = await ask('PUT', event, { body: change })
      t.equal(status, 200)
      const printed = Object.fromEntries(Object.entries(change).map(([name, value]) => [name, String(value)]))
      const after = { ...before[0].entry[0], ...printed, modified: NOW_PRINTED }
      t.strictSame(answer.PhoneCallEvent, after, JSON.stringify(change))
      t.strictSame((await ask('GET', event)).body[0].entry, [after], 'and it stays')
    }
  })

  t.test('changes nothing when it has no body', async t => {
    const { ask } = await start(t)
    t.equal((await ask('PUT', event)).body.PhoneCallEvent.modified, NOW_PRINTED)
    t.equal((await ask('PUT', event, { body: '' })).status, 200, 'also where a content type says JSON')
  })

  t.test('never changes type and id', async t => {
    const { ask } = await start(t)
    const { body } = await ask('PUT', event, { body: { type: '4', id: 'other' } })
    t.match(body.PhoneCallEvent, { type: '0', id: PAGE_EVENT })
  })
})

t.test('Delete removes one event, all events of a type, or all events of an extension', async t => {
  const { ask } = await start(t)
  const create = async (type: number, url: string) =>
    (await ask('POST', `${EVENTS}/${type}`, { body: { ...NEW_EVENT, url } })).body.PhoneCallEvent.id
  const b = await create(1, 'http://b.test/')
  const a = await create(1, 'http://a.test/')
  const c = await create(2, 'http://c.test/')
  await ask('POST', '/uapi/extensions/@me/0003*300/phoneCallEvents/1', { body: NEW_EVENT })

  const one = await ask('DELETE', `${EVENTS}/2/${c}`)
  t.strictSame(one.body, [{ id: c }])
  const type = await ask('DELETE', `${EVENTS}/1`)
  t.strictSame(type.body, [{ id: a }, { id: b }], 'in the order of a list')
  const rest = await ask('DELETE', EVENTS)
  t.strictSame(rest.body, [{ id: PAGE_EVENT }])
  const nothing = await ask('DELETE', EVENTS)
  t.equal(nothing.status, 204)
  t.equal(nothing.text, '')
  t.equal((await ask('GET', '/uapi/extensions/@me/0003*300/phoneCallEvents')).body[0].totalResults, 1, 'others stay')
})

t.test('where the sources disagree, a setting selects the behaviour', async t => {
  t.test('listEnvelope: object answers the collection without the array around it', async t => {
    const { ask } = await start(t, { settings: { listEnvelope: 'object' } })
    const { body, headers } = await ask('GET', EVENTS)
    t.match(body, { totalResults: 1, entry: [{ id: PAGE_EVENT }] })
    t.equal(headers.get('content-type'), 'application/json; charset=utf-8')
  })

  t.test('emptyCollection: 200 answers an empty collection with a body', async t => {
    const { ask } = await start(t, { settings: { emptyCollection: 200 } })
    const list = await ask('GET', `${EVENTS}/4?count=3`)
    t.equal(list.status, 200)
    t.strictSame(list.body, [
      { startIndex: 0, totalResults: 0, itemsPerPage: 3, filtered: true, sorted: true, entry: [] }
    ])
    const removed = await ask('DELETE', `${EVENTS}/4`)
    t.equal(removed.status, 200)
    t.strictSame(removed.body, [])
  })

  t.test('by default an empty collection is 204 without a body', async t => {
    const { ask } = await start(t)
    for (const path of [`${EVENTS}/4`, `${EVENTS}/0/unknown`]) {
      const { status, text, headers } = await ask('GET', path)
      t.equal(status, 204, path)
      t.equal(text, '')
      t.equal(headers.get('content-type'), null)
    }
  })
})

t.test('links.self repeats the address as the request wrote it', async t => {
  const { ask, url } = await start(t)
  for (const [userId, extension, token] of [
    ['@me', '0003*210', 'user'],
    ['@viewer', '210', 'user'],
    ['@owner', '0003*210', 'administrator'],
    ['12', '0003*210', 'organization']
  ] as const) {
    const { body } = await ask('GET', `/uapi/extensions/${userId}/${extension}/phoneCallEvents`, { as: token })
    const { self } = body[0].entry[0].links
    t.equal(self, `${url}/uapi/extensions/${userId}/${extension}/phoneCallEvents/0/${PAGE_EVENT}`)
    t.equal((await ask('GET', self.slice(url.length), { as: token })).body[0].totalResults, 1, 'and it leads there')
  }

  const named = await start(t, { publicUrl: 'https://pbx.example.com/base' })
  const { body } = await named.ask('GET', EVENTS, {
    headers: { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' }
  })
  t.equal(body[0].entry[0].links.self, `https://pbx.example.com/base${EVENTS}/0/${PAGE_EVENT}`, 'or the public URL')
  const { body: forwarded } = await ask('GET', EVENTS, { headers: { 'x-forwarded-host': 'evil.test' } })
  t.match(forwarded[0].entry[0].links.self, url, 'forwarded-* headers never')
})

t.test('concurrent creates all succeed, each with an event of its own', async t => {
  const { ask } = await start(t)
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask('POST', `${EVENTS}/2`, { body: NEW_EVENT })))
  const ids = new Set(answers.map(({ body }) => body.PhoneCallEvent.id))
  t.equal(ids.size, 50)
  t.equal((await ask('GET', `${EVENTS}/2?count=1`)).body[0].totalResults, 50)
  const deletions = await Promise.all([1, 2, 3].map(() => ask('DELETE', `${EVENTS}/2/${[...ids][0]}`)))
  t.same(deletions.map(({ status }) => status).sort(), [200, 400, 400], 'and only one of them deletes it')
})

t.test('/unifiedapi is the same service as /uapi, and a token is valid in the query, too', async t => {
  const { ask } = await start(t)
  const { body } = await ask('GET', EVENTS.replace('/uapi', '/unifiedapi'))
  t.match(body[0].entry[0].links.self, /\/uapi\/extensions\/@me/, 'links name the one path')
  t.equal((await ask('GET', `${EVENTS}?accessRequestToken=${TOKENS.user}`, { as: null })).status, 200)
})
