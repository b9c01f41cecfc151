import t from 'tap'
import { connectEmulator } from '../src/client/emulator.js'
import { NotVerified } from '../src/client/not-verified.js'
import { type ComparableDelivery, deliveryDifferences, matchesDelivery } from '../src/domain/delivery-match.js'
import { explainSent } from '../src/domain/sent-values.js'
import { createSubsequence } from '../src/domain/subsequence.js'
import type { DeliveryState } from '../src/schema/calls/call.js'
import type { DeliveryMatch } from '../src/schema/calls/delivery.js'
import { DEFAULT_SETTINGS } from '../src/schema/settings.js'
import { createWatchDeliveries } from '../src/service/watch/delivery-watch.js'
import { createEventSource } from '../src/service/watch/event-source.js'
import { countWhileWaiting, searchSequence } from '../src/service/watch/matching-deliveries.js'
import { createSharedReads } from '../src/service/watch/shared-reads.js'
import { openDatabase } from '../src/store/database.js'
import type { DeliveryStore } from '../src/store/deliveries.js'
import { createStore } from '../src/store/store.js'
import { type Running, readFixture, sendWaiting, start } from './support/emulator.js'
import fc from './support/random.js'
import { receive } from './support/receiver.js'

const OUTSIDE = '+40700000001'

const sentTo = (url: string) => ({
  ...readFixture('default'),
  phoneCallEvents: ['0', '2', '3'].map((type, index) => ({
    extension: '0003*210',
    type,
    id: `e${type}`,
    method: index === 0 ? '0' : '1',
    url: `${url}/${type}?CallStatus=own&mine=1`
  }))
})

const control = ({ ask }: Running) => ({
  place: async (body: object = {}) =>
    (await ask('POST', '/_emulator/calls', { body: { from: OUTSIDE, to: '0003*210', ...body } })).body,
  get: (path: string) => ask('GET', `/_emulator${path}`),
  verify: (body: unknown) => ask('POST', '/_emulator/deliveries/verify', { body })
})

const POSTED: ComparableDelivery = {
  id: 7,
  callId: '1.0000001',
  eventId: 'e2',
  extension: '0003*210',
  type: '2',
  moment: 'hangup',
  state: 'delivered',
  sent: 1,
  eventUrl: 'http://receiver.test/hook?CallStatus=own&mine=1',
  method: 'POST',
  url: 'http://receiver.test/hook?CallStatus=own&mine=1',
  body: 'CallID=1.0000001&CallerIDName=Ana+%26+Co+%2B4&CalledDID=&CallStatus=BUSY&CallFlow=in&CalledExtension=0003*210'
}
const GOT: ComparableDelivery = { ...POSTED, method: 'GET', url: `${POSTED.url}&${POSTED.body}`, body: '' }

t.test('a parameter is compared after decoding: it is equal, contains, starts with, or is absent', async t => {
  for (const [parameters, differs] of [
    [{ CallerIDName: 'Ana & Co +4' }, undefined],
    [{ CallerIDName: 'Ana+%26+Co+%2B4' }, 'parameter CallerIDName is Ana & Co +4, expected Ana+%26+Co+%2B4'],
    [{ CallerIDName: { contains: '& Co' } }, undefined],
    [{ CallerIDName: { contains: 'co' } }, 'parameter CallerIDName is Ana & Co +4, expected one that contains "co"'],
    [{ CallerIDName: { startsWith: 'Ana' } }, undefined],
    [
      { CallerIDName: { startsWith: 'Co' } },
      'parameter CallerIDName is Ana & Co +4, expected one that starts with "Co"'
    ],
    [{ CalledExtension: '0003*210' }, undefined],
    [{ CalledExtension: { absent: true } }, 'parameter CalledExtension is 0003*210, expected absent'],
    [{ CalledDID: '' }, undefined],
    [{ CalledDID: { contains: '' } }, undefined],
    [{ CalledDID: { absent: true } }, 'parameter CalledDID is empty, expected absent'],
    [{ CalledDID: '40' }, 'parameter CalledDID is empty, expected 40'],
    [{ CalledNumber: { absent: true } }, undefined],
    [{ CalledNumber: '' }, 'parameter CalledNumber is absent, expected empty'],
    [{ CalledNumber: { contains: '' } }, 'parameter CalledNumber is absent, expected one that contains ""'],
    [{ mine: { absent: true } }, undefined],
    [{ CallStatus: 'own' }, 'parameter CallStatus is BUSY, expected own'],
    [{ callflow: 'in' }, 'parameter callflow is absent, expected in']
  ] as const) {
    for (const delivery of [POSTED, GOT]) {
      t.strictSame(
        deliveryDifferences(delivery, { parameters }),
        differs === undefined ? [] : [differs],
        `${delivery.method} ${JSON.stringify(parameters)}`
      )
    }
  }
})

