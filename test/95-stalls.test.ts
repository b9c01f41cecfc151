import { setImmediate as nextTurn } from 'node:timers/promises'
import BetterSqlite3, { type Statement } from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createEventSource } from '../src/service/watch/event-source.js'
import { createFeed, type FeedReader } from '../src/service/watch/feed.js'
import { createCandidateEventStore } from '../src/store/candidate-events.js'
import { type Database, openDatabase } from '../src/store/database.js'
import { EVENTS, NEW_EVENT, readFixture, start } from './support/emulator.js'
import { answeredDuring, answeredWhile, IN_ONE_GO, turnsUntil } from './support/turns.js'

/** Computes for a few milliseconds. */
function compute(): number {
  let sum = 0
  for (let at = 0; at < 2_000_000; at++) sum += Math.sqrt(at)
  return sum
}

t.test('the stall test itself tells work in one go from work in slices', async t => {
  const emulator = await start(t)
  const inOneGo = await answeredWhile(emulator, async () => {
    for (let slice = 0; slice < 40; slice++) compute()
  })
  t.ok(inOneGo.answered <= IN_ONE_GO, `${inOneGo.answered} were answered`)
  const inSlices = await turnsUntil(
    answeredWhile(emulator, async () => {
      for (let slice = 0; slice < 40; slice++) {
        compute()
        await nextTurn()
      }
    })
  )
  t.ok(inSlices.result.answered > IN_ONE_GO, `${inSlices.result.answered} were answered`)
  t.ok(inSlices.turns >= 40, `${inSlices.turns} turns`)
  t.equal(inSlices.result.refused, 0)
})

const REFUSED = `${EVENTS}/9`

t.test('other requests are answered while a long list is printed:', async t => {
  const emulator = await start(t, { journalSize: 3_000 })
  const { ask, sandbox } = emulator

  t.test('requests of the journal, and their export', async t => {
    for (let count = 0; count < 50; count++)
      await ask('POST', REFUSED, { body: { ...NEW_EVENT, note: 'x'.repeat(30_000) } })
    const recorded = sandbox.journal.matching({})
    for (let count = 0; count < 1_450; count++) {
      const one = recorded[count % 50]
      if (one) sandbox.journal.record({ ...one })
    }
    for (const path of ['/requests?limit=10000', '/requests/export?format=har']) {
      const { result, answered, refused } = await answeredDuring(emulator, () => ask('GET', `/_emulator${path}`))
      t.equal(result.status, 200)
      t.equal((result.body.requests ?? result.body.log.entries).length, 1_500)
      t.equal(result.headers.get('content-length'), null)
      t.ok(answered > IN_ONE_GO, `${answered} were answered`)
      t.equal(refused, 0)
    }
  })

  t.test('events of a vendor list, with the bytes of a short one, and its beginning in the journal', async t => {
    const { sandbox: other, ...many } = await start(t)
    const note = 'ü"'.repeat(500)
    const phoneCallEvents = Array.from({ length: 3_000 }, (_, at) => ({
      extension: '0003*210',
      type: '0' as const,
      method: '1' as const,
      url: `http://receiver.test/${at}`,
      note
    }))
    t.equal((await many.ask('POST', '/_emulator/fixtures', { body: { phoneCallEvents } })).status, 200)
    const { result, answered } = await answeredDuring(many, () => many.ask('GET', `${EVENTS}/0?count=5000`))
    t.ok(answered > IN_ONE_GO, `${answered} were answered`)
    const [long] = result.body
    t.equal(long.entry.length, 3_001)
    const pages = await Promise.all([0, 100].map(at => many.ask('GET', `${EVENTS}/0?count=100&startIndex=${at}`)))
    for (const [index, page] of pages.entries()) {
      t.equal(page.headers.get('content-length'), String(Buffer.byteLength(page.text)))
      t.strictSame(page.body[0].entry, long.entry.slice(index * 100, index * 100 + 100))
    }
    const { requests } = other.journal.list({ operation: 'list' })
    t.match(requests[0]?.response, { truncated: true, headers: { 'Transfer-Encoding': undefined } })
    t.ok(result.text.startsWith(requests[0]?.response.body.slice(0, 60_000) ?? 'nothing'))
  })

  t.test('deliveries and calls', async t => {
    const many = await start(t, { fixture: armed(200) })
    for (let calls = 0; calls < 10; calls++) await many.ask('POST', '/_emulator/calls', { body: CALL })
    for (let calls = 0; calls < 500; calls++)
      await many.ask('POST', '/_emulator/calls', { body: { from: '0003*211', to: '5551234' } })
    for (const name of ['deliveries', 'calls']) {
      const { result, answered } = await answeredDuring(many, () => many.ask('GET', `/_emulator/${name}?limit=10000`))
      t.equal(result.body[name].length, result.body.total)
      t.ok(result.body.total >= 500)
      t.ok(answered > IN_ONE_GO, `${answered} were answered`)
      const ids = result.body[name].map(({ id, callId }: { id?: string; callId: string }) => id ?? callId)
      t.equal(new Set(ids).size, ids.length, 'each once')
    }
  })
})

