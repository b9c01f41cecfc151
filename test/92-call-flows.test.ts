import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { VerbByHand } from '../src/domain/calls/by-hand.js'
import type { CallRequest } from '../src/schema/calls/call-request.js'
import type { WebhookRequest } from '../src/schema/calls/delivery.js'
import type { Settings } from '../src/schema/settings.js'
import type { Sandbox } from '../src/service/sandbox.js'
import { FLOWS } from './support/call-flows.js'
import { expectCall, ModelCall, type ModelMoment, type ModelRequest, type ModelStep } from './support/call-model.js'
import {
  anyCall,
  anySteps,
  DIRECTORY,
  formOf,
  grow,
  lineOf,
  OUTSIDE,
  openFrozenWorld,
  worldOf
} from './support/call-world.js'
import { EFFORT } from './support/effort.js'
import { start } from './support/emulator.js'
import fc from './support/random.js'

const CAUSE = { absentParameters: 'omit', callFlowCase: 'lower', hangupStatus: 'cause' } as const

/** A sandbox with a frozen clock and an event of every type everywhere, and what it sent. */
async function openWorld(t: Test) {
  const { sandbox, sent } = await openFrozenWorld(t)
  t.teardown(() => sandbox.close())
  /** Places a call and lets it end. */
  const play = async (request: ModelRequest) => {
    sent.length = 0
    const { callId } = sandbox.calls.place(request as CallRequest)
    await sandbox.clock.advance({ ms: 86_400_000 })
    return sandbox.calls.get(callId)
  }
  return { sandbox, sent, play }
}

type PrintedCall = ReturnType<Sandbox['calls']['get']>

/** The moments of a call, one a line. */
const linesOf = ({ placedAt, moments }: Pick<PrintedCall, 'placedAt' | 'moments'>): string[] =>
  moments.map(moment => lineOf({ ...moment, at: Date.parse(moment.at) }, Date.parse(placedAt)))

/** The webhooks that the model expects: url and form. */
const webhooksOf = (moments: ModelMoment[], call: PrintedCall): string[] =>
  moments.map(moment => `${moment.extension.slice(-3)}/${moment.moment} ${formOf(moment, call)}`)

const sentLines = (sent: WebhookRequest[]): string[] =>
  sent.map(({ url, body }) => `${url.replace('http://receiver.test/', '')} ${body}`)

/** @throws Error with both lists when they differ; a failed assertion for each would print thousands of lines */
function mustEqual(got: readonly string[], wanted: readonly string[], why: unknown): void {
  if (got.join('\n') === wanted.join('\n')) return
  throw new Error([JSON.stringify(why), 'got', ...got, 'wanted', ...wanted].join('\n  '))
}

/** The legs of a call without their ids. */
const legsOf = ({ legs }: PrintedCall): string[] => legs.map(({ callId, ...leg }) => JSON.stringify(leg))

/** Runs a function. @returns what it throws */
function thrownBy(run: () => unknown): {
  code?: string
  message?: string
  details?: { path: string; message: string }[]
} {
  try {
    run()
  } catch (error) {
    return Object(error)
  }
  return {}
}

t.test('each flow fires the moments of its row', async t => {
  const { sent, play } = await openWorld(t)
  for (const [title, request, expected] of FLOWS) {
    const call = await play(request)
    const lines = call.moments.map(
      ({ leg, extension, moment, callStatus, callFlow }) =>
        `${leg} ${extension.slice(-3)} ${moment} ${callStatus} ${callFlow}`
    )
    t.strictSame(lines, expected, title)
    const model = expectCall(request, DIRECTORY)
    if ('refused' in model) throw new Error(`${title}: ${model.why}`)
    t.strictSame(
      linesOf(call),
      model.moments.map(moment => lineOf(moment)),
      `${title}: the model agrees`
    )
    t.strictSame(sentLines(sent), webhooksOf(model.moments, call), `${title}: the parameters of each leg`)
  }
})

/** What holds for the moments of every call that has ended, whatever its verbs were. @source call-events.md §1 */
function checkLegs(call: PrintedCall, why: unknown): void {
  const fail = (what: string) => {
    throw new Error(`${what}: ${JSON.stringify(why)}\n${linesOf(call).join('\n')}`)
  }
  for (const [index, { extension, direction, state }] of call.legs.entries()) {
    const own = call.moments.filter(({ leg }) => leg === index).map(({ moment }) => moment)
    if (extension === undefined && own.length > 0) fail('an outside party fires')
    if (extension === undefined) continue
    const dial = direction === 'in' ? 'dialIn' : 'dialOut'
    const answer = direction === 'in' ? 'answerIncoming' : 'answerOutgoing'
    const isUnreached = call.outcome === 'congestion' || call.outcome === 'unavailable'
    const allowed = [
      [dial],
      [dial, answer],
      [dial, 'hangup'],
      [dial, answer, 'hangup'],
      ...(isUnreached ? [['hangup']] : [])
    ]
    if (!allowed.some(order => order.join() === own.join())) fail(`leg ${index} fires ${own.join()}`)
    if ((own.at(-1) === 'hangup') !== (state === 'ended')) fail(`leg ${index} is ${state}`)
  }
}