t.test('callStatus and callFlow are the parameters as they were sent, url and method those of the request', async t => {
  for (const [match, differs] of [
    [{ callStatus: 'BUSY', callFlow: 'in' }, []],
    [{ callStatus: { startsWith: 'B' }, callFlow: { contains: 'n' } }, []],
    [{ callFlow: 'IN' }, ['callFlow is in, expected IN']],
    [{ callStatus: { absent: true } }, ['callStatus is BUSY, expected absent']],
    [{ method: 'POST', url: POSTED.url }, []],
    [{ method: 'GET' }, ['method POST, expected GET']],
    [{ url: { startsWith: 'http://receiver.test/hook' } }, []],
    [{ url: { contains: '/other' } }, [`url is ${POSTED.url}, expected one that contains "/other"`]],
    [
      { type: '0', moment: 'dialIn', callStatus: 'ANSWER', parameters: { CallFlow: 'out' } },
      [
        'type 2, expected 0',
        'moment hangup, expected dialIn',
        'callStatus is BUSY, expected ANSWER',
        'parameter CallFlow is in, expected out'
      ]
    ]
  ] as const) {
    t.strictSame(deliveryDifferences(POSTED, match), differs, JSON.stringify(match))
    t.equal(matchesDelivery(POSTED, match), differs.length === 0)
  }
})

t.test('the parameters of a GET are those behind the query of its event', async t => {
  for (const [eventUrl, url, parameters] of [
    ['http://a/', 'http://a/?CallID=1&x=2', { CallID: '1', x: '2' }],
    ['http://a/?', 'http://a/?CallID=1', { CallID: '1' }],
    ['http://a/?x=1&', 'http://a/?x=1&CallID=1', { x: { absent: true }, CallID: '1' }],
    ['http://user:pass@a/?x=1#part', 'http://a/?x=1&CallID=1', { x: { absent: true }, CallID: '1' }],
    ['http://a/?CallID=own', 'http://a/?CallID=own&CallID=1', { CallID: '1' }],
    ['http://a/?CallID=own', 'http://a/?CallID=own', { CallID: { absent: true } }],
    ['http://a/?Call', 'http://b/?CallID=1', { CallID: '1' }],
    ['http://a/?x=1', 'http://b/?x=2&CallID=0&CallID=1', { x: '2', CallID: '1' }],
    ['http://a/', 'http://a/?CallerIDName=%FF%2&CallID', { CallerIDName: '\uFFFD%2', CallID: '' }],
    ['http://a/', 'http://a/?Caller%49DName=x', { CallerIDName: 'x' }]
  ] as const) {
    t.strictSame(deliveryDifferences({ ...GOT, eventUrl, url }, { parameters }), [], `${eventUrl} ${url}`)
  }
})

t.test('deliveries are verified by what was sent, also while they are awaited', async t => {
  const receiver = await receive(t)
  const emulator = await start(t, { fixture: sentTo(receiver.url) })
  const { place, get, verify } = control(emulator)
  const body = { match: { callStatus: 'BUSY', state: 'delivered' }, count: 2, timeoutMs: 20_000 }
  const waiting = await sendWaiting(emulator, 'POST', '/_emulator/deliveries/verify', { body })
  await place({ outcome: 'busy' })
  await place({ outcome: 'busy' })
  t.match(await waiting.answer, { status: 200, body: { verified: true, count: 2 } })
  await place({ outcome: 'noAnswer' })
  await get('/idle?timeoutMs=10000')
  for (const [match, count] of [
    [{ parameters: { CallStatus: 'CALLING' } }, 3],
    [{ parameters: { CallStatus: 'own' } }, 0],
    [{ parameters: { CallStatus: { contains: 'N' } } }, 4],
    [{ parameters: { CallerIDNum: OUTSIDE, CallStatus: 'NOANSWER' } }, 1],
    [{ parameters: { mine: { absent: true } } }, 6],
    [{ parameters: {} }, 6],
    [{ callFlow: 'in', method: 'POST' }, 3],
    [{ callFlow: { absent: true } }, 0],
    [{ method: 'GET' }, 3],
    [{ url: `${receiver.url}/2?CallStatus=own&mine=1` }, 3],
    [{ url: { startsWith: `${receiver.url}/0?` } }, 3],
    [{ url: { startsWith: `${receiver.url}/0?` }, callStatus: 'BUSY' }, 0],
    [{ callStatus: 'NOANSWER', state: 'pending' }, 0]
  ] as const) {
    t.match(await verify({ match, count }), { status: 200, body: { count } }, JSON.stringify(match))
    t.match(await verify({ match, count: count + 1 }), { status: 409, body: { count } })
  }
})

