import { type CallOutcome, type CallRequest, type CallStatus, type MomentName, OUTCOMES } from '../../schema/call.js'
import type { Problem } from '../schema-check.js'
import type { Leg } from './party.js'

/** What is asked of a call, nothing left open. Times in milliseconds. */
export interface CallScript {
  manual: boolean
  /** Null while a manual call may still end in any way. */
  outcome: CallOutcome | null
  ringMs: number
  talkMs: number
}

/** Something that happens to one leg of a call, if that leg is an extension. */
export interface LegMoment {
  moment: MomentName
  leg: Leg
  callStatus: CallStatus
}

/** What happens at one instant, and how the call stands after it. */
export interface Step {
  state: 'ringing' | 'answered' | 'ended'
  moments: LegMoment[]
  /** How long after it the next step is due, in milliseconds; null when nothing is, or somebody has to drive it. */
  nextMs: number | null
}

/** Fills in what a request leaves open. @source control-api.md "Calls and deliveries" */
export const scriptOf = ({ manual = false, outcome, ringMs = 0, talkMs = 0 }: CallRequest): CallScript => ({
  manual,
  outcome: manual ? null : (outcome ?? 'answered'),
  ringMs,
  talkMs
})

/** What of a request contradicts that somebody drives the call. @assumed 0015 */
export function manualProblems({
  manual = false,
  outcome = 'answered',
  ringMs = 0,
  talkMs = 0
}: CallRequest): Problem[] {
  if (!manual) return []
  const driven = 'is not for a manual call, which rings and talks until POST …/answer and …/hangup end that'
  return [
    ...(outcome === 'answered' ? [] : [{ path: '$.outcome', message: driven }]),
    ...(ringMs === 0 ? [] : [{ path: '$.ringMs', message: driven }]),
    ...(talkMs === 0 ? [] : [{ path: '$.talkMs', message: driven }])
  ]
}

/**
 * The steps of a call, the first at once, each so long after the one before it as that says. A manual call has only its
 * first one: `answer` and `hangup` are its others.
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

/** The step at which the call ends, on every extension of it. @source call-events.md §1 (v5) @assumed 0015 */
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

/** The step at which the caller places the call, and it reaches the called party if it does. */
function placed(outcome: CallOutcome, nextMs: number | null): Step {
  const out: LegMoment = { moment: 'dialOut', leg: 'caller', callStatus: 'CALLING' }
  const into: LegMoment = { moment: 'dialIn', leg: 'called', callStatus: 'CALLING' }
  return { state: 'ringing', moments: OUTCOMES[outcome].reaches ? [out, into] : [out], nextMs }
}