const anySettings = fc.record({
  absentParameters: fc.constantFrom('omit', 'empty'),
  callFlowCase: fc.constantFrom('lower', 'upper'),
  hangupStatus: fc.constantFrom('cause', 'unknown', 'hangup'),
  callIds: fc.constantFrom('perLeg', 'perCall')
}) as fc.Arbitrary<Pick<Settings, 'absentParameters' | 'callFlowCase' | 'hangupStatus' | 'callIds'>>

t.test('random scripts fire the moments of the model, or are refused with the path of the step', async t => {
  const { sandbox, sent, play } = await openWorld(t)
  const seen = { played: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(anyCall, anySteps(80), fc.boolean(), anySettings, async (request, steps, withLast, settings) => {
      sandbox.settings.change(settings)
      const script = grow(request, steps, withLast)
      if (script.steps?.length === 0) return
      const expected = expectCall(script, DIRECTORY, settings)
      if ('refused' in expected) {
        seen.refused++
        const before = JSON.stringify([sandbox.calls.list({}), sandbox.deliveries.list({}).total])
        const { code, details } = thrownBy(() => sandbox.calls.place(script as CallRequest))
        const isThere = details?.every(({ path }) => path.startsWith(`$.steps[${expected.refused}].`))
        if (code !== 'request_invalid' || !isThere)
          throw new Error(`${expected.why}: ${JSON.stringify([code, details, script])}`)
        mustEqual([JSON.stringify([sandbox.calls.list({}), sandbox.deliveries.list({}).total])], [before], script)
        return
      }
      seen.played++
      const call = await play(script)
      mustEqual(
        linesOf(call),
        expected.moments.map(moment => lineOf(moment)),
        script
      )
      mustEqual(
        legsOf(call),
        expected.legs.map(leg => JSON.stringify(leg)),
        script
      )
      mustEqual(sentLines(sent), webhooksOf(expected.moments, call), script)
      const ids = call.legs.flatMap(({ callId }) => callId ?? [])
      if (new Set(ids).size !== (settings.callIds === 'perLeg' ? ids.length : 1)) throw new Error(ids.join())
      checkLegs(call, script)
    }),
    { numRuns: 60 * EFFORT }
  )
  t.ok(seen.played > 10 && seen.refused > 10, JSON.stringify(seen))
})

t.test('random requests of one instant have the outcome of the model, also with lists and answeredBy', async t => {
  const { sent, play } = await openWorld(t)
  const timed = fc.record(
    {
      outcome: fc.constantFrom('answered', 'busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable' as const),
      ringMs: fc.integer({ min: 0, max: 50 }),
      talkMs: fc.integer({ min: 0, max: 50 })
    },
    { requiredKeys: [] }
  )
  await fc.assert(
    fc.asyncProperty(anyCall, timed, fc.nat(), async (request, times, pick) => {
      const numbers = [request.to].flat()
      const answeredBy = pick % 2 === 0 ? undefined : numbers[pick % numbers.length]
      const isAnswered = (times.outcome ?? 'answered') === 'answered'
      const whole = { ...request, ...times, ...(isAnswered && answeredBy !== undefined && { answeredBy }) }
      const expected = expectCall(whole, DIRECTORY)
      if ('refused' in expected) throw new Error(expected.why)
      const call = await play(whole)
      mustEqual(
        linesOf(call),
        expected.moments.map(moment => lineOf(moment)),
        whole
      )
      mustEqual(sentLines(sent), webhooksOf(expected.moments, call), whole)
      if (call.state !== 'ended' || call.outcome !== (times.outcome ?? 'answered')) throw new Error(call.state)
      checkLegs(call, whole)
    }),
    { numRuns: 60 * EFFORT }
  )
})

/** The request by hand that does the same as a step. */
function byHand({ ring, via, answer, reject, transfer, complete, hangup, outcome }: ModelStep): VerbByHand {
  const request =
    ring !== undefined
      ? { verb: 'ring', number: ring, ...(via !== undefined && { via }) }
      : answer !== undefined
        ? { verb: 'answer', number: answer }
        : reject !== undefined
          ? { verb: 'reject', number: reject, outcome }
          : transfer !== undefined
            ? { verb: 'transfer', ...transfer }
            : complete !== undefined
              ? { verb: 'complete', extension: complete }
              : { verb: 'hangup', ...(hangup !== 'all' && { number: hangup }), ...(outcome && { outcome }) }
  return request as VerbByHand // the steps are valid ones
}