t.test('a sequence holds when its steps were sent in this order, with others between', async t => {
  const receiver = await receive(t)
  const emulator = await start(t, { fixture: sentTo(receiver.url) })
  const { place, get, verify } = control(emulator)
  const steps = [
    { match: { moment: 'dialIn' } },
    { match: { callStatus: 'ANSWER', moment: 'hangup', state: 'delivered' } }
  ]
  const body = { sequence: [...steps, ...steps], timeoutMs: 20_000 }
  const waiting = await sendWaiting(emulator, 'POST', '/_emulator/deliveries/verify', { body })
  for (const outcome of ['answered', 'busy', 'answered']) {
    await place({ outcome })
    await get('/idle?timeoutMs=10000')
  }
  t.match(await waiting.answer, { status: 200, body: { verified: true, count: 4 } })
  t.match(await verify({ sequence: [...steps, ...steps] }), { status: 200, body: { verified: true, count: 4 } })
  t.match(await verify({ sequence: [...steps, ...steps, ...steps] }), { status: 409, body: { count: 4, expected: 6 } })
})

t.test('the first step of a sequence that was not found is explained', async t => {
  const receiver = await receive(t)
  const emulator = await start(t, { fixture: sentTo(receiver.url) })
  const { place, get, verify } = control(emulator)
  await place()
  await get('/idle?timeoutMs=10000')
  const [dialIn, answer, hangup] = [{ moment: 'dialIn' }, { moment: 'answerIncoming' }, { moment: 'hangup' }]
  const verifySteps = (...steps: object[]) => verify({ sequence: steps.map(match => ({ match })) })

  const swapped = await verifySteps(dialIn, hangup, answer)
  t.match(swapped, { status: 409, reason: 'not_verified', body: { verified: false, count: 2, expected: 3 } })
  t.strictSame(swapped.body.nearest[0].differs, ['was sent before delivery 3, which is sequence[1]'])
  t.match(swapped.body.nearest[0].delivery, { id: '2', moment: 'answerIncoming' })
  t.match(swapped.body.hints, [
    'sequence[2] was not found after delivery 3, which is sequence[1]: 2 of 3 steps were.',
    'Delivery 2 matches sequence[2], but was sent before delivery 3, which is sequence[1].'
  ])

  const twice = await verifySteps(dialIn, dialIn)
  t.match(twice.body, {
    count: 1,
    expected: 2,
    nearest: [{ delivery: { id: '1' }, differs: ['is sequence[0] already'] }]
  })

  const first = await verifySteps({ callStatus: 'BUSY' }, hangup)
  t.match(first.body, { count: 0, expected: 2 })
  t.equal(first.body.hints[0], 'sequence[0] was not found: it is the first of 2 steps.')
  t.ok(first.body.hints.includes('No delivery was sent with CallStatus BUSY; there were CALLING, ANSWER.'))
})

t.test('a delivery that is held has no place in a sequence until it is sent', async t => {
  const receiver = await receive(t)
  const emulator = await start(t, { fixture: sentTo(receiver.url) })
  const { place, get, verify } = control(emulator)
  const fault = { on: { operation: 'delivery', type: '0' }, times: 1, do: { hold: true } }
  const { body } = await emulator.ask('POST', '/_emulator/faults', { body: fault })
  const held = await place({ outcome: 'busy' })
  const free = await place({ outcome: 'busy' })
  await get('/idle?timeoutMs=10000')
  const sequence = [{ match: { callId: free.callId } }, { match: { callId: held.callId, moment: 'dialIn' } }]
  const failed = await verify({ sequence })
  t.match(failed.body, { count: 1, nearest: [{ differs: ['has not been sent yet'] }] })
  t.ok(
    failed.body.hints.some((hint: string) => /^Fault \d+ holds 1 of them/.test(hint)),
    failed.text
  )
  const waiting = await sendWaiting(emulator, 'POST', '/_emulator/deliveries/verify', {
    body: { sequence, timeoutMs: 20_000 }
  })
  await emulator.ask('POST', `/_emulator/faults/${body.id}/release`, { body: {} })
  t.match(await waiting.answer, { status: 200, body: { verified: true, count: 2 } })
})

