import { nameOfLeg } from './call.js'
import type { CallDraft } from './call-draft.js'
import { calledNumber, type Party } from './party.js'
import type { VerbRefusal } from './verb.js'

/** The live leg of a party, if it is in a state. */
export function legInState(draft: CallDraft, party: Party, state: 'ringing' | 'answered'): number | VerbRefusal {
  const index = draft.liveLegOf(party)
  if (index === undefined) return notThere(draft, party)
  const actual = draft.leg(index).state
  return actual === state ? index : refuse('party', `${calledNumber(party)} is not ${state}: its leg is ${actual}`)
}

/** The refusal of a verb whose party has no live leg. */
export const notThere = (draft: CallDraft, party: Party): VerbRefusal => {
  const hasEnded = draft.legsWhere(leg => nameOfLeg(leg) === calledNumber(party))
  return refuse(
    'party',
    hasEnded.length > 0 ? `the leg of ${calledNumber(party)} has ended` : `${calledNumber(party)} is not in the call`
  )
}

/** The name of a leg in a message. */
export const legName = (draft: CallDraft, index: number): string => nameOfLeg(draft.leg(index)) || 'the caller'

/** Creates a refusal. */
export const refuse = (member: VerbRefusal['member'], message: string): VerbRefusal => ({ member, message })
