import { type CallOutcome, MAX_LEGS, type VerbName } from '../../schema/calls/call-step.js'
import type { CallLegs, LegMoment, NewCallId } from './call.js'
import { CallDraft } from './call-draft.js'
import { callerOf, legsBehind, partnerOf } from './partners.js'
import { extensionOf, type Party } from './party.js'

/** A verb with its parties resolved. */
export type Verb =
  | { verb: 'ring'; parties: Party[]; via?: Party | undefined }
  /** Without a party: the only leg that rings. */
  | { verb: 'answer'; party?: Party | undefined }
  | { verb: 'reject'; party: Party; outcome: CallOutcome }
  | { verb: 'transfer'; from: Party; to: Party; kind: 'blind' | 'attended' }
  | { verb: 'complete'; party: Party }
  /** Without a party: all legs. */
  | { verb: 'hangup'; party?: Party | undefined; outcome?: CallOutcome | undefined }

/** Why a verb cannot be performed, and which of its members is wrong. */
export interface VerbRefusal {
  /** `party` is the number that the verb itself takes; the index is that in a list. */
  member: 'party' | 'via' | 'from' | 'to' | 'outcome'
  index?: number
  message: string
  /** Whether the call would be too large, instead of being in the wrong state. */
  isLimit?: true
}

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
  const refused = call.state === 'ended' ? isOver : PERFORM[verb.verb](draft, verb as never, mayGoOn) // each row takes the verb of its name
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
  if (via && before === undefined) return refuse('via', `${nameOf(via)} is not in the call, or its leg has ended`)
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
        ...refuse('party', `${nameOf(party)} is in the call already: its leg is ${draft.leg(live).state}`),
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

function transfer(draft: CallDraft, { from, to, kind }: Extract<Verb, { verb: 'transfer' }>): VerbRefusal | undefined {
  const first = legInState(draft, from, 'answered')
  if (typeof first !== 'number') return { ...first, member: 'from' }
  const leg = draft.leg(first)
  if (leg.extension === null) return refuse('from', `${nameOf(from)} is outside: only an extension transfers a call`)
  if (leg.transfer !== null) return refuse('from', `${leg.extension} is transferring the call already`)
  if (draft.isCalledIvrOrQueue(first))
    return refuse('from', `${leg.extension} is an IVR or queue: ring a party behind it`)
  const peer = partnerOf(draft, first)
  if (peer === undefined) return refuse('from', `${leg.extension} is connected to no other party`)
  const live = draft.liveLegOf(to)
  if (live !== undefined)
    return refuse(
      'to',
      isSame(from, to) ? `is ${nameOf(to)}, the extension that transfers` : `${nameOf(to)} is in the call already`
    )
  if (!draft.hasRoomFor(2))
    return {
      ...refuse('to', `is more than the ${MAX_LEGS} legs that a call can have beside its caller`),
      isLimit: true
    }
  if (kind === 'blind') leaveTo(draft, first, peer)
  draft.callTransferred(first, kind, [from, to])
  return undefined
}

function complete(draft: CallDraft, { party }: Extract<Verb, { verb: 'complete' }>): VerbRefusal | undefined {
  const index = legInState(draft, party, 'answered')
  if (typeof index !== 'number') {
    const second = draft.liveLegOf(party)
    const isWaiting = second !== undefined && draft.leg(second).transfer !== null
    return isWaiting ? refuse('party', `${nameOf(party)} transfers to a party that has not answered`) : index
  }
  const { transfer } = draft.leg(index)
  if (transfer?.kind !== 'attended') return refuse('party', `${nameOf(party)} has no attended transfer`)
  const peer = partnerOf(draft, transfer.of)
  if (peer === undefined)
    return refuse('party', `${nameOf(party)} is connected to no other party that it could transfer`)
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

/** The live leg of a party, if it is in a state. */
function legInState(draft: CallDraft, party: Party, state: 'ringing' | 'answered'): number | VerbRefusal {
  const index = draft.liveLegOf(party)
  if (index === undefined) return notThere(draft, party)
  const actual = draft.leg(index).state
  return actual === state ? index : refuse('party', `${nameOf(party)} is not ${state}: its leg is ${actual}`)
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

const notThere = (draft: CallDraft, party: Party): VerbRefusal => {
  const hasEnded = draft.legsWhere(
    ({ extension, number }) => (extensionOf(party) ?? party.written) === (extension ?? number)
  )
  return refuse(
    'party',
    hasEnded.length > 0 ? `the leg of ${nameOf(party)} has ended` : `${nameOf(party)} is not in the call`
  )
}

const isSame = (one: Party, other: Party): boolean => nameOf(one) === nameOf(other)
const nameOf = (party: Party): string => extensionOf(party) ?? party.written
const legName = (draft: CallDraft, index: number): string =>
  draft.leg(index).extension ?? (draft.leg(index).number || 'the caller')
const refuse = (member: VerbRefusal['member'], message: string): VerbRefusal => ({ member, message })