t.test('after any change the search has found the steps that a search from the start finds', async () => {
  const entry = fc.integer({ min: 0, max: 3 })
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 6 }),
      fc.array(fc.tuple(fc.boolean(), fc.nat(), entry), { maxLength: 40 }),
      (steps, operations) => {
        const log: number[] = []
        const search = createSubsequence(steps.length, (place, step) => log[place] === steps[step])
        for (const [isAppended, at, value] of operations) {
          if (isAppended || log.length === 0) {
            log.push(value)
            search.append()
          } else {
            log[at % log.length] = value
            search.recheck(at % log.length)
          }
          const places = search.places()
          const longest = steps.findLastIndex((_step, index) => isSubsequence(steps.slice(0, index + 1), log)) + 1
          if (search.found() !== longest || places.length !== longest) return false
          if (!places.every((place, step) => log[place] === steps[step] && place > (places[step - 1] ?? -1)))
            return false
        }
        return true
      }
    ),
    { numRuns: 500 }
  )
})

/** Whether a list holds the items in this order, with others between. */
function isSubsequence(items: number[], list: number[]): boolean {
  if (items.length === 0) return true
  return list.some((value, place) => value === items[0] && isSubsequence(items.slice(1), list.slice(place + 1)))
}

const STATUSES = ['CALLING', 'BUSY', 'ANSWER']

/** A store whose deliveries are created, sent and settled by hand, with the events that a dispatcher publishes. */
function manualLog() {
  const database = openDatabase(':memory:', {})
  const store = createStore(database)
  const eventSource = createEventSource(error => t.fail(String(error)))
  const { deliveries } = store
  let reads = 0
  const counted = {
    ...deliveries,
    comparables(...args: Parameters<typeof deliveries.comparables>) {
      const found = deliveries.comparables(...args)
      reads += found.length
      return found
    },
    comparable(id: number) {
      reads++
      return deliveries.comparable(id)
    }
  }
  return {
    deliveries: counted,
    shared: createSharedReads(counted, eventSource),
    /** Deletes the finished deliveries beyond a number, as a full log does. */
    trim: (size: number) => deliveries.trim(size),
    watch: createWatchDeliveries(eventSource),
    reads: () => reads,
    add(status: string) {
      const request = { method: 'POST', url: 'http://a/', headers: {}, body: `CallStatus=${status}` } as const
      const id = deliveries.add({
        callId: '1.1',
        moment: 1,
        eventId: 'e',
        eventUrl: 'http://a/',
        extension: '0003*210',
        type: '0',
        name: 'dialIn',
        request
      })
      eventSource.publish('pending', [{ id, callId: '1.1', url: request.url }])
    },
    /** Sends a pending delivery, settles one in flight, or replays a settled one. */
    advance(id: number, outcome: DeliveryState) {
      const state = deliveries.comparable(id)?.state
      if (state === 'pending') deliveries.claim(id, 0)
      else if (state === 'sending') deliveries.settle(id, outcome, { at: '2026-03-01T10:20:30.456Z', ms: 1 })
      else if (state !== undefined) deliveries.requeue(id)
      eventSource.publish('delivery', id)
    },
    replaceState: () => eventSource.publish('stateReplaced', undefined),
    close: () => database.close()
  }
}

