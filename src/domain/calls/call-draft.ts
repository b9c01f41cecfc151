import { type CallOutcome, MAX_LEGS, OUTCOMES } from '../../schema/calls/call-step.js'
import type { PhoneBehaviour } from '../../schema/phone.js'
import { type CallLegs, type Leg, type LegMoment, leadsToOthers, legOf, type NewCallId, type PickUp } from './call.js'
import { parametersOfCalled, parametersOfTransfer } from './leg-parameters.js'
import { extensionOf, type Party } from './party.js'
import type { Verb } from './verb.js'

/** A call while a verb changes it, and the moments of that verb. Legs are named by their index. */
export class CallDraft {
  readonly call: CallLegs
  readonly moments: LegMoment[] = []

  /** Copies a call. @param newCallId creates the CallIDs of the legs that are added */
  constructor(
    call: CallLegs,
    private readonly newCallId: NewCallId
  ) {
    this.call = { ...call, legs: call.legs.map(leg => ({ ...leg })) }
  }

  /** Places the call: the called legs are reached, unless the outcome prevents it. @source call-events.md §1 (v5) */
  place(isReached: boolean, isScript: boolean): void {
    this.happens('dialOut', 0, 'CALLING')
    if (isReached) this.reach(1, isScript)
  }

  /**
   * Connects the source that picks up with the called parties: it places the call, and the other sources stop ringing.
   * @source phone-calls.md "What then happens"
   * @assumed 0022
   */
  pickUp(index: number, { called, cameBy, callerId }: PickUp): void {
    for (const other of this.legsWhere(({ state }, at) => state === 'ringing' && at !== index))
      this.end(other, 'cancelled')
    Object.assign(this.call, { callingLeg: index, anchor: index })
    const caller = { ...this.leg(index).parameters, ...callerId }
    const first = this.call.legs.length
    for (const { party, phone } of called) {
      const parameters = parametersOfCalled(party, { caller, did: cameBy, dialled: caller.calledNumber })
      this.add(legOf(party, this.newCallId, { calledBy: index, phone, parameters }))
    }
    this.happens('dialOut', index, 'CALLING')
    this.reach(first, false)
  }

  leg(index: number): Leg {
    const leg = this.call.legs[index]
    if (leg === undefined) throw new Error(`A call of ${this.call.legs.length} legs has no leg ${index}.`) // every index comes from the list of legs
    return leg
  }

  /** The indexes of the legs that fulfil a condition. */
  legsWhere = (holds: (leg: Leg, index: number) => boolean): number[] =>
    this.call.legs.flatMap((leg, index) => (holds(leg, index) ? [index] : []))

  /** Whether the call can take another number of legs. */
  hasRoomFor = (count: number): boolean => this.call.legs.length - 1 + count <= MAX_LEGS

  /**
   * The newest leg of a party that has not ended. A leg outside is found by its number as it was written, also when an
   * extension has got that number meanwhile.
   */
  liveLegOf(party: Party): number | undefined {
    const called = extensionOf(party)
    return this.legsWhere(
      ({ state, extension, number }) =>
        state !== 'ended' && (extension === null ? number === party.written : extension === called)
    ).at(-1)
  }

  /** Adds the leg of a party that a leg calls, through an IVR or queue or directly. @source call-events.md §3 */
  addCalled(party: Party, calledBy: number, via: number | null, phone?: PhoneBehaviour): void {
    const { parameters } = this.leg(calledBy)
    const before = via === null ? undefined : this.leg(via)
    const did = before?.parameters.calledDid ?? this.didOf(calledBy)
    const called = { caller: parameters, via: before?.extension ?? undefined, did }
    this.add(legOf(party, this.newCallId, { calledBy, via, phone, parameters: parametersOfCalled(party, called) }))
  }

  /** Adds the second leg of an extension that transfers its call, and calls the other party. @assumed 0021 */
  callTransferred(of: number, { from, to, kind, phone }: Extract<Verb, { verb: 'transfer' }>): void {
    const transferring = this.add(
      legOf(from, this.newCallId, { transfer: { kind, of }, parameters: parametersOfTransfer(from, to) })
    )
    this.happens('dialOut', transferring, 'CALLING')
    this.addCalled(to, transferring, null, phone)
    this.reach(transferring + 1, true)
  }