t.test('other requests are answered while many verifications wait', async t => {
  const emulator = await start(t, { journalSize: 3_000 })
  const { ask, sandbox } = emulator
  await ask('POST', REFUSED, { body: NEW_EVENT })
  await ask('PUT', `${EVENTS}/0/none`, { body: {} })
  const [one, update] = sandbox.journal.matching({})
  await ask('DELETE', '/_emulator/requests')
  if (one) for (let count = 1; count < 3_000; count++) sandbox.journal.record({ ...one })
  const waiting = Array.from({ length: 60 }, (_, at) =>
    sandbox.journal.verify({ match: { operation: 'list', path: `/uapi/*${at}` }, timeoutMs: 60_000 })
  )
  const last = sandbox.journal.verify({ match: { operation: 'update' }, timeoutMs: 60_000 })
  const { answered } = await answeredWhile(emulator, async () => {
    await sandbox.journal.verify({ match: { operation: 'create' } }) // the journal is read for one after the other
  })
  t.ok(answered > IN_ONE_GO, `${answered} were answered while the journal was read`)
  if (update) sandbox.journal.record({ ...update })
  const { result, turns } = await turnsUntil(last)
  t.match(result, { verified: true, count: 1 })
  t.ok(turns > IN_ONE_GO, `${turns} turns: a few verifications are checked in each`)
  await Promise.all(Array.from({ length: 60 }, (_, at) => ask('GET', `${EVENTS}/${at}`)))
  t.equal((await Promise.race([Promise.all(waiting), nextTurn('open')])) === 'open', true)
  emulator.sandbox.stop()
  for (const verification of waiting) await t.rejects(verification)
})