t.test('verbs by hand fire the moments of the model; one in the wrong state is 409 and changes nothing', async t => {
  const { sandbox, sent } = await openWorld(t)
  const seen = { performed: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(anyCall, anySteps(60), async (request, steps) => {
      sent.length = 0
      const model = new ModelCall(request, DIRECTORY, CAUSE)
      model.place()
      const { callId } = sandbox.calls.place({ ...(request as CallRequest), manual: true })
      for (const step of steps.map(({ afterMs, ...verb }) => verb)) {
        const before = JSON.stringify(sandbox.calls.get(callId))
        let refusal: string | undefined
        try {
          model.step(step)
        } catch (error) {
          refusal = String(error)
        }
        const { code, message } = thrownBy(() => sandbox.calls.perform(callId, byHand(step)))
        const isMalformed = /names \S+ a second time/.test(message ?? '') // in any state
        if (code !== (refusal && (isMalformed ? 'request_invalid' : 'call_state')))
          throw new Error(`${code} ${message}, the model ${refusal}: ${JSON.stringify([request, step])} ${before}`)
        if (refusal === undefined) {
          seen.performed++
          continue
        }
        seen.refused++
        mustEqual([JSON.stringify(sandbox.calls.get(callId))], [before], step)
        if (model.live().length === 0) break
      }
      await sandbox.waitUntilIdle({ timeoutMs: 10_000 })
      const call = sandbox.calls.get(callId)
      mustEqual(
        linesOf(call),
        model.moments.map(moment => lineOf(moment)),
        [request, steps]
      )
      mustEqual(
        legsOf(call),
        model.printLegs().map(leg => JSON.stringify(leg)),
        [request, steps]
      )
      mustEqual(sentLines(sent), webhooksOf(model.moments, call), [request, steps])
      checkLegs(call, steps)
    }),
    { numRuns: 40 * EFFORT }
  )
  t.ok(seen.performed > 50 && seen.refused > 50, JSON.stringify(seen))
})

t.test(
  'a script fires the same in one advance of the clock and in many, with the events that are armed then',
  async t => {
    const { sandbox, sent, play } = await openWorld(t)
    const events = worldOf('http://receiver.test', '1').phoneCallEvents ?? []
    const toggle = fc.record({ event: fc.constantFrom(...events), ms: fc.integer({ min: 1, max: 9 }) })
    await fc.assert(
      fc.asyncProperty(anyCall, anySteps(60), fc.array(toggle, { maxLength: 15 }), async (request, steps, toggles) => {
        const script = grow(request, steps, false)
        if (script.steps?.length === 0) return
        const expected = expectCall(script, DIRECTORY)
        if ('refused' in expected) throw new Error(expected.why)
        const disarmed = new Set<string>()
        const arm = (event: (typeof events)[number], status: '0' | '1') =>
          sandbox.fixtures.load([{ name: 'toggle', document: { phoneCallEvents: [{ ...event, status }] } }])
        sent.length = 0
        const { callId } = sandbox.calls.place(script as CallRequest)
        const wanted: ModelMoment[] = []
        const pass = (from: number, to: number) =>
          wanted.push(
            ...expected.moments.filter(
              ({ at, extension, moment }) => at > from && at <= to && !disarmed.has(`${moment}${extension.slice(-3)}`)
            )
          )
        pass(-1, 0)
        let now = 0
        for (const { event, ms } of toggles) {
          const id = event.id ?? ''
          const isOff = disarmed.delete(id)
          if (!isOff) disarmed.add(id)
          arm(event, isOff ? '1' : '0')
          await sandbox.clock.advance({ ms })
          pass(now, now + ms)
          now += ms
        }
        await sandbox.clock.advance({ ms: 1_000 })
        pass(now, now + 1_000)
        const call = sandbox.calls.get(callId)
        // Before the comparison, which may throw: the next run begins with all events armed.
        for (const event of events) if (disarmed.has(event.id ?? '')) arm(event, '1')
        mustEqual(sentLines(sent), webhooksOf(wanted, call), [script, toggles])
        mustEqual(
          linesOf(call),
          expected.moments.map(moment => lineOf(moment)),
          [script, toggles]
        )
        mustEqual(linesOf(await play(script)), linesOf(call), script)
      }),
      { numRuns: 30 * EFFORT }
    )
  }
)

// ── Bad input ──

/** Places calls over HTTP. */
async function startControl(t: Test) {
  const emulator = await start(t, { fixture: { ...worldOf('http://192.0.2.1'), phoneCallEvents: [] } })
  const { ask } = emulator
  await ask('PUT', '/_emulator/clock', { body: { mode: 'frozen' } })
  const post = (path: string, body: unknown) => ask('POST', `/_emulator${path}`, { body })
  const get = async (path: string) => (await ask('GET', `/_emulator${path}`)).body
  const place = async (body: object) => (await post('/calls', body)).body.callId
  return { ...emulator, post, get, place }
}

