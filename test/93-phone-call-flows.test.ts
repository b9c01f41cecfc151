import t, { type Test } from 'tap'
import type { VerbByHand } from '../src/domain/calls/by-hand.js'
import { ControlError } from '../src/domain/errors/control.js'
import { UapiError } from '../src/domain/errors/uapi.js'
import type { CallRequest } from '../src/schema/calls/call-request.js'
import type { WebhookRequest } from '../src/schema/calls/delivery.js'
import type { PhoneCall } from '../src/schema/phone-call.js'
import type { Settings } from '../src/schema/settings.js'
import type { Sandbox } from '../src/service/sandbox.js'
import type { ModelStep } from './support/call-model.js'
import { DIRECTORY, lineOf, OUTSIDE, OUTSIDE_TOO, openFrozenWorld } from './support/call-world.js'
import { EFFORT } from './support/effort.js'
import { TOKENS } from './support/emulator.js'
import {
  anyPhoneCall,
  type EqualCall,
  equalCallOf,
  type ModelParty,
  type ModelPhoneCall,
  pickUpOf
} from './support/phone-call-model.js'
import fc from './support/random.js'

const DAY = 86_400_000
const SELF_OF = (id: string): string => `http://emulator.test/${id}`

type PrintedCall = ReturnType<Sandbox['calls']['get']>

/** A sandbox with a frozen clock and an event of every type everywhere, and what it sent. */
async function openWorld(t: Test) {
  const { sandbox, sent } = await openFrozenWorld(t)
  const principal = (role: keyof typeof TOKENS) =>
    sandbox.principals.authenticate({ kind: 'token', token: TOKENS[role] })
  const [user, organization] = [principal('user'), principal('organization')]
  const callOf = (callApiId: string): PrintedCall => {
    const found = sandbox.calls.list({ limit: 10 }).calls.find(one => one.callApiId === callApiId)
    if (found === undefined) throw new Error(`No call ${callApiId}.`)
    return found
  }
  return {
    sandbox,
    sent,
    user,
    organization,
    callOf,
    /** Places a call over the vendor's API. */
    create: (call: ModelPhoneCall): PhoneCall => sandbox.phoneCalls.create(user, '@me', requestOf(call), SELF_OF),
    setPhones(parties: ModelParty[]): void {
      for (const { phone, phoneOf } of parties) if (phoneOf !== undefined) sandbox.phones.set(phoneOf, phone)
    },
    /** Moves the clock to a time in milliseconds since 1970. */
    moveTo: (time: number) => sandbox.clock.advance({ to: new Date(time).toISOString() }),
    now: (): number => Date.parse(sandbox.clock.get().now)
  }
}

type World = Awaited<ReturnType<typeof openWorld>>

/** Body and query of a request of Create. A list of one number is sent as a text, as clients do. */
const requestOf = ({ extension, sources, destinations, waitSeconds, durationSeconds, callerId }: ModelPhoneCall) => ({
  body: {
    extension,
    phoneCallView: [
      {
        source: written(sources),
        destination: written(destinations),
        ...(callerId && { callerId: callerId.text })
      }
    ]
  },
  query: {
    waitForPickup: String(waitSeconds),
    ...(durationSeconds !== undefined && { callDuration: String(durationSeconds) })
  }
})

const written = (parties: ModelParty[]): string | string[] => {
  const [first = '', ...others] = parties.map(party => party.written)
  return others.length === 0 ? first : [first, ...others]
}

/** @throws Error with both lists when they differ; a failed assertion for each would print thousands of lines */
function mustEqual(got: readonly string[], wanted: readonly string[], why: unknown): void {
  if (got.join('\n') === wanted.join('\n')) return
  throw new Error([JSON.stringify(why), 'got', ...got, 'wanted', ...wanted].join('\n  '))
}

