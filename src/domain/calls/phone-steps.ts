import { type CallOutcome, OUTCOMES, type Step } from '../../schema/calls/call-step.js'
import type { PhoneBehaviour } from '../../schema/phone.js'
import { type CallLegs, type Leg, nameOfLeg } from './call.js'
import type { ResolveParty } from './party.js'
import { readStep, rings } from './script.js'
import { performVerb } from './verbs.js'

/** The limits of a call of the vendor's API. Times in milliseconds, since 1970 where they are points in time. */
export interface CallLimits {
  /** When the call is cancelled if no source has picked up. */
  pickUpBy: number
  /** How long the parties may talk, from the answer on; undefined without a limit. */
  durationMs: number | undefined
}

/**
 * The steps of a call of the vendor's API from now on, by the phones of its legs: who answers or rejects when, and when
 * the call is over. A leg without a phone is driven by hand.
 * @param now milliseconds since 1970; the first step is due `afterMs` later
 * @source phone-calls.md "What then happens"
 * @assumed 0022
 */
export function stepsOfPhones(call: CallLegs, limits: CallLimits, now: number): Step[] {
  if (call.state === 'ended') return []
  return printDue(call.callingLeg === null ? dueOfSources(call, limits) : dueOfCalled(call, limits), now)
}

/** A step of a stored call. One of a phone is left out when it is no longer possible; a script would end the call. */
export type PlannedStep = Step & { isOfPhone?: true }

/** A step, and when it is due, in milliseconds since 1970. */
interface Due {
  at: number
  step: PlannedStep
}

/**
 * The steps of a call of the control API that the vendor's API transfers: those that it still had, and between them those
 * of the phone that is rung.
 * @param left the steps that it had, the first of them due at `dueAt` @param number that of the rung party
 * @source control-api.md "State": a phone is how a party behaves that a request of the vendor's API rings
 * @assumed 0022
 */
export function stepsWithPhone(
  { left, dueAt }: { left: readonly PlannedStep[]; dueAt: number | null },
  { number, phone }: { number: string; phone: PhoneBehaviour },
  now: number
): PlannedStep[] {
  const scripted = dueOf(left, dueAt ?? now)
  const { outcome, ringMs, talkMs } = phone
  const reactsAt = now + (OUTCOMES[outcome].reaches ? ringMs : 0)
  const ofPhone: Due[] =
    outcome === 'answered'
      ? [
          { at: reactsAt, step: { answer: number, isOfPhone: true } },
          { at: reactsAt + talkMs, step: { hangup: number, isOfPhone: true } }
        ]
      : [{ at: reactsAt, step: { reject: number, outcome, isOfPhone: true } }]
  return printDue(
    [...scripted, ...ofPhone].toSorted((one, other) => one.at - other.at),
    now
  )
}

/**
 * The steps that a call has left, as far as they can happen: without those of phones that another step makes impossible,
 * and none after the one that ends the call.
 * @param dueAt when the first of them is due
 */
export function possibleSteps(
  call: CallLegs,
  { left, dueAt }: { left: readonly PlannedStep[]; dueAt: number },
  resolve: ResolveParty,
  now: number
): PlannedStep[] {
  const possible: Due[] = []
  let current = call
  for (const [index, due] of dueOf(left, dueAt).entries()) {
    if (current.state === 'ended') break
    const read = readStep(due.step, resolve)
    const performed =
      'verb' in read ? performVerb(current, read.verb, () => '', rings(left[index + 1])) : { refused: undefined }
    if ('refused' in performed) {
      if (due.step.isOfPhone) continue
      possible.push(due) // it ends the call
      break
    }
    possible.push(due)
    current = performed.call
  }
  return printDue(possible, now)
}

/** When steps are due. @param at when the first of them is */
function dueOf(steps: readonly PlannedStep[], at: number): Due[] {
  let due = at
  return steps.map(({ afterMs = 0, ...step }, index) => {
    if (index > 0) due += afterMs
    return { at: due, step }
  })
}

/** Steps with their times since the step before. */
function printDue(due: readonly Due[], now: number): PlannedStep[] {
  let before = now
  return due.map(({ at, step }) => {
    const afterMs = Math.max(0, at - before)
    before = Math.max(before, at)
    return { ...(afterMs > 0 && { afterMs }), ...step }
  })
}