t.test('the moments of a call fire at most 1,000 events at one time:', async t => {
  t.test('placing a call that would fire more is refused, and nothing is stored', async t => {
    const { ask } = await start(t, { fixture: armed(1_001) })
    const { status, body, reason } = await ask('POST', '/_emulator/calls', { body: CALL })
    t.equal(status, 413)
    t.equal(reason, 'too_many_armed')
    t.equal(body.error.code, 'too_many_armed')
    t.match(body.error.message, /0003\*210 has 1001 .*type 1, more than 1000 .*delete some/)
    t.match((await ask('GET', '/_emulator/calls')).body, { calls: [], total: 0 })
    t.match((await ask('GET', '/_emulator/deliveries')).body, { deliveries: [], total: 0 })
    const other = await ask('POST', '/_emulator/calls', { body: { ...CALL, from: '0003*211', to: '5551234' } })
    t.equal(other.status, 201, 'a call without that extension is placed')
    const phoneCall = { extension: '0003*210', phoneCallView: [{ source: ['0003*210'], destination: ['0003*211'] }] }
    t.match(await ask('POST', '/uapi/phoneCalls/@me/simple', { body: phoneCall }), { reason: 'too_many_armed' })
  })

  t.test('a call that fires 1,000 is placed, with a delivery for each event in the documented order', async t => {
    const { ask } = await start(t, { fixture: armed(1_000) })
    const { status, body } = await ask('POST', '/_emulator/calls', { body: CALL })
    t.equal(status, 201)
    const [{ armed: fired, reasons }] = body.moments
    t.equal(fired.length, 1_000)
    t.strictSame(reasons, {})
    t.strictSame(
      fired.map(({ deliveryId }: { deliveryId: string }) => Number(deliveryId)),
      Array.from({ length: 1_000 }, (_, index) => index + 1)
    )
    const urls = fired.map(({ url }: { url: string }) => url)
    t.strictSame(urls, [...urls].sort())
    const sent = (await ask('GET', `/_emulator/deliveries/${fired[7].deliveryId}`)).body
    t.match(sent, { eventId: fired[7].eventId, request: { method: 'POST', url: fired[7].url, body: /^CallID=/ } })
  })

  t.test('of events that were armed after the call was placed, the first fire and the rest is counted', async t => {
    const { ask } = await start(t)
    await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
    const { callId } = (await ask('POST', '/_emulator/calls', { body: { ...CALL, ringMs: 1_000 } })).body
    t.equal((await ask('POST', '/_emulator/fixtures', { body: events(1_030, '4') })).status, 200)
    await ask('POST', '/_emulator/clock/advance', { body: { ms: 1_000 } })
    const { moments } = (await ask('GET', `/_emulator/calls/${callId}`)).body
    const moment = moments.find(({ type }: { type: string }) => type === '4')
    t.equal(moment.armed.length, 1_000)
    t.match(moment.reasons, { over_limit: 30 })
    t.equal(moment.others.length, 20)
    t.match(moment.others[0], { reason: 'over_limit', url: /1000$/ })
    const match = { callId, type: '4', url: { contains: 'none' } }
    const { hints } = (await ask('POST', '/_emulator/deliveries/verify', { body: { match } })).body
    t.match(hints.join(' '), /1000 fired, .*30 did not because its moment had fired as many/s)
  })
})