t.test('counting and searching while waiting give the result of a search from the start', async t => {
  const match = fc.record(
    {
      callStatus: fc.constantFrom(...STATUSES),
      state: fc.constantFrom<DeliveryState>('sending', 'delivered', 'failed')
    },
    { requiredKeys: ['callStatus'] }
  )
  fc.assert(
    fc.property(
      fc.array(match, { minLength: 1, maxLength: 4 }),
      fc.array(
        fc.tuple(
          fc.nat(11),
          fc.nat(),
          fc.constantFrom(...STATUSES),
          fc.constantFrom<DeliveryState>('delivered', 'failed')
        ),
        { maxLength: 60 }
      ),
      fc.integer({ min: 1, max: 3 }),
      (steps, operations, interval) => {
        const log = manualLog()
        const [first = {}] = steps
        const counting = countWhileWaiting(log.shared, first, log.watch)
        const searching = searchSequence(log.shared, steps, log.watch)
        operations.forEach(([kind, at, status, outcome], index) => {
          if (kind === 0) log.replaceState()
          else if (kind < 4) log.add(status)
          else log.advance(1 + (at % Math.max(1, log.deliveries.lastId())), outcome)
          if (index % interval > 0) {
            counting.readPart?.() // a part is read between the changes
            searching.readPart?.()
            return // several changes may share a turn of the event loop
          }
          const afresh = searchSequence(log.deliveries, steps, log.watch)
          const all = [...log.deliveries.comparables({}, 0, 1_000)]
          const expected = [all.filter(one => matchesDelivery(one, first)).length, afresh.count(), ...afresh.found()]
          const actual = [counting.count(), searching.count(), ...searching.found()]
          if (actual.join() !== expected.join()) throw new Error(`${actual} and not ${expected} after ${index}`)
          afresh.end()
        })
        log.close()
      }
    ),
    { numRuns: 100 }
  )
  t.pass()
})

t.test('deliveries that changed together are searched in the order in which they were sent', async t => {
  const order = [2, 1, 3]
  const isSent = { now: false }
  const comparable = (id: number) => ({ id, callId: `call ${id}`, sent: isSent.now ? order.indexOf(id) + 1 : null })
  const deliveries = { sentIds: () => [], lastSent: () => (isSent.now ? 3 : 0), comparable }
  let changed: number[] = []
  const watch = () => ({ take: () => changed.splice(0), end() {} })
  const steps = order.map(id => ({ callId: `call ${id}` }))
  // The search reads nothing else of the store.
  const search = searchSequence(deliveries as unknown as DeliveryStore, steps, watch)
  t.equal(search.count(), 0)
  isSent.now = true
  changed = [1, 2, 3]
  t.equal(search.count(), 3)
  t.strictSame(search.found(), order)
})

t.test('while waiting a change costs a few reads, however long the log is', async t => {
  const log = manualLog()
  for (let index = 0; index < 500; index++) log.add('CALLING')
  for (let id = 1; id <= 500; id++) {
    log.advance(id, 'delivered')
    log.advance(id, 'delivered')
  }
  const match = { callStatus: 'BUSY', state: 'delivered' } as const
  const counting = countWhileWaiting(log.deliveries, match, log.watch)
  const searching = searchSequence(log.deliveries, [match, match], log.watch)
  t.strictSame([counting.count(), searching.count()], [0, 0])
  const before = log.reads()
  for (let id = 501; id <= 600; id++) {
    log.add(id === 600 ? 'BUSY' : 'CALLING')
    log.advance(id, 'delivered')
    log.advance(id, 'delivered')
    const counts = [counting.count(), searching.count()]
    if (id === 600) t.strictSame(counts, [1, 1])
  }
  t.ok(log.reads() - before <= 100 * 8, `${log.reads() - before} reads`)
  log.close()
})

t.test('a long log is read in parts, and changes between the parts count', async t => {
  const log = manualLog()
  for (let id = 1; id <= 600; id++) {
    log.add('BUSY')
    log.advance(id, 'delivered')
    log.advance(id, 'delivered')
  }
  const match = { callStatus: 'BUSY', state: 'delivered' } as const
  for (const counting of [
    countWhileWaiting(log.deliveries, match, log.watch),
    searchSequence(log.deliveries, Array(2_000).fill(match), log.watch)
  ]) {
    const before = log.deliveries.lastId()
    t.equal(counting.readPart?.(), true)
    log.advance(1, 'delivered') // it is pending again
    log.add('BUSY')
    log.advance(before + 1, 'delivered')
    log.advance(before + 1, 'delivered')
    t.equal(counting.readPart?.(), true)
    t.equal(counting.readPart?.(), false)
    t.equal(counting.count(), before)
    log.advance(1, 'delivered')
    log.advance(1, 'delivered')
    t.equal(counting.count(), before + 1)
    counting.end()
  }
  log.close()
})

/** A log of delivered deliveries. */
function longLog(length: number) {
  const log = manualLog()
  for (let id = 1; id <= length; id++) {
    log.add('BUSY')
    log.advance(id, 'delivered')
    log.advance(id, 'delivered')
  }
  return log
}