function must(holds: boolean, what: string, why: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(why)}`)
}

// ── The same call over both APIs ──

const anySettings = fc.record({
  absentParameters: fc.constantFrom('omit', 'empty'),
  callFlowCase: fc.constantFrom('lower', 'upper'),
  hangupStatus: fc.constantFrom('cause', 'unknown', 'hangup'),
  callIds: fc.constantFrom('perLeg', 'perCall')
}) as fc.Arbitrary<Pick<Settings, 'absentParameters' | 'callFlowCase' | 'hangupStatus' | 'callIds'>>

/** The number of a leg: each party has one leg in these calls. */
const nameOf = ({ extension, number }: PrintedCall['legs'][number]): string => extension ?? number

/** The moments of a call, one a line, with the party of the leg. @param since in milliseconds since 1970 */
const momentsOf = ({ moments }: PrintedCall, since: number): string[] =>
  moments.map(moment => `${lineOf({ ...moment, leg: 0, at: Date.parse(moment.at) }, since)}`)

/** Webhooks with the CallID and the CallAPIID replaced by the leg and the call that have them. */
function webhooksOf(sent: WebhookRequest[], call: PrintedCall, change: (form: URLSearchParams) => void = () => {}) {
  return sent.map(({ method, url, body }) => {
    const form = new URLSearchParams(body)
    const [path] = url.replace('http://receiver.test/', '').split('/')
    const leg = call.legs.find(
      ({ callId, extension }) => callId === form.get('CallID') && extension?.endsWith(path ?? '')
    )
    form.set('CallID', leg?.extension ?? `nobody's ${form.get('CallID')}`)
    form.set('CallAPIID', form.get('CallAPIID') === call.callApiId ? 'of the call' : 'another')
    change(form)
    return `${method} ${url} ${form}`
  })
}

/** The state of the legs: party, direction, state. Legs of outside parties may have another place, and come last. */
const legsOf = ({ legs }: PrintedCall): string[] =>
  legs
    .toSorted((one, other) => Number(one.extension === undefined) - Number(other.extension === undefined))
    .map(leg => `${nameOf(leg)} ${leg.direction} ${leg.state}`)

/** Places the equal call, and drives it to its end. */
async function playEqual({ sandbox, sent, moveTo, now }: World, { request, verbs }: EqualCall) {
  sent.length = 0
  const placedAt = now()
  const { callId } = sandbox.calls.place(request as CallRequest)
  for (const { at, step } of verbs) {
    await moveTo(placedAt + at)
    sandbox.calls.perform(callId, byHand(step))
  }
  await moveTo(placedAt + DAY)
  return sandbox.calls.get(callId)
}

/** The request by hand that does the same as a step. */
function byHand({ ring, answer, reject, hangup, outcome }: ModelStep): VerbByHand {
  const request =
    ring !== undefined
      ? { verb: 'ring', number: ring }
      : answer !== undefined
        ? { verb: 'answer', number: answer }
        : reject !== undefined
          ? { verb: 'reject', number: reject, outcome }
          : { verb: 'hangup', ...(hangup !== 'all' && { number: hangup }), ...(outcome && { outcome }) }
  return request as VerbByHand // the steps are valid ones
}