/** A ringing leg whose phone answers or rejects. */
interface Reaction {
  at: number
  leg: Leg
  outcome: CallOutcome
  talkMs: number
}

/** A source that does not answer rings until the time is over; the first that picks up takes the call. */
function dueOfSources({ legs }: CallLegs, { pickUpBy }: CallLimits): Due[] {
  const ringing = legs.filter(({ state }) => state === 'ringing')
  const reactions = reactionsOf(ringing).filter(({ outcome, at }) => outcome !== 'noAnswer' && at <= pickUpBy)
  const due = untilAnswer(reactions)
  const isDecided = due.some(({ step }) => step.answer !== undefined) || due.length === ringing.length
  return isDecided ? due : [...due, { at: pickUpBy, step: { hangup: 'all', outcome: 'cancelled' } }]
}

/** The called legs answer or reject, and those that talk hang up. */
function dueOfCalled(call: CallLegs, { durationMs = Number.POSITIVE_INFINITY }: CallLimits): Due[] {
  const ringing = call.legs.filter(({ state, direction }) => state === 'ringing' && direction === 'in')
  const reactions = reactionsOf(ringing)
  const answer = reactions.find(({ outcome }) => outcome === 'answered')
  if (call.state === 'ringing' && answer === undefined)
    return reactions.length < ringing.length ? untilAnswer(reactions) : endedByLast(reactions)
  const talking = call.legs.filter(({ state }) => state === 'answered')
  const answeredAt = call.legs.flatMap(leg => leg.answeredAt ?? [])
  const caller = call.state === 'ringing' ? call.legs[call.callingLeg ?? 0] : undefined
  const ends = [
    ...talking.map(leg => talkEndOf(leg, leg.answeredAt)),
    ...(answer === undefined ? [] : [answer.at + answer.talkMs]),
    ...(answer === undefined || caller === undefined ? [] : [talkEndOf(caller, answer.at)]),
    Math.min(...answeredAt, ...(answer === undefined ? [] : [answer.at])) + durationMs
  ]
  const at = Math.min(...ends)
  const due = untilAnswer(reactions).filter(reaction => reaction.at <= at)
  // A blind transfer fails with the last party that rejects, and the call is over with it.
  const isTransferred = call.legs.some(({ transfer, state }) => transfer?.kind === 'blind' && state === 'ringing')
  const endsBefore = isTransferred && answer === undefined && due.length === ringing.length
  return endsBefore || at === Number.POSITIVE_INFINITY ? due : [...due, { at, step: { hangup: 'all' } }]
}

/** When the phone of a talking leg hangs up; never without a phone. */
const talkEndOf = ({ phone }: Leg, answeredAt: number | undefined): number =>
  phone === undefined || answeredAt === undefined ? Number.POSITIVE_INFINITY : answeredAt + phone.talkMs

/** The reactions of the phones of ringing legs, in their order; at one time those first that were never reached. */
const reactionsOf = (legs: readonly Leg[]): Reaction[] =>
  legs
    .flatMap(leg => {
      const { phone, ringingAt = 0 } = leg
      if (phone === undefined) return []
      const { outcome, ringMs, talkMs } = phone
      return { at: ringingAt + (OUTCOMES[outcome].reaches ? ringMs : 0), leg, outcome, talkMs }
    })
    .toSorted(
      (one, other) =>
        one.at - other.at || Number(OUTCOMES[one.outcome].reaches) - Number(OUTCOMES[other.outcome].reaches)
    )

/** The rejections before the first answer, and that answer. */
function untilAnswer(reactions: readonly Reaction[]): Due[] {
  const answer = reactions.findIndex(({ outcome }) => outcome === 'answered')
  return (answer === -1 ? reactions : reactions.slice(0, answer + 1)).map(({ at, leg, outcome }) => {
    const number = nameOfLeg(leg)
    return { at, step: outcome === 'answered' ? { answer: number } : { reject: number, outcome } }
  })
}

/** The rejections when nobody answers: those that come last, with one outcome, end the call at once. */
function endedByLast(reactions: readonly Reaction[]): Due[] {
  const last = reactions.at(-1)
  if (last === undefined) return []
  const { at, outcome } = last
  const before = reactions.slice(0, reactions.findLastIndex(one => one.at !== at || one.outcome !== outcome) + 1)
  return [...untilAnswer(before), { at, step: { hangup: 'all', outcome } }]
}
