import type { ModelRequest, ModelStep } from './call-model.js'
import { DIRECTORY, OUTSIDE, OUTSIDE_TOO } from './call-world.js'
import fc from './random.js'

/**
 * A model of calls of the vendor's API, written from phone-calls.md and decision 0022 without the tested code: which
 * source picks up when, and the call over the control API that is the same from then on.
 */

/** How a party behaves when it is rung. */
export interface ModelPhone {
  outcome: NonNullable<ModelRequest['outcome']>
  ringMs: number
  talkMs: number
}

/** A party of a call: the number that the request has, and the one by which verbs and moments name it. */
export interface ModelParty {
  written: string
  name: string
  kind?: string
  phone: ModelPhone
  /** The number that the phone is set for; undefined: it is the default phone, and none is set. */
  phoneOf?: string
}

/** A request of Create. */
export interface ModelPhoneCall {
  extension: string
  sources: ModelParty[]
  destinations: ModelParty[]
  waitSeconds: number
  durationSeconds?: number
  callerId?: { text: string; name?: string; number?: string }
}

/** Who picks up, in milliseconds after Create, or when the call is over without. */
export type ModelPickUp = { source: ModelParty; at: number } | { over: number }

/** The call over the control API that is the same from the pick-up on; `verbs` are performed by hand, each at its time. */
export interface EqualCall {
  request: ModelRequest & { manual?: true }
  verbs: { at: number; step: ModelStep }[]
  /** Numbers that the control API reaches and the vendor's API does not: their Dial-In is left out. */
  unreached: string[]
}

/** A phone that was never set. @source control-api.md "State" */
const DEFAULT: ModelPhone = { outcome: 'answered', ringMs: 500, talkMs: 30_000 }

/** Whether a party can be reached. */
export const isReached = ({ phone }: ModelParty): boolean =>
  phone.outcome !== 'congestion' && phone.outcome !== 'unavailable'

/** When a phone answers or rejects after it is rung. */
const delayOf = (party: ModelParty): number => (isReached(party) ? party.phone.ringMs : 0)

/** The first source that picks up before the time is over, or the time at which none is left. */
export function pickUpOf({ sources, waitSeconds }: ModelPhoneCall): ModelPickUp {
  const wait = waitSeconds * 1000
  const picking = sources.filter(({ phone }) => phone.outcome === 'answered' && phone.ringMs <= wait)
  const at = Math.min(...picking.map(delayOf))
  const source = picking.find(party => delayOf(party) === at)
  if (source !== undefined) return { source, at }
  const ends = sources.map(party => (['noAnswer', 'answered'].includes(party.phone.outcome) ? wait : delayOf(party)))
  return { over: Math.min(wait, Math.max(...ends)) }
}

/** @returns `nothing` when both sides are outside and nothing fires; undefined when the control API has no such call */
export function equalCallOf(call: ModelPhoneCall, source: ModelParty): EqualCall | 'nothing' | undefined {
  const { destinations } = call
  const isOutside = ({ kind }: ModelParty) => kind === undefined
  const extensions = destinations.filter(party => !isOutside(party))
  if (extensions.length === 0 && isOutside(source)) return 'nothing'
  const [first, ...others] = destinations
  if (first === undefined || (isOutside(first) && extensions.length > 0)) return undefined
  const called = extensions.length > 0 ? extensions : [first]
  const rung = isOutside(first) ? others : destinations.filter(isOutside)
  const numbers = called.map(numberOf)
  const [number = ''] = numbers
  const to = numbers.length === 1 ? number : numbers
  const request = { from: source.name, to, dialled: first.written }
  const whole = rung.length === 0 ? plainOf(destinations, talkOf(call, source)) : undefined
  if (whole !== undefined) return { request: { ...request, ...whole }, verbs: [], unreached: [] }

  const timed = [
    ...(rung.length > 0 ? [{ at: 0, step: { ring: rung.map(({ written }) => written) } }] : []),
    ...stepsOf(destinations, talkOf(call, source))
  ]
  const unreached = destinations.filter(party => !isReached(party)).map(({ name }) => name)
  // In a script a conference answers at once.
  if (called.some(({ kind }) => kind === 'conference'))
    return { request: { ...request, manual: true }, verbs: timed, unreached }
  let before = 0
  const steps = timed.map(({ at, step }): ModelStep => {
    const afterMs = at - before
    before = at
    return { ...step, afterMs }
  })
  return { request: { ...request, steps }, verbs: [], unreached }
}

/** The control API resolves short numbers of an extension that calls, not those that somebody outside dials. */
const numberOf = ({ written, name }: ModelParty): string => (/^\d{1,3}$/.test(written) ? name : written)

/** How long a party that answers talks. */
type TalkOf = (answering: ModelParty) => number

const talkOf =
  ({ durationSeconds = Number.POSITIVE_INFINITY }: ModelPhoneCall, source: ModelParty): TalkOf =>
  ({ phone }) =>
    Math.min(source.phone.talkMs, phone.talkMs, durationSeconds * 1000)

/** In the order in which they react; at one time those first that cannot be reached. */
const byTime = (parties: ModelParty[]): ModelParty[] =>
  parties.toSorted((one, other) => delayOf(one) - delayOf(other) || Number(isReached(one)) - Number(isReached(other)))