t.test('however many deliveries have changed, a part of them is read at a time', async t => {
  const PART = 250
  const log = longLog(3 * PART)
  const match = { callStatus: 'BUSY', state: 'delivered' } as const
  for (const counting of [
    countWhileWaiting(log.deliveries, match, log.watch),
    searchSequence(log.deliveries, Array(2_000).fill(match), log.watch)
  ]) {
    counting.count()
    for (let id = 1; id <= 3 * PART; id++) for (const _ of '123') log.advance(id, 'delivered')
    const parts: number[] = []
    for (let before = log.reads(), more = true; more; before = log.reads()) {
      more = counting.readChanges?.() ?? false
      parts.push(log.reads() - before)
    }
    t.ok(Math.max(...parts) <= 2 * PART, parts.join())
    t.ok(parts.length >= 3, `${parts.length} parts`)
    t.equal(counting.count(), 3 * PART)
    counting.end()
  }
  log.close()
})

t.test('many verifications that begin together read each delivery once', async t => {
  const log = longLog(1_000)
  const match = { callStatus: 'BUSY', state: 'delivered' } as const
  const all = Array.from({ length: 50 }, (_, index) =>
    index % 2 === 0
      ? countWhileWaiting(log.shared, match, log.watch)
      : searchSequence(log.shared, Array(2_000).fill(match), log.watch)
  )
  const before = log.reads()
  for (let left = all; left.length > 0; ) left = left.filter(({ readPart }) => readPart?.())
  t.equal(log.reads() - before, 2 * 1_000, 'once for those that count and once for those that search')
  log.add('BUSY')
  log.advance(1_001, 'delivered')
  log.advance(1_001, 'delivered')
  for (const one of all) t.equal(one.count(), 1_001)
  t.ok(log.reads() - before <= 2 * 1_000 + 250 + 2, `${log.reads() - before} reads`)
  log.trim(900)
  t.equal(countWhileWaiting(log.shared, match, log.watch).count(), 900, 'what was dropped is not read again')
  log.shared.clear()
  log.close()
})

t.test('a verification whose client has gone reads no more', async t => {
  const emulator = await start(t, { fixture: sentTo('http://127.0.0.1:1') })
  const { place, get } = control(emulator)
  await Promise.all(Array.from({ length: 300 }, () => place({ outcome: 'busy' })))
  await get('/idle?timeoutMs=60000')
  const { deliveries } = emulator.sandbox
  const all = 300 // each call has one with BUSY
  const verify = (signal?: AbortSignal) =>
    deliveries.verify({ match: { callStatus: 'BUSY', url: { contains: '/' } }, count: 1_000, timeoutMs: 0 }, signal)
  t.match(await verify(), { verified: false, count: all })
  const gone = await verify(AbortSignal.abort())
  t.match(gone, { verified: false, nearest: [], hints: [] })
  t.ok(gone.count < all, `${gone.count} of ${all} were compared`)
  const steps = { sequence: [{ match: { callStatus: 'CALLING' } }], timeoutMs: 60_000 }
  t.match(await deliveries.verify(steps, AbortSignal.abort()), { verified: false, count: 0, nearest: [], hints: [] })
})

t.test('a verification that reads a long log is answered with stopping on shutdown', async t => {
  const emulator = await start(t, { fixture: sentTo('http://127.0.0.1:1') })
  const { place, get } = control(emulator)
  await Promise.all(Array.from({ length: 300 }, () => place({ outcome: 'busy' })))
  await get('/idle?timeoutMs=60000')
  const body = { match: { callStatus: 'ANSWER' }, timeoutMs: 60_000 }
  const waiting = await sendWaiting(emulator, 'POST', '/_emulator/deliveries/verify', { body })
  await emulator.app.close()
  t.match(await waiting.answer, { status: 503, body: { error: { code: 'stopping' } } })
})

t.test('a verification of what was sent depends on deliveries that the log has dropped', async t => {
  const { place, get, verify } = control(await start(t, { fixture: sentTo('http://127.0.0.1:1'), deliveryLogSize: 2 }))
  for (let calls = 0; calls < 2; calls++) await place({ outcome: 'busy' })
  await get('/idle?timeoutMs=10000')
  const match = { parameters: { CallStatus: 'BUSY' } }
  t.match(await verify({ match, count: 1 }), {
    status: 409,
    body: { count: 1, hints: [/dropped.*--delivery-log-size/] }
  })
  t.equal((await verify({ match, count: { min: 1 } })).status, 200)
  t.equal((await verify({ match, count: { max: 3 } })).status, 200)
  const sequence = [{ match: { callStatus: 'CALLING' } }, { match }]
  t.match((await verify({ sequence: sequence.slice(0, 1) })).status, 200)
  const failed = await verify({ sequence: [...sequence, ...sequence] })
  t.ok(
    failed.body.hints.some((hint: string) => /dropped.*--delivery-log-size/.test(hint)),
    failed.text
  )
})