  /**
   * Fires Dial-In of the reachable legs from an index on: phones with the outcome `congestion` or `unavailable` are not
   * reached. A conference that is called within a call then answers at once.
   * @assumed 0021, 0022
   */
  reach(from: number, isWithinCall: boolean): void {
    const reached = this.legsWhere(
      ({ phone }, index) => index >= from && (phone === undefined || OUTCOMES[phone.outcome].reaches)
    )
    for (const index of reached) this.happens('dialIn', index, 'CALLING')
    const conference = reached.find(index => this.leg(index).kind === 'conference')
    if (isWithinCall && conference !== undefined) this.answer(conference)
  }

  /**
   * Answers a ringing leg, the IVR or queue before it, and the leg that called it. The other legs that rang with it hang
   * up. The leg of a blind transfer ends.
   * @source call-events.md §1, §3
   * @assumed 0015, 0021
   */
  answer(index: number): void {
    const { kind, via, calledBy } = this.setAnswered(index)
    if (kind !== 'ivr') this.happens('answerIncoming', index, 'ANSWER')
    if (via !== null && this.leg(via).state === 'ringing') this.answer(via)
    if (calledBy === null) return
    if (this.leg(calledBy).state === 'ringing') {
      this.setAnswered(calledBy)
      this.happens('answerOutgoing', calledBy, 'ANSWER')
    }
    this.endEach(
      this.legsWhere(leg => leg.state === 'ringing' && leg.calledBy === calledBy),
      'cancelled'
    )
    if (this.leg(calledBy).transfer?.kind === 'blind') this.end(calledBy, 'answered')
  }

  /**
   * Ends a leg: an answered leg as answered, any other leg with the outcome. If that is `answered`, which a leg that
   * still rings cannot be, it ends as cancelled. A queue whose agents rang and did not answer ends as noAnswer.
   * @assumed 0021
   */
  end(index: number, outcome: CallOutcome, isAnswered = this.leg(index).wasAnswered): void {
    const leg = this.leg(index)
    if (leg.state === 'ended') return
    leg.state = 'ended'
    const isMissed = leg.kind === 'queue' && this.call.legs.some(({ via }) => via === index)
    const unanswered = isMissed ? 'noAnswer' : outcome === 'answered' ? 'cancelled' : outcome
    leg.outcome = isAnswered ? 'answered' : unanswered
    const { callStatus } = OUTCOMES[leg.outcome]
    this.happens('hangup', index, callStatus, isAnswered)
  }

  /** Ends legs; called IVRs and queues last, after those behind them, which have higher indexes. @source call-events.md §3 */
  endEach(indexes: readonly number[], outcome: CallOutcome): void {
    for (const index of indexes) if (!this.isCalledIvrOrQueue(index)) this.end(index, outcome)
    for (const index of indexes.toReversed()) this.end(index, outcome)
  }

  /** Ends all legs, and the call. */
  endAll(outcome: CallOutcome): void {
    this.endEach(
      this.legsWhere(({ state }) => state !== 'ended'),
      outcome
    )
    this.call.outcome = this.call.state === 'answered' ? 'answered' : outcome
    this.call.state = 'ended'
  }

  /** Adds a moment, unless the leg is that of an outside party, or no source has picked up yet. @source phone-calls.md "What then happens" */
  happens(moment: LegMoment['moment'], leg: number, callStatus: LegMoment['callStatus'], endsAnswered = false): void {
    if (this.leg(leg).extension !== null && this.call.callingLeg !== null)
      this.moments.push({ moment, leg, callStatus, endsAnswered })
  }

  /**
   * Whether a called leg keeps its caller in the call: a party that rings or talks, and an IVR or queue until a leg
   * behind it is answered.
   */
  keepsCaller = (index: number): boolean => {
    const { state, direction } = this.leg(index)
    if (state === 'ended' || direction === 'out') return false
    return (
      !this.isCalledIvrOrQueue(index) || !this.call.legs.some(({ via, wasAnswered }) => via === index && wasAnswered)
    )
  }

  /** Whether a leg is that of a called IVR or queue. */
  isCalledIvrOrQueue = (index: number): boolean =>
    this.leg(index).direction === 'in' && leadsToOthers(this.leg(index).kind)

  /** The CalledDID of the first party that a leg called; undefined when it called none. */
  private didOf = (calledBy: number): string | undefined =>
    this.call.legs.find(leg => leg.calledBy === calledBy)?.parameters.calledDid

  private add(leg: Leg): number {
    return this.call.legs.push(leg) - 1
  }

  private setAnswered(index: number): Leg {
    const leg = this.leg(index)
    leg.state = 'answered'
    leg.wasAnswered = true
    this.call.state = 'answered'
    this.call.outcome ??= 'answered'
    return leg
  }
}
