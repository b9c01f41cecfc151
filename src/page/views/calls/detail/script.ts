import type { Call, Moment } from '../../../../schema/calls/call.js'
import type { CallRequest } from '../../../../schema/calls/call-request.js'
import { type CallOutcome, OUTCOMES, type Step } from '../../../../schema/calls/call-step.js'
import { partiesOf } from './parties.js'
import { type KindOf, stepAfter } from './script-parts.js'
import { createScript } from './script-verbs.js'

/** A request that places a call by a script. */
export type ScriptRequest = Pick<
  CallRequest,
  'from' | 'to' | 'steps' | 'outcome' | 'manual' | 'ringMs' | 'talkMs' | 'answeredBy'
>

/**
 * The request that places a call again, with the verbs that its moments show, and the steps that are still to come.
 * @returns undefined while no source of a call of the vendor's API has picked up: nothing has happened then
 * @source control-api.md "Calls and deliveries"
 * @assumed 0015, 0021
 */
export function scriptOf(call: Call, kindOf: KindOf): ScriptRequest | undefined {
  const parties = partiesOf(call)
  if (parties === undefined) return undefined
  const { from, to } = parties
  const placed = { ...(from !== '' && { from }), to }
  const unreached = unreachedOutcome(call)
  if (unreached !== undefined) return { ...placed, outcome: unreached }

  const script = createScript(call, parties, kindOf)
  const { moments } = call
  let index = 0
  const isAt = (offset: number, at: string) => moments[index + offset]?.at === at
  while (index < moments.length) {
    const moment = moments[index]
    if (moment === undefined) break
    const same: Moment[] = []
    while (isAt(same.length, moment.at)) same.push(...moments.slice(index + same.length, index + same.length + 1))
    index += script.read(same, index + same.length === moments.length)
  }
  script.ringOutside()
  let last = script.lastAt()
  for (const { at, ...verb } of call.next) {
    script.steps.push(stepAfter(Date.parse(at) - last, verb))
    last = Date.parse(at)
  }
  if (script.steps.length === 0) return { ...placed, manual: true }
  const [first] = script.steps
  const request = { ...placed, steps: script.steps }
  // Within a script, a conference answers at once; only by its times it rings.
  return first?.answer !== undefined && kindOf(first.answer) === 'conference' ? shorten(request) : request
}

/** The same request without steps, by its times, where two parties only ring and talk; otherwise as it is. */
export function shorten(request: ScriptRequest): ScriptRequest {
  const { steps, ...placed } = request
  const [first, second, third] = steps ?? []
  if (first === undefined || third !== undefined) return request
  const time = (name: 'ringMs' | 'talkMs', { afterMs = 0 }: Step) => afterMs > 0 && { [name]: afterMs }
  if (first.answer !== undefined && second?.hangup === 'all' && second.outcome === undefined) {
    const called = [placed.to].flat()
    if (!called.includes(first.answer)) return request
    const answeredBy = first.answer === called[0] ? undefined : first.answer
    return { ...placed, ...(answeredBy && { answeredBy }), ...time('ringMs', first), ...time('talkMs', second) }
  }
  const { outcome } = first
  const isMissed = first.hangup === 'all' && second === undefined && outcome !== undefined && OUTCOMES[outcome].reaches
  return isMissed && outcome !== 'answered' ? { ...placed, outcome, ...time('ringMs', first) } : request
}

/** The outcome of a call that never reached the called party. Such a call has no script. @assumed 0015 */
function unreachedOutcome({ outcome, moments, phoneCall, placedAt }: Call): CallOutcome | undefined {
  if (outcome === null || OUTCOMES[outcome].reaches || phoneCall !== undefined) return undefined
  const isAtOnce = moments.every(({ moment, at }) => moment !== 'dialIn' && at === placedAt)
  return isAtOnce ? outcome : undefined
}