t.test('a mismatch is explained by the values that were sent and the setting that selects them', async t => {
  const explain = (match: DeliveryMatch, deliveries = [POSTED], settings = {}) =>
    explainSent(deliveries, match, { ...DEFAULT_SETTINGS, ...settings })
  const withBody = (body: string) => [{ ...POSTED, body }]
  for (const [match, hint, deliveries] of [
    [{ callStatus: 'ANSWER' }, /^No delivery was sent with CallStatus ANSWER; there were BUSY\.$/],
    [{ callStatus: 'ANSWER' }, /UNKNOWN\.$/, withBody('CallStatus=UNKNOWN')],
    [{ callFlow: 'IN' }, /sent as in, which differs .* the setting callFlowCase \(now lower\) selects it/],
    [{ callStatus: 'Busy' }, /sent as BUSY, which differs from Busy only in letter case\.$/],
    [
      { parameters: { CallerIDName: '+40722' } },
      /sent as 40722: .* CallerIDName and CalledDID do not/,
      withBody('CallerIDName=40722')
    ],
    [
      { parameters: { CallerIDNum: '40722' } },
      /sent as \+40722: CallerIDNum has the \+/,
      withBody('CallerIDNum=%2B40722')
    ],
    [{ parameters: { CallerIDName: 'Ana+%26+Co+%2B4' } }, /compared after decoding: expect Ana & Co \+4/],
    [{ parameters: { CalledNumber: '1' } }, /CalledNumber was not sent: the setting absentParameters \(now omit\)/],
    [{ parameters: { CalledDID: { absent: true } } }, /sent empty: the setting absentParameters/],
    [
      { parameters: { CallStatus: { absent: true } } },
      /No delivery has the expected CallStatus, absent; there were BUSY/
    ],
    [{ parameters: { callstatus: 'BUSY' } }, /No delivery has a parameter callstatus: its name is CallStatus/],
    [{ parameters: { Status: 'BUSY' } }, /No delivery has a parameter Status; there are CallID, /],
    [{ url: POSTED.url }, /The url of a GET ends in its parameters/, [GOT]],
    [{ url: 'http://other.test/' }, /No delivery was sent to a url that matches; there were http:\/\/receiver/]
  ] as [DeliveryMatch, RegExp, ComparableDelivery[]?][]) {
    t.match(explain(match, deliveries)[0], hint, JSON.stringify(match))
  }
  t.match(
    explain({ callStatus: 'ANSWER' }, withBody('CallStatus=UNKNOWN'), { hangupStatus: 'unknown' })[1],
    /hangupStatus \(now unknown\)/
  )
  t.strictSame(
    explain({ callStatus: 'BUSY', callFlow: 'in', url: POSTED.url }),
    [],
    'what was sent needs no explanation'
  )
  t.strictSame(explain({ type: '0', callStatus: 'ANSWER' }), [], 'nor do deliveries that differ otherwise')
})