t.test('a call of the vendor’s API fires what the same call of the control API fires from the pick-up on', async t => {
  const [vendor, control] = [await openWorld(t), await openWorld(t)]
  t.teardown(() => Promise.all([vendor.sandbox.close(), control.sandbox.close()]))
  const seen = { plain: 0, steps: 0, byHand: 0, nothing: 0, notPickedUp: 0, skipped: 0 }
  await fc.assert(
    fc.asyncProperty(anyPhoneCall, anySettings, async (request, settings) => {
      const { sandbox, sent } = vendor
      for (const world of [vendor, control]) world.sandbox.settings.change(settings)
      sandbox.phones.clear()
      await control.moveTo(Math.max(vendor.now(), control.now()))
      await vendor.moveTo(control.now())
      const placedAt = vendor.now()
      const pickUp = pickUpOf(request)
      const isLater = 'over' in pickUp || pickUp.at > 0
      sent.length = 0
      vendor.setPhones(isLater ? request.sources : [...request.sources, ...request.destinations])
      const created = vendor.create(request)
      if (isLater) {
        // Those of the sources are read when Create rings them, those of the destinations at the pick-up.
        sandbox.phones.clear()
        vendor.setPhones(request.destinations)
      }
      if ('over' in pickUp) {
        seen.notPickedUp++
        if (pickUp.over > 0) {
          await vendor.moveTo(placedAt + pickUp.over - 1)
          must(vendor.callOf(created.id).state === 'ringing', 'over too early', request)
          await vendor.moveTo(placedAt + pickUp.over)
        }
        const call = vendor.callOf(created.id)
        must(call.state === 'ended' && call.outcome !== 'answered', `is ${call.state} ${call.outcome}`, request)
        must(call.legs.length === request.sources.length && call.moments.length === 0, 'something fired', request)
        await vendor.moveTo(placedAt + DAY)
        must(sent.length === 0, 'something was sent', request)
        return
      }
      const { source, at } = pickUp
      if (at > 0) {
        await vendor.moveTo(placedAt + at - 1)
        must(vendor.callOf(created.id).legs.length === request.sources.length, 'picked up too early', request)
        must(sent.length === 0, 'something was sent before the pick-up', request)
      }
      await vendor.moveTo(placedAt + at)
      must(vendor.callOf(created.id).legs.length > request.sources.length, 'not picked up', request)
      await vendor.moveTo(placedAt + at + DAY)
      const call = vendor.callOf(created.id)
      const own = call.legs.flatMap(({ callId }) => callId ?? [])
      must(
        new Set(own).size === (settings.callIds === 'perLeg' ? own.length : Math.min(1, own.length)),
        own.join(),
        request
      )

      const equal = equalCallOf(request, source)
      if (equal === undefined) {
        seen.skipped++
        return
      }
      if (equal === 'nothing') {
        seen.nothing++
        must(call.moments.length === 0 && sent.length === 0, 'something fired between outside parties', request)
        return
      }
      seen[equal.verbs.length > 0 ? 'byHand' : equal.request.steps ? 'steps' : 'plain']++
      await control.moveTo(placedAt + at)
      const same = await playEqual(control, equal)
      const isLeftOut = (extension: string, moment: string) =>
        moment === 'dialIn' && equal.unreached.includes(extension)
      same.moments = same.moments.filter(({ extension, moment }) => !isLeftOut(extension, moment))
      const wanted = control.sent.filter(({ url }) => {
        const [extension, moment = ''] = url.replace('http://receiver.test/', '0003*').split('/')
        return !isLeftOut(extension ?? '', moment)
      })
      const { name, number } = request.callerId ?? {}
      const called =
        ({ callerId }: ModelPhoneCall) =>
        (form: URLSearchParams) => {
          if (callerId === undefined || form.get('CallFlow')?.toLowerCase() !== 'in') return
          if (number !== undefined) form.set('CallerIDNum', number)
          if (name !== undefined) form.set('CallerIDName', name)
        }
      mustEqual(momentsOf(call, placedAt + at), momentsOf(same, placedAt + at), [request, equal])
      mustEqual(webhooksOf(sent, call), webhooksOf(wanted, same, called(request)), [request, equal])
      must(
        sent.every(({ body }) => new URLSearchParams(body).get('CallAPIID') === created.id),
        created.id,
        sent
      )
      const left = { ...call, legs: call.legs.filter(leg => nameOf(leg) === source.name || leg.direction === 'in') }
      mustEqual(legsOf(left), legsOf(same), [request, equal])
      must(call.outcome === same.outcome, `${call.outcome}, not ${same.outcome}`, [request, equal])
    }),
    { numRuns: 150 * EFFORT }
  )
  t.comment(JSON.stringify(seen))
  const { skipped, plain, steps, byHand } = seen
  t.ok(plain > 10 && steps > 10 && byHand > 2, JSON.stringify(seen))
  t.ok(skipped * 3 < plain + steps + byHand, `few are skipped: ${JSON.stringify(seen)}`)
})

// ── Random calls that are interfered with ──

