import { type CallOutcome, MAX_LEGS, type VerbName } from '../../schema/calls/call-step.js'
import type { CallLegs, LegMoment, NewCallId } from './call.js'
import { CallDraft } from './call-draft.js'
import { callerOf, legsBehind, partnerOf } from './partners.js'
import { calledNumber, type Party } from './party.js'
import { performOnSource } from './pick-up.js'
import { legInState, legName, notThere, refuse } from './refusal.js'
import type { Verb, VerbRefusal } from './verb.js'

/** The call after a verb, and the moments of it. */
export type Performed = { call: CallLegs; moments: LegMoment[] } | { refused: VerbRefusal }

/**
 * Performs a verb on a call.
 * @param mayGoOn whether the call goes on when only its caller is left, because the next step rings another party
 * @returns the next call and its moments; the given call is not changed
 * @source call-events.md §1, §3
 * @assumed 0015, 0021
 */
export function performVerb(call: CallLegs, verb: Verb, newCallId: NewCallId, mayGoOn = false): Performed {
  const draft = new CallDraft(call, newCallId)
  const refused =
    call.state === 'ended'
      ? isOver
      : call.callingLeg === null
        ? performOnSource(draft, verb)
        : PERFORM[verb.verb](draft, verb as never, mayGoOn) // each row takes the verb of its name
  return refused ? { refused } : { call: draft.call, moments: draft.moments }
}

type Perform<Name extends VerbName> = (
  draft: CallDraft,
  verb: Extract<Verb, { verb: Name }>,
  mayGoOn: boolean
) => VerbRefusal | undefined

const isOver: VerbRefusal = { member: 'party', message: 'the call is over before this step' }

const PERFORM: { [Name in VerbName]: Perform<Name> } = { ring, answer, reject, transfer, complete, hangup }

function ring(draft: CallDraft, { parties, via }: Extract<Verb, { verb: 'ring' }>): VerbRefusal | undefined {
  const before = via && draft.liveLegOf(via)
  if (via && before === undefined) return refuse('via', `${calledNumber(via)} is not in the call, or its leg has ended`)
  if (before !== undefined && !draft.isCalledIvrOrQueue(before))
    return refuse('via', `${legName(draft, before)} is not a called IVR or queue`)
  const calledBy = callerOf(draft, before)
  if (calledBy === undefined)
    return refuse('party', 'no leg can ring another party: the caller has transferred the call')
  const talking = partnerOf(draft, calledBy)
  if (talking !== undefined && !draft.isCalledIvrOrQueue(talking))
    return refuse('party', `${legName(draft, talking)} has answered: transfer the call instead`)
  if (!draft.hasRoomFor(parties.length))
    return { ...refuse('party', `is more than the ${MAX_LEGS} called legs that a call can have`), isLimit: true }
  const first = draft.call.legs.length
  for (const [index, party] of parties.entries()) {
    const live = draft.liveLegOf(party)
    if (live !== undefined)
      return {
        ...refuse('party', `${calledNumber(party)} is in the call already: its leg is ${draft.leg(live).state}`),
        index
      }
    draft.addCalled(party, calledBy, before ?? null)
  }
  draft.reach(first, true)
  return undefined
}

function answer(draft: CallDraft, { party }: Extract<Verb, { verb: 'answer' }>): VerbRefusal | undefined {
  const index = party === undefined ? onlyRinging(draft) : legInState(draft, party, 'ringing')
  if (typeof index !== 'number') return index
  if (draft.leg(index).direction === 'out')
    return refuse('party', `${legName(draft, index)} is calling: only a called leg answers`)
  draft.answer(index)
  return undefined
}

function reject(
  draft: CallDraft,
  { party, outcome }: Extract<Verb, { verb: 'reject' }>,
  mayGoOn: boolean
): VerbRefusal | undefined {
  const index = legInState(draft, party, 'ringing')
  if (typeof index !== 'number') return index
  if (draft.leg(index).direction === 'out')
    return refuse('party', `${legName(draft, index)} is calling: only a called leg rejects`)
  leave(draft, index, outcome, mayGoOn)
  return undefined
}

function transfer(draft: CallDraft, verb: Extract<Verb, { verb: 'transfer' }>): VerbRefusal | undefined {
  const { from, to, kind } = verb
  const first = legInState(draft, from, 'answered')
  if (typeof first !== 'number') return { ...first, member: 'from' }
  const leg = draft.leg(first)
  if (leg.extension === null)
    return refuse('from', `${calledNumber(from)} is outside: only an extension transfers a call`)
  if (leg.transfer !== null) return refuse('from', `${leg.extension} is transferring the call already`)
  if (draft.isCalledIvrOrQueue(first))
    return refuse('from', `${leg.extension} is an IVR or queue: ring a party behind it`)
  const peer = partnerOf(draft, first)
  if (peer === undefined) return refuse('from', `${leg.extension} is connected to no other party`)
  const live = draft.liveLegOf(to)
  if (live !== undefined)
    return refuse(
      'to',
      isSame(from, to)
        ? `is ${calledNumber(to)}, the extension that transfers`
        : `${calledNumber(to)} is in the call already`
    )
  if (!draft.hasRoomFor(2))
    return {
      ...refuse('to', `is more than the ${MAX_LEGS} legs that a call can have beside its caller`),
      isLimit: true
    }
  if (kind === 'blind') leaveTo(draft, first, peer)
  draft.callTransferred(first, verb)
  return undefined
}