/** A call with steps that can never happen, and the path of what is wrong. */
const NEVER: [title: string, steps: object[], path: string, message: RegExp, to?: unknown][] = [
  ['an answer before a ring', [{ answer: '0003*211' }], '[0].answer', /0003\*211 is not in the call/],
  ['an answer by the caller', [{ answer: '0003*213' }], '[0].answer', /0003\*213 is calling/],
  ['a second answer', [{ answer: '0003*210' }, { answer: '0003*210' }], '[1].answer', /its leg is answered/],
  [
    'an answer after a rejection',
    [{ reject: '0003*210', outcome: 'busy' }, { ring: '0003*211' }, { answer: '0003*210' }],
    '[2].answer',
    /0003\*210 has ended/
  ],
  [
    'a rejection of an answered leg',
    [{ answer: '0003*210' }, { reject: '0003*210', outcome: 'busy' }],
    '[1].reject',
    /its leg is answered/
  ],
  ['a rejection without an outcome', [{ reject: '0003*210' }], '[0].outcome', /must be busy, noAnswer/],
  ['a rejection as answered', [{ reject: '0003*210', outcome: 'answered' }], '[0].outcome', /must be busy, noAnswer/],
  ['a transfer before the answer', [transfer('0003*210', '0003*211')], '[0].transfer.from', /its leg is ringing/],
  [
    'a transfer to oneself',
    [{ answer: '0003*210' }, transfer('0003*210', '210')],
    '[1].transfer.to',
    /the extension that transfers/
  ],
  [
    'a transfer to who is there',
    [{ answer: '0003*210' }, transfer('0003*210', '0003*213')],
    '[1].transfer.to',
    /in the call already/
  ],
  [
    'a transfer by who is not there',
    [transfer('0003*211', '0003*212')],
    '[0].transfer.from',
    /0003\*211 is not in the call/
  ],
  [
    'a transfer to nobody',
    [{ answer: '0003*210' }, transfer('0003*210', '0003*999')],
    '[1].transfer.to',
    /no extension has/
  ],
  [
    'a transfer by an IVR, which never dials out (sibling)',
    [{ answer: '0003*400' }, transfer('0003*400', '0003*211')],
    '[1].transfer.from',
    /0003\*400 is an IVR or queue/,
    '0003*400'
  ],
  [
    'a transfer by who is consulted',
    [
      { answer: '0003*210' },
      transfer('0003*210', '0003*211', 'attended'),
      { answer: '0003*211' },
      transfer('0003*211', '0003*212')
    ],
    '[3].transfer.from',
    /0003\*211 is connected to no other party/
  ],
  [
    'a completion without a transfer',
    [{ answer: '0003*210' }, { complete: '0003*210' }],
    '[1].complete',
    /no attended transfer/
  ],
  [
    'a completion before the answer',
    [{ answer: '0003*210' }, transfer('0003*210', '0003*211', 'attended'), { complete: '0003*210' }],
    '[2].complete',
    /has not answered/
  ],
  [
    'a completion of a blind transfer',
    [{ answer: '0003*210' }, transfer('0003*210', '0003*211'), { complete: '0003*210' }],
    '[2].complete',
    /has not answered/
  ],
  ['ringing who rings', [{ ring: '0003*210' }], '[0].ring', /0003\*210 is in the call already: its leg is ringing/],
  ['ringing one twice', [{ ring: ['0003*211', '211'] }], '[0].ring[1]', /names 0003\*211 a second time/],
  [
    'ringing when the caller talks',
    [{ answer: '0003*210' }, { ring: '0003*211' }],
    '[1].ring',
    /0003\*210 has answered/
  ],
  [
    'ringing when the caller talks with who it was transferred to',
    [{ answer: '0003*210' }, transfer('0003*210', '0003*211'), { answer: '0003*211' }, { ring: '0003*212' }],
    '[3].ring',
    /0003\*211 has answered/
  ],
  [
    'ringing when the caller has left',
    [{ answer: '0003*210' }, transfer('0003*213', '0003*211'), { answer: '0003*211' }, { ring: '0003*212' }],
    '[3].ring',
    /no leg can ring another party/
  ],
  ['behind a phone', [{ ring: '0003*211', via: '0003*210' }], '[0].via', /0003\*210 is not a called IVR or queue/],
  [
    'behind a queue that is not there',
    [{ ring: '0003*211', via: '0003*300' }],
    '[0].via',
    /0003\*300 is not in the call/
  ],
  ['via without ring', [{ answer: '0003*210', via: '0003*300' }], '[0].via', /is for ring, not for answer/],
  ['an outcome of an answer', [{ answer: '0003*210', outcome: 'busy' }], '[0].outcome', /is for reject and hangup/],
  [
    'hanging up an answered call as busy',
    [{ answer: '0003*210' }, { hangup: 'all', outcome: 'busy' }],
    '[1].outcome',
    /can only end as answered/
  ],
  [
    'hanging up a ringing call as answered',
    [{ hangup: 'all', outcome: 'answered' }],
    '[0].outcome',
    /cannot end as answered/
  ],
  ['hanging up who is not there', [{ hangup: '0003*211' }], '[0].hangup', /0003\*211 is not in the call/],
  ['nobody left', [{ hangup: 'all' }, { ring: '0003*211' }], '[1].ring', /the call is over/],
  [
    'nobody left after the last one refused',
    [{ reject: '0003*210', outcome: 'busy' }, { hangup: 'all' }],
    '[1].hangup',
    /the call is over/
  ],
  ['two verbs', [{ ring: '0003*211', answer: '0003*210' }], '[0].answer', /cannot be combined with ring/],
  ['no verb', [{ afterMs: 5 }], '[0]', /needs a verb/],
  ['no verb at all', [{}], '[0]', /needs a verb/],
  ['an unknown verb', [{ dial: '0003*211' }], '[0].dial', /not a member/],
  ['a malformed number', [{ ring: 'Ana' }], '[0].ring', /./],
  ['an empty list', [{ ring: [] }], '[0].ring', /./],
  ['a negative time', [{ afterMs: -1, answer: '0003*210' }], '[0].afterMs', /./],
  ['more than a day', [{ afterMs: 86_400_001, answer: '0003*210' }], '[0].afterMs', /./],
  ['half a millisecond', [{ afterMs: 0.5, answer: '0003*210' }], '[0].afterMs', /./],
  ['a transfer without a kind', [{ transfer: { from: '0003*210', to: '0003*211' } }], '[0].transfer.kind', /./],
  [
    'a transfer of a third kind',
    [{ transfer: { from: '0003*210', to: '0003*211', kind: 'warm' } }],
    '[0].transfer.kind',
    /./
  ],
  ['a step that is a text', ['answer'] as unknown as object[], '[0]', /./],
  ['a step that is null', [null] as unknown as object[], '[0]', /./]
]

