import { type CallOutcome, type CallRequest, type CallStatus, type MomentName, OUTCOMES } from '../../schema/call.js'
import type { Problem } from '../schema-check.js'
import type { Leg } from './party.js'

/** How a call proceeds, with every default filled in. Times in milliseconds. */
export interface CallScript {
  manual: boolean
  /** Null while the end of a manual call is open. */
  outcome: CallOutcome | null
  ringMs: number
  talkMs: number
}

/** A moment of one leg of a call; it counts only when that leg is an extension. */
export interface LegMoment {
  moment: MomentName
  leg: Leg
  callStatus: CallStatus
}

/** The moments of one instant, and the state of the call after them. */
export interface Step {
  state: 'ringing' | 'answered' | 'ended'
  moments: LegMoment[]
  /** The time to the next step, in milliseconds; null when there is none, or the call is manual. */
  nextMs: number | null
}

/** Fills in the defaults of a request. @source control-api.md "Calls and deliveries" */
export const scriptOf = ({ manual = false, outcome, ringMs = 0, talkMs = 0 }: CallRequest): CallScript => ({
  manual,
  outcome: manual ? null : (outcome ?? 'answered'),
  ringMs,
  talkMs
})

/** The members of a request that contradict `manual`. @assumed 0015 */
export function manualProblems({
  manual = false,
  outcome = 'answered',
  ringMs = 0,
  talkMs = 0
}: CallRequest): Problem[] {
  if (!manual) return []
  const message = 'is not for a manual call: POST …/answer ends its ringing, POST …/hangup the call'
  return [
    ...(outcome === 'answered' ? [] : [{ path: '$.outcome', message }]),
    ...(ringMs === 0 ? [] : [{ path: '$.ringMs', message }]),
    ...(talkMs === 0 ? [] : [{ path: '$.talkMs', message }])
  ]
}

/**
 * The steps of a call: the first is due at once, each other `nextMs` after the one before it. A manual call has only
 * the first; `answer` and `hangup` are its others.
 * @source call-events.md §1 "What fires when"
 */
export function stepsOf({ manual, outcome, ringMs, talkMs }: CallScript): Step[] {
  if (manual || outcome === null) return [placed('answered', null)]
  if (!OUTCOMES[outcome].reaches) return [placed(outcome, 0), hangup(outcome)]
  if (outcome !== 'answered') return [placed(outcome, ringMs), hangup(outcome)]
  return [placed(outcome, ringMs), { ...answer(), nextMs: talkMs }, hangup(outcome)]
}

/** The step at which the called party answers. @source call-events.md §1 @assumed 0015 */
export const answer = (): Step => ({
  state: 'answered',
  moments: [
    { moment: 'answerIncoming', leg: 'called', callStatus: 'ANSWER' },
    { moment: 'answerOutgoing', leg: 'caller', callStatus: 'ANSWER' }
  ],
  nextMs: null
})

/** The step at which the call ends, for all its extensions. @source call-events.md §1 (v5) @assumed 0015 */
export function hangup(outcome: CallOutcome): Step {
  const { callStatus } = OUTCOMES[outcome]
  return {
    state: 'ended',
    moments: [
      { moment: 'hangup', leg: 'caller', callStatus },
      { moment: 'hangup', leg: 'called', callStatus }
    ],
    nextMs: null
  }
}

/** The step at which the call is placed, and reaches the called party unless the outcome prevents it. */
function placed(outcome: CallOutcome, nextMs: number | null): Step {
  const out: LegMoment = { moment: 'dialOut', leg: 'caller', callStatus: 'CALLING' }
  const into: LegMoment = { moment: 'dialIn', leg: 'called', callStatus: 'CALLING' }
  return { state: 'ringing', moments: OUTCOMES[outcome].reaches ? [out, into] : [out], nextMs }
}