t.test('an invalid matcher or sequence is refused with its path', async t => {
  const { verify } = control(await start(t))
  const match = {}
  for (const [body, path, message] of [
    [{ match: { url: {} } }, '$.match.url', /exactly one of contains, startsWith, absent/],
    [{ match: { url: { contains: 'a', startsWith: 'b' } } }, '$.match.url', /exactly one of/],
    [{ match: { url: 5 } }, '$.match.url', /must be string/],
    [{ match: { url: null } }, '$.match.url', /got null/],
    [{ match: { callStatus: { absent: false } } }, '$.match.callStatus.absent', /must be true; got false/],
    [{ match: { callStatus: { contain: 'a' } } }, '$.match.callStatus.contain', /not a member/],
    [{ match: { callFlow: { contains: 5 } } }, '$.match.callFlow.contains', /must be string; got 5/],
    [{ match: { method: '0' } }, '$.match.method', /one of "GET", "POST"/],
    [{ match: { callStatus: '\ud83d' } }, '$.match.callStatus', /whole Unicode characters/],
    [{ match: { callStatus: 'x'.repeat(8193) } }, '$.match.callStatus', /8192/],
    [
      { match: { parameters: { CallID: { startsWith: '\ude00' } } } },
      '$.match.parameters.CallID.startsWith',
      /whole Unicode/
    ],
    [{ match: { parameters: { '\ud83d': 'x' } } }, '$.match.parameters["\\ud83d"]', /not a member/],
    [{ match: { parameters: { '': 'x' } } }, '$.match.parameters[""]', /not a member/],
    [{ match: { parameters: ['CallID'] } }, '$.match.parameters', /must be object/],
    [{ match: { parameters: { CallID: ['x'] } } }, '$.match.parameters.CallID', /must be string/],
    [
      { match: { parameters: { calledNumber: { absent: true } } } },
      '$.match.parameters.calledNumber',
      /is CalledNumber/
    ],
    [{ match: { parameters: manyParameters(101) } }, '$.match.parameters', /100/],
    [{ match: { callstatus: 'x' } }, '$.match.callstatus', /not a member/],
    [{ sequence: [] }, '$.sequence', /fewer than 1/],
    [{ sequence: Array(1001).fill({ match }) }, '$.sequence', /more than 1000/],
    [{ sequence: {} }, '$.sequence', /must be array/],
    [{ sequence: [{ match }, {}] }, '$.sequence[1].match', /missing/],
    [{ sequence: [null] }, '$.sequence[0]', /must be object/],
    [{ sequence: [{ match, count: 1 }] }, '$.sequence[0].count', /not a member/],
    [{ sequence: [{ match: { url: {} } }] }, '$.sequence[0].match.url', /exactly one of/],
    [
      { sequence: [{ match: { parameters: { CALLID: { absent: true } } } }] },
      '$.sequence[0].match.parameters.CALLID',
      /is CallID/
    ],
    [{ sequence: [{ match }], match }, '$.match', /cannot be combined with a sequence/],
    [{ sequence: [{ match }], count: 1 }, '$.count', /cannot be combined with a sequence/],
    [{ sequence: [{ match }], timeoutMs: -1 }, '$.timeoutMs', /./],
    [{ count: 1 }, '$.match', /is missing: give a match, or a sequence/]
  ] as const) {
    const sent = JSON.stringify(body).slice(0, 100)
    const answer = await verify(body)
    t.equal(answer.status, 400, sent)
    const found = answer.body.error.details.find((one: { path: string }) => one.path === path)
    t.match(found?.message, message, `${sent}: ${answer.text.slice(0, 300)}`)
  }
  t.match(await verify({ sequence: Array(1000).fill({ match }) }), { status: 409, body: { count: 0, expected: 1000 } })
})

const manyParameters = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 'x']))

t.test('an error message never ends in half of a surrogate pair', async t => {
  const { verify } = control(await start(t))
  const { text } = await verify({ match: { type: `${'x'.repeat(58)}\u{1f600}\u{1f600}` } })
  t.ok(text.includes('x'.repeat(58)) && !/\\ud83d/i.test(text), text)
})

t.test('the client verifies what was sent and in which order, and prints a sequence that was not found', async t => {
  const receiver = await receive(t)
  const { url } = await start(t, { fixture: sentTo(receiver.url) })
  const emulator = await connectEmulator(url)
  t.teardown(() => emulator.close())
  await emulator.calls.place({ from: OUTSIDE, to: '0003*210' })
  await emulator.idle()
  t.match(await emulator.deliveries.verify({ match: { parameters: { CallStatus: 'ANSWER' } }, count: 2 }), { count: 2 })
  t.match(
    await emulator.deliveries.verify({
      sequence: [{ match: { type: '0' } }, { match: { callStatus: { contains: 'ANSWER' } } }]
    }),
    {
      verified: true,
      count: 2
    }
  )
  const error = await emulator.deliveries
    .verify({
      sequence: [
        { match: { moment: 'hangup' } },
        { match: { type: '0', parameters: { CallFlow: 'in', CallerIDNum: { startsWith: '+40' } } } },
        { match: {} }
      ],
      timeoutMs: 0
    })
    .catch(error => error)
  t.type(error, NotVerified)
  t.match(error, { count: 1, expected: 3 })
  t.ok(
    error.message.startsWith(`Expected 3 deliveries in this order; found only the first 1.
  found   sequence[0]: moment hangup
  missing sequence[1]: type 0, parameter CallFlow in, parameter CallerIDNum one that starts with "+40"
  and 1 after it
The nearest:
  delivery 1 (dialIn of 0003*210, delivered): was sent before delivery 3, which is sequence[0]`),
    error.message
  )
})