function transfer(from: string, to: string, kind = 'blind') {
  return { transfer: { from, to, kind } }
}

t.test('steps that can never happen are 400 with their path, and nothing is stored', async t => {
  const { post, get } = await startControl(t)
  for (const [title, steps, path, message, to = '0003*210'] of NEVER) {
    const answer = await post('/calls', { from: '0003*213', to, steps })
    const details = [{ path: `$.steps${path}`, message }]
    t.match(answer, { status: 400, body: { error: { code: 'request_invalid', details } } }, `${title}: ${answer.text}`)
  }
  t.match(await get('/calls'), { total: 0, dropped: 0 })
  t.match(await get('/deliveries'), { total: 0, dropped: 0 })
})

const MANY = Array.from({ length: 101 }, (_, index) => `0007*${100 + index}`)

t.test('a call has at most 100 legs beside its caller, and 1,000 steps', async t => {
  const { ask, post, get, place } = await startControl(t)
  const extensions = MANY.map(number => ({ number, owner: '12', kind: 'phoneTerminal' }))
  t.equal((await ask('POST', '/_emulator/fixtures', { body: { extensions } })).status, 200)
  const refused = async (body: object, path: string) =>
    t.match(
      await post('/calls', { from: OUTSIDE, ...body }),
      { status: 400, body: { error: { details: [{ path }] } } },
      path
    )
  await refused({ to: MANY }, '$.to')
  await refused({ to: '0003*210', steps: Array(1001).fill({ hangup: 'all' }) }, '$.steps')
  await refused({ to: MANY.slice(0, 50), steps: [{ ring: MANY.slice(50) }] }, '$.steps[0].ring')
  await refused(
    { to: MANY.slice(0, 99), steps: [{ answer: MANY[0] }, transfer(MANY[0] ?? '', MANY[100] ?? '')] },
    '$.steps[1].transfer.to'
  )
  t.match(await get('/calls'), { total: 0 })
  const whole = await post('/calls', { from: OUTSIDE, to: MANY.slice(0, 50), steps: [{ ring: MANY.slice(50, 100) }] })
  t.equal(whole.status, 201)
  t.equal(whole.body.legs.length, 101)
  const again = Array.from({ length: 49 }, () => [{ reject: '0003*210', outcome: 'busy' }, { ring: '0003*210' }]).flat()
  const steps = [...again, ...Array(1000 - again.length).fill({ afterMs: 1, hangup: 'all' })]
  await refused({ to: '0003*210', steps }, `$.steps[${again.length + 1}].hangup`)
  const callId = await place({ from: OUTSIDE, to: MANY.slice(0, 100), manual: true })
  const tooMany = { status: 400, body: { error: { code: 'request_invalid', details: [{ path: '$.number' }] } } }
  t.match(await post(`/calls/${callId}/ring`, { number: MANY[100] }), tooMany)
})

