import t from 'tap'
import { FIELDS, FILTER_FIELDS, FILTER_OPS } from '../src/schema/listing.js'
import { MAX_URL_LENGTH, type PhoneCallEvent } from '../src/schema/phone-call-event.js'
import { EVENTS, NEW_EVENT, PAGE_EVENT, readFixture, start } from './support/emulator.js'
import fc from './support/random.js'

type Stored = Omit<PhoneCallEvent, 'links'>

/** The expected result of a listing, computed from an array in memory. */
function model(
  events: Stored[],
  { by, op, value, order, count, startIndex, type, id }: Asked
): { total: number; ids: string[] } {
  const holds = {
    equals: (text: string) => text === value,
    contains: (text: string) => text.includes(value),
    startsWith: (text: string) => text.startsWith(value),
    present: (text: string) => text !== ''
  }
  const matching = events
    .filter(event => type === undefined || event.type === type)
    .filter(event => type === undefined || id === undefined || event.id === id) // an id needs its type
    .filter(event => by === undefined || holds[op](event[by]))
  const codePoints = (text: string) => [...text].map(character => character.codePointAt(0) ?? 0)
  const compare = (one: string, other: string) => {
    const [a, b] = [codePoints(one), codePoints(other)]
    const at = a.findIndex((point, index) => point !== b[index])
    return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1)
  }
  const sorted = matching.sort((one, other) => compare(one.url, other.url) || compare(one.id, other.id))
  if (order === 'desc') sorted.reverse()
  return { total: sorted.length, ids: sorted.slice(startIndex, startIndex + count).map(event => event.id) }
}

interface Asked {
  by?: (typeof FILTER_FIELDS)[number]
  op: (typeof FILTER_OPS)[number]
  value: string
  order: 'asc' | 'desc'
  count: number
  startIndex: number
  type?: string
  id?: string
}

/** Few characters, so that values collide; among them those that are special in SQL, in URLs and in sorting. */
const awkward = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', '%', '_', "'", '"', '\\', ' ', '+', '&', 'ä', '😀', '\uffee'),
  maxLength: 4
})
const path = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '_', '.', '~', '%25', '/', '?', '&', '+'), maxLength: 5 })

/** Short urls, and some of nearly the longest that is accepted, which differ at their end. */
const url = fc
  .tuple(fc.constantFrom('', '', '', 'a'.repeat(MAX_URL_LENGTH - 30)), path)
  .map(([start, rest]) => `http://r.test/${start}${rest}`)

const stored: fc.Arbitrary<Stored> = fc.record({
  type: fc.constantFrom('0', '1', '2', '3', '4'),
  id: fc.string({ unit: fc.constantFrom('a', 'B', '0'), minLength: 1, maxLength: 6 }),
  method: fc.constantFrom('0', '1'),
  status: fc.constantFrom('0', '1'),
  note: awkward,
  url,
  modified: fc.constantFrom('2012-07-10T18:16:12+03:00', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00-03:30')
})

const askedOf = (events: Stored[]): fc.Arbitrary<Asked> => {
  const values = events.flatMap(event => FILTER_FIELDS.map(field => event[field]))
  const part = fc
    .constantFrom('', ...values)
    .chain(value => fc.tuple(fc.nat(value.length), fc.nat(value.length)).map(([from, to]) => value.slice(from, to)))
  // A slice may cut a surrogate pair in two, which no query can contain.
  const whole = fc.oneof(fc.constantFrom('', ...values), part, awkward).filter(text => text.isWellFormed())
  return fc.record(
    {
      by: fc.constantFrom(...FILTER_FIELDS),
      op: fc.constantFrom(...FILTER_OPS),
      value: whole,
      order: fc.constantFrom('asc', 'desc'),
      count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(5000)),
      startIndex: fc.integer({ min: 0, max: 8 }),
      type: fc.constantFrom('0', '1', '2'),
      id: fc.constantFrom('a', ...events.map(event => event.id))
    },
    { requiredKeys: ['op', 'value', 'order', 'count', 'startIndex'] }
  )
}

/** Changes of events, by the index of the event: updates with and without a url, and deletions. */
const changesOf = (events: Stored[]) =>
  fc.array(
    fc.record({
      at: fc.nat(Math.max(0, events.length - 1)),
      patch: fc.option(fc.record({ url, note: awkward, status: fc.constantFrom('0', '1') }, { requiredKeys: [] }))
    }),
    { maxLength: 5 }
  )

/** The request path of a listing. An id is sent only with a type. */
function toPath({ by, op, value, order, count, startIndex, type, id }: Asked): string {
  const query = new URLSearchParams({ count: String(count), startIndex: String(startIndex), sortOrder: order })
  if (by !== undefined) {
    query.set('filterBy', by)
    query.set('filterOp', op)
    if (op !== 'present') query.set('filterValue', value)
  }
  const segments = [type, type === undefined ? undefined : id].flatMap(segment =>
    segment === undefined ? [] : `/${segment}`
  )
  return `${EVENTS}${segments.join('')}?${query}`
}

