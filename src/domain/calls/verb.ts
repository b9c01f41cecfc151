import type { CallOutcome } from '../../schema/calls/call-step.js'
import type { PhoneBehaviour } from '../../schema/phone.js'
import type { PickUp } from './call.js'
import type { Party } from './party.js'

/** A verb with its parties resolved. */
export type Verb =
  | { verb: 'ring'; parties: Party[]; via?: Party | undefined }
  /** Without a party: the only leg that rings. `pickUp` is for a source of a call of the vendor's API. */
  | { verb: 'answer'; party?: Party | undefined; pickUp?: PickUp | undefined }
  | { verb: 'reject'; party: Party; outcome: CallOutcome }
  /** `phone`: how the other party behaves, if the vendor's API transfers the call. */
  | { verb: 'transfer'; from: Party; to: Party; kind: 'blind' | 'attended'; phone?: PhoneBehaviour }
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