/** What happens in a world; parties and calls are chosen by `pick`. */
type Action =
  | { kind: 'create'; call: ModelPhoneCall }
  | { kind: 'place'; from: string; to: string; pick: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'verb'; pick: number; request: VerbByHand }
  | { kind: 'change'; pick: number; body: Record<string, string> }
  | { kind: 'delete'; pick: number; extension: string | undefined }

const EXTENSIONS: readonly string[] = DIRECTORY.map(({ number }) => number)
const anyNumber = fc.constantFrom(...EXTENSIONS, '211', '+40312345212', OUTSIDE, OUTSIDE_TOO)
const anyOutcome = fc.constantFrom('busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable')
const anyVerb = fc.oneof(
  fc.record({ verb: fc.constant('answer') }),
  fc.record({ verb: fc.constant('answer'), number: anyNumber }),
  fc.record({ verb: fc.constant('reject'), number: anyNumber, outcome: anyOutcome }),
  fc.record({ verb: fc.constant('ring'), number: anyNumber }),
  fc.record({
    verb: fc.constant('transfer'),
    from: anyNumber,
    to: anyNumber,
    kind: fc.constantFrom('blind', 'attended')
  }),
  fc.record({ verb: fc.constant('complete'), extension: anyNumber }),
  fc.record({ verb: fc.constant('hangup'), number: anyNumber })
) as fc.Arbitrary<VerbByHand>
const anyChange = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ action: fc.constant('Transfer'), sendCallTo: anyNumber, transferFromNumber: anyNumber })
  },
  { weight: 1, arbitrary: fc.record({ action: fc.constantFrom('OnHold', 'OffHold', 'Park', 'StartRecording') }) }
)
const pick = fc.nat(11)
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create' as const), call: anyPhoneCall }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('place' as const),
      from: fc.constantFrom(OUTSIDE, '0003*213'),
      to: fc.constantFrom('0003*210', '0003*300'),
      pick
    })
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 498, 500, 999, 1001) })
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('verb' as const), pick, request: anyVerb }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('change' as const), pick, body: anyChange }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      pick,
      extension: fc.constantFrom(undefined, ...EXTENSIONS)
    })
  }
)

/** A request whose party is one of the live legs of the call, for half of them: random ones are seldom in it. */
function aimed<T extends object>(request: T, { legs }: PrintedCall, pick: number): T {
  const isTransfer = 'from' in request || 'transferFromNumber' in request
  const live = legs.filter(({ state }) => state === 'answered' || (!isTransfer && state === 'ringing'))
  const leg = live[pick % Math.max(live.length, 1)]
  const member = ['number', 'from', 'transferFromNumber', 'extension'].find(name => name in request)
  if (pick < 4 || leg === undefined || member === undefined || ('verb' in request && request.verb === 'ring'))
    return request
  return { ...request, [member]: nameOf(leg) }
}

/** Performs an action. @returns the code of its refusal; undefined when it was performed, or is a `pass` */
function act(
  { sandbox, user, create, setPhones }: World,
  action: Action,
  rung: Map<string, Set<string>>
): string | undefined {
  const { calls } = sandbox.calls.list({ limit: 1000 })
  const going = calls.filter(({ state }) => state !== 'ended')
  const some = going.length > 0 ? going : calls
  const chosen = 'pick' in action ? some[action.pick % Math.max(some.length, 1)] : undefined
  const addressOf = (call: PrintedCall, extension = call.phoneCall?.extension ?? '0003*210') => ({
    userId: '@me',
    extension,
    phoneCallId: call.callApiId
  })
  try {
    if (action.kind === 'create') {
      setPhones([...action.call.sources, ...action.call.destinations])
      create(action.call)
    } else if (action.kind === 'place') {
      const { from, to, pick } = action
      sandbox.calls.place({ from, to, ...(pick % 2 === 0 ? { manual: true } : { ringMs: 700, talkMs: 700 }) })
    } else if (action.kind === 'verb' && chosen) {
      const request = aimed(action.request, chosen, action.pick)
      sandbox.calls.perform(chosen.callId, request)
      if (request.verb === 'ring' || request.verb === 'transfer')
        rung.set(
          chosen.callId,
          (rung.get(chosen.callId) ?? new Set()).add(String(request.verb === 'ring' ? request.number : request.to))
        )
    } else if (action.kind === 'change' && chosen) {
      sandbox.phoneCalls.update(user, addressOf(chosen), aimed(action.body, chosen, action.pick), SELF_OF)
    } else if (action.kind === 'delete' && chosen) {
      const { extension } = action
      const address = extension === undefined ? addressOf(chosen) : { userId: '@me', extension }
      sandbox.phoneCalls.remove(user, address)
    }
  } catch (error) {
    if (error instanceof ControlError || error instanceof UapiError) return error.code
    throw error
  }
  return undefined
}

