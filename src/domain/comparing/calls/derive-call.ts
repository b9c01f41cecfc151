import type { CallRequest } from '../../../schema/calls/call-request.js'
import { MAX_CALL_MS, OUTCOMES } from '../../../schema/calls/call-step.js'
import { callSteps } from './call-steps.js'
import { outcomeOf, type SeenMoment, type SeenParties, type Surroundings } from './seen-call.js'

/** A call that the control API can place, or why there is none. */
export type DerivedCall = { request: CallRequest } | { reason: string }

/**
 * Derives the call that webhooks report: its parties, how it ended, and when. The times between its moments are those
 * between the webhooks.
 * @assumed 0029
 */
export function deriveCall(moments: readonly SeenMoment[], surroundings: Surroundings): DerivedCall {
  const [first] = moments
  if (first === undefined) return { reason: 'its webhooks show no moment' }
  const isUnreached = first.stage === 'hangup' && !OUTCOMES[outcomeOf(first.status)].reaches
  if (first.stage !== 'dial' && !isUnreached)
    return { reason: `its first webhook has the CallStatus ${first.status}: how it began was not recorded` }
  const parties = partiesOf(moments, surroundings)
  if (parties === undefined) return { reason: 'its webhooks name no called party' }
  const request = { ...callerOf(moments), ...identityOf(moments, parties, surroundings), to: parties.to }
  const steps = callSteps(moments, parties, surroundings)
  if (steps !== undefined) return { request: { ...request, steps } }
  return { request: { ...request, ...courseOf(moments, first.at) } }
}

function partiesOf(moments: readonly SeenMoment[], { kindOf }: Surroundings): SeenParties | undefined {
  const begins = moments.findIndex(({ stage }) => stage !== 'dial')
  const dials = begins < 1 ? moments : moments.slice(0, begins) // a call that nobody reached has hangups only
  const isVia = (extension: string) => ['ivr', 'queue'].includes(kindOf(extension) ?? '')
  const out = dials.find(({ leg }) => leg.direction === 'out')?.leg
  const behind = moments.find(({ leg }) => leg.direction === 'in' && isVia(leg.caller) && leg.caller !== leg.extension)
  const legs = dials
    .map(({ leg }) => leg)
    .filter(leg => leg.direction === 'in' && !isVia(leg.caller) && leg.extension !== '')
    .filter((leg, _at, all) => leg.caller === all[0]?.caller)
  const via = behind?.leg.caller
  if (via !== undefined) return { to: via, legs, via }
  const [first, second] = legs
  if (first !== undefined)
    return { to: second === undefined ? first.extension : legs.map(leg => leg.extension), legs, via }
  return out === undefined || out.called === '' ? undefined : { to: out.called, legs, via }
}

/** The caller: an extension, an outside number, or any other text. */
function callerOf(moments: readonly SeenMoment[]): Pick<CallRequest, 'from' | 'callerNumber'> {
  const out = moments.find(({ leg }) => leg.direction === 'out')?.leg
  const [first] = moments
  const number = first?.webhook.value('CallerIDNum') ?? ''
  const extension = first?.leg.direction === 'out' ? (out?.extension ?? '') : (first?.leg.caller ?? '')
  const isExtension = /^\d+\*\d+$/.test(extension) && (out === undefined || out.extension === extension)
  if (isExtension && number !== extension) return { from: extension, callerNumber: number }
  if (isExtension) return { from: extension }
  return /^\+?\d{4,32}$/.test(number) ? { from: number } : { callerNumber: number }
}

/**
 * What the caller sends with the call. A value that the emulator sends by itself is left to it, where one webhook of the
 * call has it: then another value is a difference, and not what was sent.
 */
function identityOf(
  moments: readonly SeenMoment[],
  { to, legs, via }: SeenParties,
  { publicNumberOf }: Surroundings
): Partial<CallRequest> {
  const ofCall = moments.filter(({ leg }) =>
    leg.direction === 'out'
      ? leg.called === moments[0]?.leg.called || leg === moments[0]?.leg
      : legs.includes(leg) || leg.extension === via
  )
  const valuesOf = (name: string) =>
    ofCall.flatMap(({ webhook }) =>
      webhook.parameters.some(parameter => parameter.name === name) ? [webhook.value(name)] : []
    )
  const called = typeof to === 'string' ? to : (to[0] ?? '')
  const other = (name: string, usual: string) => {
    const values = valuesOf(name)
    const [value] = values
    return value === undefined || values.includes(usual) ? undefined : value
  }
  const from = callerOf(moments)
  const number = from.callerNumber ?? from.from ?? ''
  const isOutside = from.from === undefined || !from.from.includes('*')
  const name = isOutside ? other('CallerIDName', number.replace(/^\+/, '')) : undefined
  const dialled = other('CalledNumber', called)
  const did = called.includes('*') ? other('CalledDID', publicNumberOf(called)) : undefined
  return {
    ...(name !== undefined && { callerName: name }),
    ...(dialled !== undefined && /^[0-9+*#]{1,33}$/.test(dialled) && { dialled }),
    ...(did !== undefined && /^\+?[0-9]{0,33}$/.test(did) && { calledDid: did })
  }
}

/** How a call of parties that ring at once ends, and when. */
function courseOf(
  moments: readonly SeenMoment[],
  begin: number
): Pick<CallRequest, 'outcome' | 'ringMs' | 'talkMs' | 'answeredBy'> {
  const answer = moments.find(({ stage }) => stage === 'answer')
  const hangups = moments.filter(({ stage }) => stage === 'hangup')
  const outcome = answer === undefined && hangups[0] !== undefined ? outcomeOf(hangups[0].status) : 'answered'
  const end = hangups.at(-1)?.at
  if (outcome !== 'answered') return { outcome, ...(OUTCOMES[outcome].reaches && { ringMs: (end ?? begin) - begin }) }
  if (end === undefined && answer === undefined) return { ringMs: MAX_CALL_MS } // it still rang when the recording ended
  const answeredAt = answer?.at ?? begin
  return {
    outcome,
    ringMs: answeredAt - begin,
    talkMs: end === undefined ? MAX_CALL_MS : Math.max(0, end - answeredAt)
  }
}
