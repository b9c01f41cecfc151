import type { MomentName } from '../../schema/calls/call.js'
import { EVENT_TYPES } from '../../schema/event-type.js'

/** The row of an event type. @param code on the wire */
export const findType = (code: string | undefined) => EVENT_TYPES.find(type => type.code === code)

/** The row of a moment, by its name. */
export const findMoment = (name: string | undefined) => EVENT_TYPES.find(type => type.name === name)

/** A moment as a person reads it, in the vendor's words: Dial-In; an unknown one as it is. */
export const labelOfMoment = (name: string): string => findMoment(name)?.label ?? name

/** An event type as a person reads it, in the vendor's words; an unknown one as it is. @param code on the wire */
export const labelOfType = (code: string): string => findType(code)?.label ?? code

/** An event type with its code: `2 Hangup`; an unknown one as it is. */
export const codeAndLabel = (code: string): string => `${code} ${findType(code)?.label ?? ''}`

/** Labels for a list, in which the vendor's are too long. @source page "PhoneCallEvents Service" */
const SHORT: Partial<Record<MomentName, string>> = { answerIncoming: 'Answer (in)', answerOutgoing: 'Answer (out)' }

/** A moment in a list: Answer (in). */
export const shortLabelOfMoment = (moment: MomentName): string => SHORT[moment] ?? labelOfMoment(moment)

/** An event type in a list; an unknown one as it is. @param code on the wire */
export const shortLabelOfType = (code: string): string => {
  const type = findType(code)
  return type === undefined ? code : shortLabelOfMoment(type.name)
}