/** Requests of a call that are refused, with the path of what is wrong. */
const MALFORMED: [path: string, body: unknown][] = [
  ['$', 'text'],
  ['$', []],
  ['$', 5],
  ['$.to', { from: OUTSIDE }],
  ['$.to', { from: OUTSIDE, to: '' }],
  ['$.to', { from: OUTSIDE, to: null }],
  ['$.to', { from: OUTSIDE, to: 210 }],
  ['$.to', { from: OUTSIDE, to: [] }],
  ['$.to', { from: OUTSIDE, to: '0003*999' }],
  ['$.to', { from: OUTSIDE, to: '210x' }],
  ['$.to', { from: OUTSIDE, to: '1'.repeat(34) }],
  ['$.to', { from: '0003*210', to: '0003*210' }],
  ['$.to', { from: '0003*210', to: '+40312345210' }],
  ['$.to', { to: OUTSIDE }],
  ['$.to[1]', { from: OUTSIDE, to: ['0003*210', '+40312345210'] }],
  ['$.to[1]', { from: OUTSIDE, to: ['0003*210', '0003*999'] }],
  ['$.to[1]', { from: '0003*211', to: ['0003*210', OUTSIDE] }],
  ['$.to[0]', { from: '0003*211', to: ['0003*211', '0003*210'] }],
  ['$.from', { from: '', to: '0003*210' }],
  ['$.from', { from: 'Ana', to: '0003*210' }],
  ['$.from', { from: '0003*999', to: '0003*210' }],
  ['$.from', { from: null, to: '0003*210' }],
  ['$.from', { from: ['0003*211'], to: '0003*210' }],
  ['$.outcome', { from: OUTSIDE, to: '0003*210', outcome: 'gone' }],
  ['$.outcome', { from: OUTSIDE, to: '0003*210', outcome: 'busy', manual: true }],
  ['$.outcome', { from: OUTSIDE, to: '0003*210', outcome: 'busy', steps: [{ hangup: 'all' }] }],
  ['$.ringMs', { from: OUTSIDE, to: '0003*210', ringMs: -1 }],
  ['$.ringMs', { from: OUTSIDE, to: '0003*210', ringMs: 86_400_001 }],
  ['$.ringMs', { from: OUTSIDE, to: '0003*210', ringMs: '5' }],
  ['$.ringMs', { from: OUTSIDE, to: '0003*210', ringMs: 5, manual: true }],
  ['$.ringMs', { from: OUTSIDE, to: '0003*210', ringMs: 5, steps: [{ hangup: 'all' }] }],
  ['$.talkMs', { from: OUTSIDE, to: '0003*210', talkMs: 1.5 }],
  ['$.talkMs', { from: OUTSIDE, to: '0003*210', talkMs: 5, steps: [{ hangup: 'all' }] }],
  ['$.answeredBy', { from: OUTSIDE, to: ['0003*210', '0003*212'], answeredBy: '0003*211' }],
  ['$.answeredBy', { from: OUTSIDE, to: ['0003*210', '0003*212'], answeredBy: '0003*210', outcome: 'busy' }],
  ['$.answeredBy', { from: OUTSIDE, to: ['0003*210', '0003*212'], answeredBy: '0003*210', manual: true }],
  ['$.answeredBy', { from: OUTSIDE, to: ['0003*210', '0003*212'], answeredBy: ['0003*210'] }],
  ['$.steps', { from: OUTSIDE, to: '0003*210', steps: [] }],
  ['$.steps', { from: OUTSIDE, to: '0003*210', steps: {} }],
  ['$.steps', { from: OUTSIDE, to: '0003*210', steps: [{ hangup: 'all' }], manual: true }],
  ['$.manual', { from: OUTSIDE, to: '0003*210', manual: 'yes' }],
  ['$.callerName', { from: OUTSIDE, to: '0003*210', callerName: 5 }],
  ['$.callerName', { from: OUTSIDE, to: '0003*210', callerName: 'a\0b' }],
  ['$.callerName', { from: OUTSIDE, to: '0003*210', callerName: 'x'.repeat(256) }],
  ['$.callerNumber', { to: '0003*210', callerNumber: 'x'.repeat(81) }],
  ['$.callerNumber', { to: '0003*210', callerNumber: null }],
  ['$.dialled', { from: OUTSIDE, to: '0003*210', dialled: '' }],
  ['$.dialled', { from: OUTSIDE, to: '0003*210', dialled: 'Ana' }],
  ['$.calledDid', { from: OUTSIDE, to: '0003*210', calledDid: '0003*210' }],
  ['$.callId', { from: OUTSIDE, to: '0003*210', callId: '1.1' }],
  ['$.callApiId', { from: OUTSIDE, to: '0003*210', callApiId: 'x' }],
  ['$.answerdBy', { from: OUTSIDE, to: '0003*210', answerdBy: '0003*210' }]
]