/** What holds at any time. @param rung the parties that were rung by hand, by the call: they have no phone */
function checkWorld({ sandbox, user, organization }: World, rung: Map<string, Set<string>>, why: unknown): void {
  const { calls } = sandbox.calls.list({ limit: 1000 })
  const going = calls.filter(({ state }) => state !== 'ended')
  const list = (who: World['user'], extension: string) =>
    sandbox.phoneCalls.list(who, { userId: '@me', extension }, { count: '1000' }, SELF_OF).entries
  const isIn = (extension?: string) => (call: PrintedCall) =>
    call.legs.some(
      leg => leg.state !== 'ended' && leg.extension !== undefined && leg.extension === (extension ?? leg.extension)
    )
  const ids = (some: PrintedCall[]) => some.map(({ callApiId }) => callApiId)
  const listed = list(organization, '@self')
  mustEqual(
    listed.map(({ id }) => id),
    ids(going.filter(call => call.phoneCall !== undefined || isIn()(call))),
    ['@self', why]
  )
  for (const extension of EXTENSIONS) {
    const isOf = isIn(extension)
    mustEqual(
      list(user, extension).map(({ id }) => id),
      ids(going.filter(call => call.phoneCall?.extension === extension || isOf(call))),
      [extension, why]
    )
  }
  for (const entry of listed) {
    const call = going.find(({ callApiId }) => callApiId === entry.id)
    const views = entry.phoneCallView.map(
      ({ extension, status }) => `${extension} ${status === '0' ? 'ended' : 'live'}`
    )
    const legs = call?.legs.flatMap(({ extension, state }) =>
      extension ? `${extension} ${state === 'ended' ? state : 'live'}` : []
    )
    if (legs?.length !== 0) mustEqual(views, legs ?? [], [entry, why])
  }
  for (const call of calls) checkCall(call, rung.get(call.callId) ?? new Set(), why)
}

/** What holds for a call at any time. */
function checkCall(call: PrintedCall, rung: Set<string>, why: unknown): void {
  const { phoneCall, legs, moments, state, next } = call
  const fail = (what: string) => {
    throw new Error(`${what}: ${JSON.stringify([call, why])}`)
  }
  const sources = phoneCall?.source.length ?? 0
  if (legs.length === sources && moments.length > 0) fail('a moment before the pick-up')
  if (state === 'ended' && next.length > 0) fail('an ended call has steps')
  const live = legs.filter(leg => leg.state !== 'ended')
  if ((state === 'ended') !== (live.length === 0)) fail(`a call that is ${state} has ${live.length} legs`)
  const isByHand = live.some(leg => rung.has(leg.number) || rung.has(leg.extension ?? ''))
  if (phoneCall !== undefined && state !== 'ended' && !isByHand && next.length === 0)
    fail('a call with phones waits for ever')
  const calling = moments[0]?.leg
  for (const [index, { extension, direction, state }] of legs.entries()) {
    const own = moments.filter(({ leg }) => leg === index).map(({ moment }) => moment)
    const isLeftOut = index < sources && index !== calling
    if (own.length > 0 && (extension === undefined || isLeftOut)) fail(`leg ${index} fires ${own.join()}`)
    if (extension === undefined || isLeftOut) continue
    const dial = direction === 'in' ? 'dialIn' : 'dialOut'
    const answer = direction === 'in' ? 'answerIncoming' : 'answerOutgoing'
    const allowed = [[dial], [dial, answer], [dial, 'hangup'], [dial, answer, 'hangup']]
    // One that cannot be reached has no Dial-In, and ends at once with that status.
    const status = moments.find(({ leg }) => leg === index)?.callStatus
    if (phoneCall !== undefined && (status === 'CONGESTION' || status === 'CHANUNAVAIL')) allowed.push(['hangup'])
    if (!allowed.some(order => order.join() === own.join())) fail(`leg ${index} fires ${own.join()}`)
    if ((own.at(-1) === 'hangup') !== (state === 'ended')) fail(`leg ${index} is ${state}`)
  }
}