t.test('a call to an extension with many events that do not fire:', async t => {
  const OTHERS = 20
  const event = (id: string, type: string, status = '1') => ({
    ...{ extension: '0003*210', type, id, status, method: '1', url: `http://127.0.0.1:9/${id}` }
  })
  const times = (count: number, of: (at: string) => object) =>
    Array.from({ length: count }, (_, at) => of(String(at).padStart(4, '0')))
  const place = async ({ ask }: Pick<Awaited<ReturnType<typeof start>>, 'ask'>) => {
    const { status, body } = await ask('POST', '/_emulator/calls', { body: CALL })
    t.equal(status, 201)
    const [{ armed, others, reasons }] = body.moments
    return { armed: armed.map(({ eventId }: { eventId: string }) => eventId), others, reasons }
  }

  t.test('the numbers are exact after every change of an event', async t => {
    const phoneCallEvents = [
      ...times(70, at => event(`d${at}`, '1', '0')),
      ...times(30, at => event(`b${at}`, '0')),
      ...times(40, at => event(`e${at}`, '4')),
      ...['a', 'd0005x', 'f'].map(id => event(id, '1'))
    ]
    const emulator = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents } })
    const { ask } = emulator
    const change = async (id: string, body: object) =>
      t.equal((await ask('PATCH', `/_emulator/events/${id}`, { body })).status, 200)
    const first = await place(emulator)
    t.strictSame(first.armed, ['a', 'd0005x', 'f'])
    t.strictSame(first.reasons, { disabled: 70, other_type: 70 })
    t.equal(first.others.length, OTHERS)
    t.match(first.others[0], { eventId: 'd0000', reason: 'disabled' })
    t.strictSame(await place(emulator), first)

    await change('f', { status: '0' })
    t.match(await place(emulator), { armed: ['a', 'd0005x'], reasons: { disabled: 71, other_type: 70 } })
    await change('d0069', { status: '1' })
    t.match(await place(emulator), { armed: ['a', 'd0005x', 'd0069'], reasons: { disabled: 70 } })
    await change('d0069', { url: 'http://127.0.0.1:9/Z' })
    t.match(await place(emulator), { armed: ['d0069', 'a', 'd0005x'] }, 'capitals come first')
    await change('a', { method: '0', note: 'changed' })
    const { callId } = (await ask('POST', '/_emulator/calls', { body: CALL })).body
    const { deliveries } = (await ask('GET', `/_emulator/deliveries?callId=${callId}&eventId=a`)).body
    t.match(deliveries, [{ request: { method: 'GET' } }])
    t.equal((await ask('DELETE', '/_emulator/events/a')).status, 204)
    t.match(await place(emulator), { armed: ['d0069', 'd0005x'], reasons: { disabled: 70, other_type: 70 } })
    t.equal((await ask('POST', `${EVENTS}/1`, { body: NEW_EVENT })).status, 200)
    t.equal((await place(emulator)).armed.length, 3)
    t.equal((await ask('DELETE', '/_emulator/events?type=0')).status, 200)
    t.match((await place(emulator)).reasons, { disabled: 70, other_type: 40 })
    await ask('POST', '/_emulator/fixtures', { body: { phoneCallEvents: times(70, at => event(`d${at}`, '1')) } })
    t.equal((await place(emulator)).armed.length, 72)
  })

  t.test('those that do not fire are the disabled ones, then those of the types before and after', async t => {
    const phoneCallEvents = [
      ...times(3, at => event(`d${at}`, '1', '0')),
      ...times(5, at => event(`b${at}`, '0')),
      ...times(80, at => event(`e${at}`, '4', '0'))
    ]
    const { armed, others, reasons } = await place(
      await start(t, { fixture: { ...readFixture('default'), phoneCallEvents } })
    )
    t.strictSame(armed, [])
    t.strictSame(reasons, { disabled: 3, other_type: 85 })
    const ids = others.map(({ eventId, reason }: { eventId: string; reason: string }) => `${eventId} ${reason}`)
    t.strictSame(ids, [
      ...['d0000', 'd0001', 'd0002'].map(id => `${id} disabled`),
      ...times(5, at => `b${at} other_type` as unknown as object),
      ...times(12, at => `e${at} other_type` as unknown as object)
    ])
  })

  t.test('their rows are not read: an index has their status and type, which are compared before', async t => {
    const database = openDatabase(':memory:')
    t.teardown(() => database.close())
    const texts: string[] = []
    const sql: Database['sql'] = {
      ...database.sql,
      prepare: text => {
        texts.push(text)
        return database.sql.prepare(text)
      }
    }
    createCandidateEventStore({ ...database, sql }, { count: () => 0, version: () => 0 })
    const values = { user: 'u', extension: 'e', type: '1', count: 1 }
    for (const text of texts) {
      const steps = database.sql
        .prepare<[object], { opcode: string; p1: number; p4: string }>(`EXPLAIN ${text}`)
        .all(values)
      const index = steps.find(({ opcode, p4 }) => opcode === 'OpenRead' && p4.startsWith('k('))
      t.ok(index, 'an index is used')
      const compared = steps.findIndex(({ opcode }) => opcode === 'Ne')
      t.equal(compared > 0, text.includes('status ='))
      if (compared > 0) t.match(steps[compared - 1], { opcode: 'Column', p1: index?.p1 })
      t.notOk(steps.some(({ opcode }) => opcode === 'SorterOpen'))
      t.notMatch(text, /<>|!=/, 'a range')
    }
  })

  t.test('its events are counted once, and the armed ones read once for a call that is checked and fires', async t => {
    const emulator = await start(t, {
      fixture: { ...readFixture('default'), phoneCallEvents: times(1_100, at => event(at, '1', '0')) }
    })
    const { ask } = emulator
    const runs = countRuns(t)
    t.match(await place(emulator), { armed: [], reasons: { disabled: 1_100 } })
    t.equal(runs(/status = '1'/), 1, 'of one type: of the others there are none')
    t.equal(runs(/count\(\*\)/), 2, 'both extensions')
    await place(emulator)
    t.equal(runs(/status = '1'/), 1, 'nothing has changed')
    await ask('PATCH', '/_emulator/events/0007', { body: { status: '1' } })
    t.match(await place(emulator), { armed: ['0007'], reasons: { disabled: 1_099 } })
    t.equal(runs(/status = '1'/), 2)
    t.equal(runs(/count\(\*\)/), 2)
  })
})