t.test('every malformed member of a call is 400 with its path, and nothing is stored', async t => {
  const { post, get, ask } = await startControl(t)
  for (const [path, body] of MALFORMED) {
    const answer = await post('/calls', body === 'text' ? '"text"' : body)
    t.equal(answer.status, 400, `${path}: ${JSON.stringify(body)}: ${answer.text}`)
    t.ok(
      answer.body.error.details.some((detail: { path: string }) => detail.path === path),
      `${path}: ${JSON.stringify(body)}: ${answer.text}`
    )
  }
  t.equal((await ask('POST', '/_emulator/calls', { body: '{' })).status, 400)
  t.match(await get('/calls'), { total: 0, dropped: 0 })
})

t.test('a verb by hand in the wrong state is 409 and names the leg and its state, and changes nothing', async t => {
  const { post, get, place } = await startControl(t)
  const callId = await place({ from: '0003*213', to: ['0003*210', '0003*211'], manual: true })
  const refused = async (verb: string, body: unknown, message: RegExp) => {
    const before = JSON.stringify(await get(`/calls/${callId}`))
    const answer = await post(`/calls/${callId}/${verb}`, body)
    t.match(
      answer,
      { status: 409, reason: 'call_state', body: { error: { code: 'call_state', message } } },
      `${verb} ${JSON.stringify(body)}: ${answer.text}`
    )
    t.equal(JSON.stringify(await get(`/calls/${callId}`)), before)
  }
  const done = async (verb: string, body: unknown) =>
    t.equal((await post(`/calls/${callId}/${verb}`, body)).status, 200, verb)
  await refused('answer', {}, /0003\*210 and 0003\*211 are ringing: name the one/)
  await refused('answer', { number: '0003*212' }, /0003\*212 is not in the call/)
  await refused('complete', { extension: '0003*210' }, /0003\*210 is not answered: its leg is ringing/)
  await refused(
    'transfer',
    { from: '0003*210', to: '0003*212', kind: 'blind' },
    /0003\*210 is not answered: its leg is ringing/
  )
  await refused('ring', { number: '0003*210' }, /0003\*210 is in the call already: its leg is ringing/)
  await refused('hangup', { outcome: 'answered' }, /is ringing/)
  await done('answer', { number: '0003*211' })
  await refused('answer', {}, /no called leg is ringing: the call is answered/)
  await refused('answer', { number: '0003*210' }, /the leg of 0003\*210 has ended/)
  await refused('reject', { number: '0003*211', outcome: 'busy' }, /0003\*211 is not ringing: its leg is answered/)
  await refused('hangup', { number: '0003*210' }, /the leg of 0003\*210 has ended/)
  await refused('hangup', { outcome: 'busy' }, /is answered/)
  await done('transfer', { from: '0003*211', to: '0003*212', kind: 'attended' })
  await refused(
    'transfer',
    { from: '0003*211', to: '0003*210', kind: 'blind' },
    /0003\*211 is not answered: its leg is ringing/
  )
  await done('hangup', {})
  for (const [verb, body] of [
    ['ring', { number: '0003*210' }],
    ['answer', {}],
    ['reject', { number: '0003*210', outcome: 'busy' }],
    ['transfer', { from: '0003*211', to: '0003*212', kind: 'blind' }],
    ['complete', { extension: '0003*211' }],
    ['hangup', {}]
  ] as const)
    await refused(verb, body, /is over: its state is ended/)
})

t.test('a call whose script goes on takes no verb by hand, and afterwards it does', async t => {
  const { post, get, place } = await startControl(t)
  const callId = await place({ from: '0003*213', to: '0003*210', steps: [{ afterMs: 5, answer: '0003*210' }] })
  const before = JSON.stringify(await get(`/calls/${callId}`))
  const refused = {
    status: 409,
    body: { error: { code: 'call_state', message: /follows its script, and 1 step is left/ } }
  }
  t.match(await post(`/calls/${callId}/answer`, {}), refused)
  t.match(await post(`/calls/${callId}/hangup`, {}), refused)
  t.equal(JSON.stringify(await get(`/calls/${callId}`)), before)
  await post('/clock/advance', { ms: 5 })
  t.match(await post(`/calls/${callId}/hangup`, {}), { status: 200, body: { state: 'ended', outcome: 'answered' } })
})