/** The calls and webhooks of a world, as they are printed. */
const printed = ({ sandbox, sent }: World): string[] => [
  ...sandbox.calls.list({ limit: 1000 }).calls.map(call => JSON.stringify(call)),
  ...sent.map(({ url, body }) => `${url} ${body}`)
]

t.test(
  'whatever interferes with calls, in one advance of the clock or in many: each moment and list is right',
  async t => {
    const seen = { performed: 0, refused: 0, moments: 0 }
    const pieces = fc.array(fc.constantFrom(1, 250, 333, 1000), { minLength: 2, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(anyAction, { minLength: 5, maxLength: 40 }), pieces, async (actions, pieces) => {
        const [one, many] = [await openWorld(t), await openWorld(t)]
        try {
          const rung = new Map<string, Set<string>>()
          let nth = 0
          for (const action of actions) {
            if (action.kind === 'pass') {
              await one.sandbox.clock.advance({ ms: action.ms })
              for (let left = action.ms; left > 0; ) {
                const ms = Math.min(left, pieces[nth++ % pieces.length] ?? left)
                await many.sandbox.clock.advance({ ms })
                left -= ms
              }
            }
            const refusals = [act(one, action, new Map()), act(many, action, rung)]
            must(refusals[0] === refusals[1], refusals.join(), [action, actions])
            seen[refusals[0] === undefined ? 'performed' : 'refused']++
            checkWorld(many, rung, actions)
          }
          await one.sandbox.waitUntilIdle({ timeoutMs: 10_000 })
          await many.sandbox.waitUntilIdle({ timeoutMs: 10_000 })
          mustEqual(printed(many), printed(one), actions)
          await many.sandbox.clock.advance({ ms: DAY })
          checkWorld(many, rung, actions)
          for (const { state, callId, phoneCall, moments } of many.sandbox.calls.list({ limit: 1000 }).calls) {
            seen.moments += moments.length
            must(state === 'ended' || rung.has(callId) || phoneCall === undefined, `${callId} goes on`, actions)
          }
        } finally {
          await Promise.all([one.sandbox.close(), many.sandbox.close()])
        }
      }),
      { numRuns: 25 * EFFORT, endOnFailure: true }
    )
    t.ok(seen.performed > 100 && seen.refused > 20 && seen.moments > 80, JSON.stringify(seen))
  }
)

t.test('`next` is what happens when nobody interferes, and nothing happens before its time', async t => {
  const seen = { steps: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { minLength: 10, maxLength: 40 }), async actions => {
      const world = await openWorld(t)
      try {
        for (const action of actions) {
          if (action.kind === 'pass') seen.steps += await walk(world, actions)
          act(world, action, new Map())
          await world.sandbox.waitUntilIdle({ timeoutMs: 10_000 })
        }
        for (let steps = -1; steps !== 0; seen.steps += steps) steps = await walk(world, actions)
      } finally {
        await world.sandbox.close()
      }
    }),
    { numRuns: 25 * EFFORT, endOnFailure: true }
  )
  t.ok(seen.steps > 60, JSON.stringify(seen))
})