function complete(draft: CallDraft, { party }: Extract<Verb, { verb: 'complete' }>): VerbRefusal | undefined {
  const index = legInState(draft, party, 'answered')
  if (typeof index !== 'number') {
    const second = draft.liveLegOf(party)
    const isWaiting = second !== undefined && draft.leg(second).transfer !== null
    return isWaiting ? refuse('party', `${calledNumber(party)} transfers to a party that has not answered`) : index
  }
  const { transfer } = draft.leg(index)
  if (transfer?.kind !== 'attended') return refuse('party', `${calledNumber(party)} has no attended transfer`)
  const peer = partnerOf(draft, transfer.of)
  if (peer === undefined)
    return refuse('party', `${calledNumber(party)} is connected to no other party that it could transfer`)
  leaveTo(draft, transfer.of, peer)
  draft.end(index, 'answered')
  return undefined
}

function hangup(
  draft: CallDraft,
  { party, outcome }: Extract<Verb, { verb: 'hangup' }>,
  mayGoOn: boolean
): VerbRefusal | undefined {
  const index = party && draft.liveLegOf(party)
  if (party && index === undefined) return notThere(draft, party)
  const isAnswered = (index === undefined ? draft.call : draft.leg(index)).state === 'answered'
  const subject = index === undefined ? 'the call' : legName(draft, index)
  if (outcome !== undefined && (outcome === 'answered') !== isAnswered)
    return refuse(
      'outcome',
      isAnswered
        ? `${subject} is answered, and can only end as answered; got ${outcome}`
        : `${subject} is ringing, and cannot end as answered`
    )
  const ending = outcome ?? (isAnswered ? 'answered' : 'cancelled')
  if (index === undefined || index === draft.call.anchor) draft.endAll(ending)
  else leave(draft, index, ending, mayGoOn)
  return undefined
}

/**
 * Ends a leg that is not the anchor, with those behind it. When its caller is left alone, a transfer has failed or the
 * call is over.
 */
function leave(draft: CallDraft, index: number, outcome: CallOutcome, mayGoOn: boolean): void {
  const { calledBy, transfer } = draft.leg(index)
  const leaving = [...legsBehind(draft, index), index].sort(ascending)
  if (leaving.includes(draft.call.anchor)) {
    draft.endAll(outcome)
    return
  }
  draft.endEach(leaving, outcome)
  const caller = calledBy ?? index
  if (transfer === null) {
    if (mayGoOn || draft.legsWhere((leg, at) => leg.calledBy === caller && draft.keepsCaller(at)).length > 0) return
    if (draft.leg(caller).transfer !== null && draft.leg(caller).state !== 'ended') failTransfer(draft, caller, outcome)
  } else failTransfer(draft, index, outcome)
  const { anchor } = draft.call
  const isAlone = draft.legsWhere((_leg, at) => at !== anchor && draft.keepsCaller(at)).length === 0
  if (isAlone || draft.leg(anchor).state === 'ended') draft.endAll(outcome)
}

/** Ends the leg that transfers; of a blind transfer also the leg that was transferred, with the same status. */
function failTransfer(draft: CallDraft, transferring: number, outcome: CallOutcome): void {
  draft.end(transferring, outcome)
  if (draft.leg(transferring).transfer?.kind === 'blind') draft.end(draft.call.anchor, outcome, false)
}

const ascending = (one: number, other: number): number => one - other

/** Ends the first leg of an extension that transfers; the call of that leg goes on with the peer. */
function leaveTo(draft: CallDraft, first: number, peer: number): void {
  if (draft.call.anchor === first) draft.call.anchor = peer
  draft.end(first, 'answered')
}

/** The called leg that rings, if it is the only one; an IVR or queue with others behind it does not count. */
function onlyRinging(draft: CallDraft): number | VerbRefusal {
  const ringing = draft.legsWhere(
    (leg, at) => leg.state === 'ringing' && leg.direction === 'in' && legsBehind(draft, at).length === 0
  )
  const [only, second] = ringing
  if (only === undefined) return refuse('party', `no called leg is ringing: the call is ${draft.call.state}`)
  if (second === undefined) return only
  return refuse(
    'party',
    `${ringing.map(at => legName(draft, at)).join(' and ')} are ringing: name the one that answers`
  )
}

const isSame = (one: Party, other: Party): boolean => calledNumber(one) === calledNumber(other)
