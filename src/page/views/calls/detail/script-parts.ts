import type { Moment } from '../../../../schema/calls/call.js'
import { type CallOutcome, OUTCOMES, type Step } from '../../../../schema/calls/call-step.js'
import type { ExtensionKind } from '../../../../schema/directory.js'

/** The kind of an extension; undefined when the directory does not have it any more. */
export type KindOf = (extension: string) => ExtensionKind | undefined

/** A step with its delay, which is left out when there is none. */
export const stepAfter = (afterMs: number, verb: Omit<Step, 'afterMs'>): Step => ({
  ...(afterMs > 0 && { afterMs }),
  ...verb
})

/** The outcome that CallStatus of a hangup says; undefined for the end of an answered leg. */
export const outcomeOf = ({ callStatus }: Moment): Exclude<CallOutcome, 'answered'> | undefined => {
  const [name] = Object.entries(OUTCOMES).find(([, row]) => row.callStatus === callStatus) ?? []
  return name === undefined || name === 'answered' ? undefined : (name as Exclude<CallOutcome, 'answered'>) // the keys of a const table
}

/** The name of a leg in a verb: its extension, or its number outside. */
export const nameOf = ({ extension, number }: { extension?: string | undefined; number: string }): string =>
  extension ?? number