/** The members of a request without steps, where one outcome describes all destinations. */
function plainOf(parties: ModelParty[], talkOf: TalkOf): ModelRequest | Record<string, never> | undefined {
  const [first] = byTime(parties)
  if (first === undefined) return undefined
  const { outcome, ringMs } = first.phone
  if (outcome === 'answered' && isReached(first)) {
    if (!parties.every(isReached)) return undefined
    const answeredBy = parties.length > 1 && { answeredBy: numberOf(first) }
    return { outcome, ringMs, talkMs: talkOf(first), ...answeredBy } as ModelRequest // joined with `to`
  }
  const isSame = parties.every(({ phone }) => phone.outcome === outcome && phone.ringMs === ringMs)
  return isSame ? ({ outcome, ringMs } as ModelRequest) : undefined
}

/** Who rejects and answers when, and the end. */
function stepsOf(parties: ModelParty[], talkOf: TalkOf): EqualCall['verbs'] {
  const sorted = byTime(parties)
  const reject = (party: ModelParty) => ({
    at: delayOf(party),
    step: { reject: party.name, outcome: party.phone.outcome }
  })
  const answering = sorted.findIndex(({ phone }) => phone.outcome === 'answered')
  const answerer = sorted[answering]
  if (answerer !== undefined) {
    const at = delayOf(answerer)
    return [
      ...sorted.slice(0, answering).map(reject),
      { at, step: { answer: answerer.name } },
      { at: at + talkOf(answerer), step: { hangup: 'all' } }
    ]
  }
  const last = sorted.at(-1)
  if (last === undefined) return []
  const { outcome } = last.phone
  const isLast = (party: ModelParty) => delayOf(party) === delayOf(last) && party.phone.outcome === outcome
  const before = sorted.slice(0, sorted.findLastIndex(party => !isLast(party)) + 1)
  return [...before.map(reject), { at: delayOf(last), step: { hangup: 'all', outcome } }]
}

// ── Random calls ──

const OUTCOMES = ['busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable'] as const
const anyPhone: fc.Arbitrary<ModelPhone> = fc.record({
  outcome: fc.oneof(
    { weight: 3, arbitrary: fc.constant('answered' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...OUTCOMES) }
  ),
  ringMs: fc.constantFrom(0, 1, 499, 500, 999, 1000, 1001, 2500),
  talkMs: fc.constantFrom(0, 1, 999, 1000, 1500, 60_000)
})

/** A party with one of the forms of its number, and its phone: the default one, or one set for either form. */
const partyOf = (number: string): fc.Arbitrary<ModelParty> => {
  const extension = DIRECTORY.find(one => one.number === number)
  const written = [number, ...(extension ? [number.replace(/^.*\*/, '')] : [])]
  if (extension !== undefined && 'publicNumber' in extension) written.push(extension.publicNumber)
  return fc
    .record({
      written: fc.constantFrom(...written),
      phone: anyPhone,
      isSetBy: fc.constantFrom('written', 'written', 'name', 'nothing' as const)
    })
    .map(({ written, phone, isSetBy }) => ({
      written,
      name: number,
      ...(extension && { kind: extension.kind }),
      phone: isSetBy === 'nothing' ? DEFAULT : phone,
      ...(isSetBy !== 'nothing' && { phoneOf: isSetBy === 'written' ? written : number })
    }))
}

const partiesOf = (numbers: string[]): fc.Arbitrary<ModelParty[]> => fc.tuple(...numbers.map(partyOf))

const TERMINALS = DIRECTORY.filter(({ kind }) => kind === 'phoneTerminal').map(({ number }) => number)
const SOURCES = [...TERMINALS, OUTSIDE]
const EXTENSIONS: string[] = DIRECTORY.map(({ number }) => number)

const anyCallerId: fc.Arbitrary<NonNullable<ModelPhoneCall['callerId']>> = fc.constantFrom(
  { text: 'John Doe <4242425>', name: 'John Doe', number: '4242425' },
  { text: 'Ana & Ben', name: 'Ana & Ben' },
  { text: '+4012', number: '+4012' },
  { text: '<77>', number: '77' }
)

/** Requests of Create that can be placed. */
export const anyPhoneCall: fc.Arbitrary<ModelPhoneCall> = fc
  .record({
    sources: fc.shuffledSubarray(SOURCES, { minLength: 1, maxLength: 3 }),
    called: fc.shuffledSubarray(EXTENSIONS, { minLength: 4, maxLength: 6 }),
    length: fc.integer({ min: 1, max: 3 }),
    outside: fc.option(fc.constantFrom(OUTSIDE_TOO, '*72'), { freq: 2 }),
    place: fc.constantFrom(0, 1, 1, 2)
  })
  .chain(({ sources, called, length, outside, place }) => {
    const destinations = called.filter(number => !sources.includes(number))
    if (outside !== null) destinations.splice(place, 0, outside)
    return fc.record(
      {
        extension: fc.constantFrom(...TERMINALS),
        sources: partiesOf(sources),
        destinations: partiesOf(destinations.slice(0, length)),
        waitSeconds: fc.constantFrom(1, 2, 25),
        durationSeconds: fc.constantFrom(1, 2, 100),
        callerId: anyCallerId
      },
      { requiredKeys: ['extension', 'sources', 'destinations', 'waitSeconds'] }
    )
  })