t.test('filtering, sorting and paging give the same result as on an array in memory, after any changes', async t => {
  const { ask } = await start(t)
  await fc.assert(
    fc.asyncProperty(
      fc
        .uniqueArray(stored, { selector: ({ id }) => id, maxLength: 12 })
        .chain(events =>
          fc.tuple(fc.constant(events), changesOf(events), fc.array(askedOf(events), { minLength: 8, maxLength: 8 }))
        ),
      async ([events, changes, listings]) => {
        const fixture = {
          ...readFixture('default'),
          phoneCallEvents: events.map(event => ({ ...event, extension: '0003*210' }))
        }
        await ask('POST', '/_emulator/reset', { body: { fixture } })
        const kept = new Map(events.map(event => [event.id, event]))
        for (const { at, patch } of changes) {
          const event = kept.get(events[at]?.id ?? '')
          if (event === undefined) continue
          const path = `${EVENTS}/${event.type}/${event.id}`
          if (patch === null) {
            await ask('DELETE', path)
            kept.delete(event.id)
          } else {
            const { body } = await ask('PUT', path, { body: patch })
            kept.set(event.id, { ...event, ...patch, modified: body.PhoneCallEvent.modified })
          }
        }
        for (const asked of listings) {
          const { total, ids } = model([...kept.values()], asked)
          const { status, body } = await ask('GET', toPath(asked))
          const answer = {
            status,
            total: body?.[0].totalResults ?? 0,
            ids: body?.[0].entry.map(({ id }: Stored) => id) ?? []
          }
          const expected = { status: total === 0 ? 204 : 200, total, ids }
          if (JSON.stringify(answer) !== JSON.stringify(expected)) {
            throw new Error(`${toPath(asked)}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(answer)}`)
          }
        }
      }
    ),
    { numRuns: 60 }
  )
  t.pass('for every random collection and every random listing of it')
})

t.test('a collection', async t => {
  const urls = ['http://r.test/a', 'http://r.test/b', 'http://r.test/c', 'http://r.test/d', 'http://r.test/e']
  const fixture = {
    ...readFixture('default'),
    phoneCallEvents: urls.map((url, index) => ({
      ...NEW_EVENT,
      extension: '0003*210',
      type: '2',
      id: `id${index}`,
      url
    }))
  }
  const ids = (body: [{ entry: { id: string }[] }]) => body[0].entry.map(({ id }) => id)

  t.test('repeats the paging parameters, and counts all results before paging', async t => {
    const { ask } = await start(t, { fixture })
    const { body } = await ask('GET', `${EVENTS}?count=2&startIndex=1`)
    t.match(body[0], { startIndex: 1, itemsPerPage: 2, totalResults: 5, filtered: true, sorted: true })
    t.strictSame(ids(body), ['id1', 'id2'])
    t.equal((await ask('GET', EVENTS)).body[0].itemsPerPage, 20, 'twenty unless asked otherwise')
  })

  t.test('links all pages forwards and backwards, with every parameter except the token', async t => {
    const { ask, url } = await start(t, { fixture })
    const query = 'count=2&filterBy=note&filterOp=equals&filterValue=&foo=a%26b&foo=c&sortOrder=desc'
    const seen: string[] = []
    let next: string | undefined = `${url}${EVENTS}/2?${query}&accessRequestToken=emulator-user-token`
    let last = ''
    while (next !== undefined) {
      const { body } = await ask('GET', next.slice(url.length))
      seen.push(...ids(body))
      last = next
      next = body[0].paging?.next
      if (next !== undefined) {
        const parameters = new URL(next).searchParams
        t.notOk(parameters.has('accessRequestToken'), 'the token is not repeated')
        t.strictSame(
          [...parameters].filter(([name]) => name !== 'startIndex').join('&'),
          [...new URLSearchParams(query)].join('&')
        )
      }
    }
    t.strictSame(seen, ['id4', 'id3', 'id2', 'id1', 'id0'])
    const { body } = await ask('GET', last.slice(url.length))
    t.strictSame(ids((await ask('GET', body[0].paging.prev.slice(url.length))).body), ['id2', 'id1'], 'and back')
  })

  t.test('has no prev on the first page, no next on the last, and no prev with a negative startIndex', async t => {
    const { ask } = await start(t, { fixture })
    const paging = async (query: string) => (await ask('GET', `${EVENTS}?${query}`)).body[0].paging
    t.equal(await paging('count=5'), undefined)
    t.strictSame(Object.keys(await paging('count=4')), ['next'])
    t.strictSame(Object.keys(await paging('count=4&startIndex=1')), ['prev'])
    t.match((await paging('count=4&startIndex=1')).prev, /startIndex=0$/)
    t.strictSame(Object.keys(await paging('count=1&startIndex=9')), ['prev'], 'past the end')
  })

  t.test('past its end is an empty page with status 200', async t => {
    const { ask } = await start(t, { fixture })
    const { status, body } = await ask('GET', `${EVENTS}?startIndex=5`)
    t.equal(status, 200)
    t.match(body[0], { totalResults: 5, entry: [] })
  })

  t.test('has no next link beyond startIndex 5,000', async t => {
    const many = Array.from({ length: 5003 }, (_, index) => ({
      ...NEW_EVENT,
      extension: '0003*210',
      type: '2',
      id: `m${index}`
    }))
    const { ask } = await start(t, { fixture: { ...fixture, phoneCallEvents: many } })
    const next = async (query: string) => (await ask('GET', `${EVENTS}?fields=id&${query}`)).body[0].paging?.next
    t.match(await next('count=1&startIndex=4999'), /startIndex=5000/)
    t.equal(await next('count=1&startIndex=5000'), undefined, 'although there are more')
    t.equal(await next('count=5000&startIndex=1'), undefined)
    t.equal((await ask('GET', `${EVENTS}?count=5000`)).body[0].entry.length, 5000)
  })

  t.test('of one event id accepts count and startIndex, too, as clients send them', async t => {
    const { ask } = await start(t, { fixture })
    const { body } = await ask('GET', `${EVENTS}/2/id3?count=20&startIndex=0`)
    t.strictSame(ids(body), ['id3'])
  })
})