t.test('a burst of webhooks is given to many readers of the stream a few in each turn, in its order', async t => {
  const eventSource = createEventSource(error => t.fail(String(error)))
  const find = (key: string) => ({ key })
  const feed = createFeed({
    eventSource,
    find: { request: find, call: find, delivery: find, clock: find, fault: find, settings: find },
    machineClock: () => new Date(0),
    report: error => t.fail(String(error))
  })
  const READERS = 100
  const follow = () => {
    const keys: unknown[] = []
    const reader: FeedReader = feed.subscribe({
      onReadable() {
        for (let event = reader.next(); event; event = reader.next()) keys.push(Object.values(event.data)[0])
      },
      onEnd: () => keys.push('end')
    })
    return keys
  }
  const pending = (count: number, first = 0) =>
    eventSource.publish(
      'pending',
      Array.from({ length: count }, (_, at) => ({ id: first + at, callId: '1', url: 'http://a/' }))
    )
  const keysOf = (count: number, first = 0) => Array.from({ length: count }, (_, at) => String(first + at))

  pending(2_000, 5_000)
  const all = Array.from({ length: READERS }, follow)
  const [one] = all
  if (one === undefined) return
  t.strictSame(one, [], 'without readers nothing waits')
  eventSource.publish('call', 'before')
  pending(1_000)
  eventSource.publish('delivery', 3)
  const joined = follow()
  eventSource.publish('call', 'after')
  t.ok(one.length <= 1, 'the burst waits')
  let turns = 0
  for (let read = 1; read < 1_003; read = one.length, turns += 1) {
    await nextTurn()
    t.ok(one.length - read <= 250, `${one.length - read} events in a turn`)
  }
  t.ok(turns > IN_ONE_GO, `${turns} turns`)
  const expected = ['before', ...keysOf(1_000), '3', 'after']
  for (const keys of all) t.strictSame(keys, expected)
  t.strictSame(joined, ['after'], 'a new reader begins with the next event')
  eventSource.publish('call', 'alone')
  t.equal(one.at(-1), 'alone', 'when nothing waits, an event is read at once')

  pending(900)
  const beforeReset = follow()
  eventSource.publish('stateReplaced', undefined)
  eventSource.publish('call', 'fresh')
  await nextTurn()
  t.strictSame(one.slice(expected.length), ['alone', 'reset', 'fresh'], 'a reset drops what waits')
  t.strictSame(beforeReset, ['reset', 'fresh'], 'also for a reader that joined meanwhile')
  pending(900)
  feed.stop()
  t.strictSame(one.slice(expected.length + 3), [...keysOf(900), 'end'], 'the rest comes before the end')
  pending(900)
  await nextTurn()
  t.equal(one.at(-1), 'end')
})

/** Counts how often statements are run that give several rows. @returns the number of those whose text matches */
function countRuns(t: Test): (text: RegExp) => number {
  const prototype: Pick<Statement, 'all'> = Object.getPrototypeOf(new BetterSqlite3(':memory:').prepare('SELECT 1'))
  const texts: string[] = []
  t.intercept(prototype, 'all', {
    value(this: Statement, ...values: unknown[]) {
      texts.push(this.source)
      return Reflect.apply(all, this, values)
    }
  })
  return text => texts.filter(one => one.includes('FROM phone_call_events') && text.test(one)).length
}

const { all } = Object.getPrototypeOf(new BetterSqlite3(':memory:').prepare('SELECT 1')) as Pick<Statement, 'all'>

const CALL = { from: '0003*210', to: '0003*211' }

/** Events of an extension, which fire when it places a call. Their urls are those of nobody. */
const events = (count: number, type = '1') => ({
  phoneCallEvents: Array.from({ length: count }, (_, at) => ({
    extension: '0003*210',
    type,
    method: '1',
    url: `http://127.0.0.1:9/${String(at).padStart(5, '0')}`
  }))
})

const armed = (count: number) => ({ ...readFixture('default'), ...events(count) })