t.test('a destination that cannot be reached ends as such, also when another answers at that instant', async t => {
  const { sandbox, user } = await openWorld(t)
  t.teardown(() => sandbox.close())
  for (const number of ['0003*210', '0003*211']) sandbox.phones.set(number, { ringMs: 0, talkMs: 0 })
  sandbox.phones.set('0003*212', { outcome: 'unavailable' })
  const phoneCallView = [{ source: '0003*210', destination: ['0003*211', '0003*212'] }]
  sandbox.phoneCalls.create(user, '@me', { body: { extension: '0003*210', phoneCallView }, query: {} }, SELF_OF)
  const [call] = sandbox.calls.list({}).calls
  const ofThird = call?.moments.filter(({ extension }) => extension === '0003*212') ?? []
  t.strictSame(
    ofThird.map(({ moment, callStatus }) => `${moment} ${callStatus}`),
    ['hangup CHANUNAVAIL']
  )
  t.equal(call?.outcome, 'answered')
})

t.test('a party that a call is transferred to rejects it: its rejection is the last step that `next` has', async t => {
  const { sandbox, user, moveTo, now } = await openWorld(t)
  t.teardown(() => sandbox.close())
  sandbox.phones.set('0003*212', { outcome: 'busy', ringMs: 700 })
  const phoneCallView = [{ source: '0003*210', destination: '0003*211' }]
  const created = sandbox.phoneCalls.create(
    user,
    '@me',
    { body: { extension: '0003*210', phoneCallView }, query: {} },
    SELF_OF
  )
  await moveTo(now() + 1000)
  const address = { userId: '@me', extension: '0003*211', phoneCallId: created.id }
  sandbox.phoneCalls.update(user, address, { action: 'Transfer', sendCallTo: '0003*212' }, SELF_OF)
  const [call] = sandbox.calls.list({}).calls
  const at = new Date(now() + 700).toISOString()
  t.strictSame(call?.next, [{ at, reject: '0003*212', outcome: 'busy' }])
  await moveTo(now() + 700)
  t.match(sandbox.calls.list({}).calls, [{ state: 'ended', next: [] }])
})

/** Moves the clock to the next step of any call, and compares it with what was announced. @returns the number of steps */
async function walk({ sandbox, moveTo, now }: World, why: unknown): Promise<number> {
  const { calls: before } = sandbox.calls.list({ limit: 1000 })
  const due = Math.min(...before.flatMap(({ next }) => next.slice(0, 1).map(({ at }) => Date.parse(at))))
  if (due === Number.POSITIVE_INFINITY) return 0
  if (due - 1 > now()) await moveTo(due - 1)
  const print = (calls: PrintedCall[]) => calls.map(call => JSON.stringify(call))
  mustEqual(print(sandbox.calls.list({ limit: 1000 }).calls), print(before), why)
  await moveTo(due)
  let steps = 0
  for (const [index, call] of sandbox.calls.list({ limit: 1000 }).calls.entries()) {
    const old = before[index]
    if (old === undefined) throw new Error('There is a call more.')
    const performed = old.next.filter(({ at }) => Date.parse(at) === due)
    steps += performed.length
    if (performed.length === 0) mustEqual(print([call]), print([old]), why)
    const isPickUp = old.legs.length === old.phoneCall?.source.length && call.legs.length > old.legs.length
    // What the destinations do is only known once they ring.
    const rest = old.next.slice(performed.length)
    if (!isPickUp) mustEqual([JSON.stringify(call.next)], [JSON.stringify(rest)], [old, why])
    for (const step of performed) checkPerformed(call, step, [old, why])
  }
  return steps
}

/** Whether a step did what it says. */
function checkPerformed(call: PrintedCall, step: PrintedCall['next'][number], why: unknown): void {
  const { answer, reject, hangup } = step
  const number = answer ?? reject
  const leg = call.legs.findLast(one => nameOf(one) === number || one.number === number)
  if (hangup === 'all') must(call.state === 'ended' && call.next.length === 0, 'it was not hung up', why)
  if (reject !== undefined) must(leg?.state === 'ended', `${reject} did not reject`, why)
  const ends = call.moments.filter(({ at }) => at === step.at)
  if (answer !== undefined)
    must(
      leg?.state === 'answered' || leg?.state === 'ringing' || ends.length > 0 || call.state === 'ended',
      `${answer} did not answer`,
      why
    )
}
