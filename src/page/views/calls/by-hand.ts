import type { Call, CallLeg } from '../../../schema/calls/call.js'

/** Whether a call is driven by the verbs of the API now: a manual one, or one of the vendor's API. */
export const isByHand = ({ state, manual, phoneCall }: Call): boolean =>
  state !== 'ended' && (manual || phoneCall !== undefined)

/** The number by which verbs name a leg. */
export const numberOf = ({ extension, number }: CallLeg): string => extension ?? number

/** Whether a leg can be answered: one that is called, or a source of a call of the vendor's API. */
export const canAnswer = ({ phoneCall }: Call, { state, direction }: CallLeg, index: number): boolean =>
  state === 'ringing' && (direction === 'in' || (phoneCall !== undefined && index < phoneCall.source.length))

/** Whether a leg can transfer the call. */
export const canTransfer = ({ state, extension }: CallLeg): boolean => state === 'answered' && extension !== undefined