/** Requests of verbs by hand that are malformed in any state, with the path of what is wrong. */
const MALFORMED_BY_HAND: [verb: string, path: string, body: unknown][] = [
  ['ring', '$.number', {}],
  ['ring', '$.number', { number: [] }],
  ['ring', '$.number', { number: '0003*999' }],
  ['ring', '$.number[1]', { number: ['0003*211', '0003*999'] }],
  ['ring', '$.number[1]', { number: ['0003*211', '0003*211'] }],
  ['ring', '$.via', { number: '0003*211', via: '0003*999' }],
  ['ring', '$.steps', { number: '0003*211', steps: [] }],
  ['answer', '$.number', { number: 'all' }],
  ['answer', '$.number', { number: null }],
  ['answer', '$.outcome', { outcome: 'busy' }],
  ['reject', '$.number', { outcome: 'busy' }],
  ['reject', '$.outcome', { number: '0003*210' }],
  ['reject', '$.outcome', { number: '0003*210', outcome: 'answered' }],
  ['transfer', '$.kind', { from: '0003*210', to: '0003*211' }],
  ['transfer', '$.to', { from: '0003*210', kind: 'blind' }],
  ['transfer', '$.to', { from: '0003*210', to: '0003*999', kind: 'blind' }],
  ['complete', '$.extension', {}],
  ['complete', '$.number', { extension: '0003*210', number: '0003*210' }],
  ['hangup', '$.number', { number: 'nobody' }],
  ['hangup', '$.outcome', { outcome: 'gone' }],
  ['hangup', '$.afterMs', { afterMs: 5 }]
]

t.test('a malformed request by hand is 400 with its path in any state of the call', async t => {
  const { post, get, place } = await startControl(t)
  const callId = await place({ from: '0003*213', to: '0003*210', manual: true })
  const before = JSON.stringify(await get(`/calls/${callId}`))
  for (const [verb, path, body] of MALFORMED_BY_HAND) {
    const answer = await post(`/calls/${callId}/${verb}`, body)
    t.match(
      answer,
      { status: 400, body: { error: { details: [{ path }] } } },
      `${verb} ${JSON.stringify(body)}: ${answer.text}`
    )
  }
  t.equal(JSON.stringify(await get(`/calls/${callId}`)), before)
})

t.test('any request for a call is answered with 201 or 400, in well-formed UTF-8', async t => {
  const { post, get, port, ask } = await startControl(t)
  const piece = fc.constantFrom(
    '\\ud83d',
    '\\udcde',
    '📞',
    'a',
    '\\u0000',
    '"'.replace('"', '\\"'),
    '0003*210',
    '\\ufffd'
  )
  const text = fc.array(piece, { minLength: 1, maxLength: 90 }).map(pieces => pieces.join(''))
  const member = fc.constantFrom(
    'callerName',
    'callerNumber',
    'dialled',
    'from',
    'calledDid',
    'callId',
    'outcome',
    '\\ud83dx'
  )
  const step = fc.constantFrom('ring', 'answer', 'reject', 'hangup', 'via', 'complete', 'outcome', 'x\\udcde')
  const request = fc
    .tuple(text, member, step, fc.nat(3))
    .map(([value, name, verb, kind]) =>
      kind === 0
        ? `{"from":"${OUTSIDE}","to":"0003*210","${name}":"${value}"}`
        : kind === 1
          ? `{"from":"${OUTSIDE}","to":"0003*210","steps":[{"${verb}":"${value}"}]}`
          : kind === 2
            ? `{"from":"${OUTSIDE}","to":["0003*210","${value}"]}`
            : `{"from":"${OUTSIDE}","to":"0003*210","steps":[{"transfer":{"from":"${value}","to":"${value}","kind":"${value}"}}]}`
    )
  const before = (await get('/calls')).total
  let placed = 0
  await fc.assert(
    fc.asyncProperty(request, async body => {
      const bytes = Buffer.from(body)
      const head = [`Content-Type: application/json`, `Content-Length: ${bytes.length}`]
      const answer = await rawAnswer(
        port,
        Buffer.concat([Buffer.from(`${requestLine('POST /_emulator/calls', head)}`), bytes])
      )
      const status = Number(answer.subarray(9, 12).toString())
      const text = new TextDecoder('utf-8', { fatal: true }).decode(answer.subarray(answer.indexOf('\r\n\r\n') + 4))
      if (status !== 201 && status !== 400) throw new Error(`${status} ${text}`)
      if (status === 201) placed++
      if (hasHalves(JSON.parse(text))) throw new Error(text)
    }),
    { numRuns: 150 * EFFORT }
  )
  t.equal((await get('/calls')).total, before + placed)
  t.equal((await ask('GET', '/_emulator/health')).status, 200)
  t.match(await post('/calls', { to: '0003*210', callerName: '📞'.repeat(80) }), { status: 201 })
})

/** Whether any text in a JSON document has half of a surrogate pair. */
const hasHalves = (value: unknown): boolean =>
  typeof value === 'string'
    ? /\p{Surrogate}/u.test(value)
    : typeof value === 'object' && value !== null && Object.entries(value).flat().some(hasHalves)

const requestLine = (line: string, headers: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', ''].join('\r\n')

/** The bytes of an answer. */
function rawAnswer(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', chunk => chunks.push(chunk)).on('error', fail)
    socket.on('close', () => done(Buffer.concat(chunks)))
  })
}