t.test('fields', async t => {
  const members = async (query: string) => {
    const { ask } = await start(t)
    return Object.keys((await ask('GET', `${EVENTS}/0/${PAGE_EVENT}?${query}`)).body[0].entry[0])
  }

  t.test('selects the members of an entry, as a list or repeated, in any order', async t => {
    t.strictSame(await members('fields=id%2Curl'), ['id', 'url'])
    t.strictSame(await members('fields=url,id'), ['id', 'url'])
    t.strictSame(await members('fields=url&fields=id,url'), ['id', 'url'])
    for (const field of FIELDS) t.strictSame(await members(`fields=${field}`), [field])
  })

  t.test('selects all members when it contains @all or is missing', async t => {
    for (const query of ['fields=@all', 'fields=%40all', 'fields=id,@all', ''])
      t.strictSame(await members(query), [...FIELDS], query)
  })
})

t.test('parameters', async t => {
  t.test('accept their keywords in any letter case, where the contract says so', async t => {
    const { ask } = await start(t)
    for (const query of [
      'sortOrder=ASC',
      'sortOrder=Descending',
      'sortOrder=aScEnDiNg',
      'sortOrder=desc',
      'filterBy=url&filterOp=STARTSWITH&filterValue=http',
      'filterBy=note&filterOp=Present',
      'filterBy=id&filterOp=CONTAINS&filterValue=qey'
    ]) {
      t.equal((await ask('GET', `${EVENTS}?${query}`)).status, 200, query)
    }
  })

  t.test('are ignored when they are unknown, and so are filterValue and filterOp without filterBy', async t => {
    const { ask } = await start(t)
    for (const query of [
      'filter=x',
      'startindex=-1',
      'Count=0',
      'filterValue=x',
      'filterOp=contains',
      '=',
      '&&',
      'constructor=1',
      '__proto__=1',
      'toString=1'
    ]) {
      t.equal((await ask('GET', `${EVENTS}?${query}`)).body?.[0].totalResults, 1, query)
    }
  })

  t.test('are compared literally: % and _ are no wildcards, and letter case matters', async t => {
    const { ask } = await start(t)
    const notes = ['100%', '100x', 'a_b', 'axb', 'with space', 'a+b']
    for (const note of notes) await ask('POST', `${EVENTS}/1`, { body: { ...NEW_EVENT, note } })
    const found = async (op: string, value: string) =>
      (await ask('GET', `${EVENTS}/1?filterBy=note&filterOp=${op}&filterValue=${value}`)).body?.[0].entry.map(
        ({ note }: Stored) => note
      )
    t.strictSame(await found('contains', '%25'), ['100%'])
    t.strictSame(await found('contains', '_'), ['a_b'])
    t.strictSame(await found('contains', 'B'), undefined)
    t.strictSame(await found('equals', 'with+space'), ['with space'], '+ is a space')
    t.strictSame(await found('equals', 'a%2Bb'), ['a+b'])
    t.equal(await found('startsWith', 'A'), undefined)
    t.equal(await found('equals', '%00'), undefined)
  })
})
