import type { Step } from '../../../schema/calls/call-step.js'
import { outcomeOf, type SeenLeg, type SeenMoment, type SeenParties, type Surroundings } from './seen-call.js'

/**
 * The steps of a call that is more than two parties, or several that ring at once: an IVR or queue, a party that does not
 * take it, a transfer, a further party. Undefined for a call without steps of its own.
 */
export function callSteps(
  seen: readonly SeenMoment[],
  parties: SeenParties,
  { kindOf }: Surroundings
): Step[] | undefined {
  const byItself = (extension: string) => ['ivr', 'queue', 'conference'].includes(kindOf(extension) ?? '')
  const moments = withAnswers(seen, byItself)
  const [first] = moments
  const caller = moments.find(({ leg }) => leg.direction === 'out')?.leg
  /** A leg behind an IVR or queue needs a step, also where no event of the IVR shows that itself. */
  const isBehind = (leg: SeenLeg) => leg.direction === 'in' && parties.via !== undefined && leg.caller === parties.via
  const later = moments.filter(
    ({ leg, stage }) =>
      stage === 'dial' && (leg !== first?.leg || isBehind(leg)) && leg !== caller && !parties.legs.includes(leg)
  )
  const isOne = later.length === 0 && parties.via === undefined
  if (isOne && parties.legs.length < 2) return undefined
  const script = createScript(first?.at ?? 0)
  const state = { answered: new Set<SeenLeg>(), transfers: new Set<string>(), isOver: false }
  for (const [at, moment] of moments.entries()) {
    const rest = moments.slice(at)
    const step = stepOf(moment, rest, { parties, later, moments, state, byItself })
    if (step !== undefined) script.add(moment.at, step)
    if (moment.stage === 'answer') state.answered.add(moment.leg)
    if (state.isOver) break
  }
  return script.steps
}

/**
 * The moments with those answers that no webhook shows: of legs that ended as answered ones. Such a leg was answered before
 * it ended, and before others were cancelled.
 */
function withAnswers(moments: readonly SeenMoment[], byItself: Script['byItself']): SeenMoment[] {
  const all = [...moments]
  for (const end of moments) {
    const { leg, stage, status } = end
    const isAnswered = stage === 'hangup' && outcomeOf(status) === 'answered' && leg.direction === 'in'
    if (!isAnswered || byItself(leg.extension) || moments.some(other => other.leg === leg && other.stage === 'answer'))
      continue
    const caller = leg.caller
    const shows = ({ stage, status, leg: other }: SeenMoment) =>
      isCancel({ stage, status }) ||
      (stage === 'dial' && dialler({ leg: other }) === leg.extension) ||
      (stage === 'hangup' && other.direction === 'out' && other.extension === caller)
    const begin = all.findIndex(moment => moment.leg === leg)
    const at = all.findIndex((other, place) => other === end || (place > begin && shows(other)))
    all.splice(at, 0, { ...end, at: all[at]?.at ?? end.at, stage: 'answer', status: 'ANSWER' })
  }
  return all
}

/** Steps with the time of each behind the one before it. */
function createScript(begin: number) {
  let last = begin
  const steps: Step[] = []
  return {
    steps,
    add(at: number, step: Step) {
      steps.push({ afterMs: Math.max(0, at - last), ...step })
      last = Math.max(last, at)
    }
  }
}

interface Script {
  parties: SeenParties
  /** The moments at which a further leg begins. */
  later: readonly SeenMoment[]
  moments: readonly SeenMoment[]
  state: { answered: Set<SeenLeg>; transfers: Set<string>; isOver: boolean }
  /** Whether an extension answers without a step. */
  byItself(extension: string): boolean
}

/** The step that leads to a moment; undefined where another step leads to it, too. @param rest the moments from it on */
function stepOf(moment: SeenMoment, rest: readonly SeenMoment[], script: Script): Step | undefined {
  const { leg, stage } = moment
  if (stage === 'dial') return script.later.includes(moment) ? dialOf(moment, script) : undefined
  if (stage === 'answer') return answerOf(moment, script)
  if (rest.every(other => other.stage === 'hangup')) return endOf(rest, script)
  const transfers =
    script.state.transfers.has(leg.extension) || rest.some(other => callsFor(leg.extension, other, script))
  if (transfers || isCausedByAnswer(moment, script)) return undefined
  if (script.state.answered.has(leg)) return leg.direction === 'in' ? { hangup: leg.extension } : undefined
  return leg.direction === 'in' ? { reject: leg.extension, outcome: outcomeOf(moment.status) } : undefined
}

function dialOf(moment: SeenMoment, { parties, moments, state }: Script): Step | undefined {
  const { leg } = moment
  const transferring = dialler(moment)
  const isParty = moments.some(
    other => other.leg !== leg && other.leg.extension === transferring && state.answered.has(other.leg)
  )
  const isOfVia = leg.direction === 'in' && leg.caller === parties.via
  if (isParty && !isOfVia) {
    if (state.transfers.has(transferring)) return undefined
    state.transfers.add(transferring)
    const to = leg.direction === 'out' ? leg.called : leg.extension
    return { transfer: { from: transferring, to, kind: isBlind(transferring, moments) ? 'blind' : 'attended' } }
  }
  if (leg.direction === 'out') return undefined
  return { ring: leg.extension, ...(isOfVia && parties.via !== undefined && { via: parties.via }) }
}

/** Whether a further leg begins that an extension calls: it has transferred the call. */
const callsFor = (extension: string, moment: SeenMoment, { later, parties }: Script): boolean =>
  extension !== parties.via && later.includes(moment) && dialler(moment) === extension

/** The extension that calls the leg of a moment. */
const dialler = ({ leg }: Pick<SeenMoment, 'leg'>): string => (leg.direction === 'out' ? leg.extension : leg.caller)

/** Whether the first leg of a party that transfers ends before the other party has answered or refused. */
function isBlind(extension: string, moments: readonly SeenMoment[]): boolean {
  const legs = [...new Set(moments.map(({ leg }) => leg).filter(leg => leg.extension === extension))]
  const [first, second] = legs
  const end = moments.findIndex(({ leg, stage }) => leg === first && stage === 'hangup')
  const dial = moments.findIndex(({ leg }) => leg === second)
  const settled = moments.findIndex(({ leg, stage }) => leg === second && stage !== 'dial')
  if (end === -1 || settled === -1 || moments[settled]?.stage === 'answer')
    return end !== -1 && (settled === -1 || end < settled)
  const timeOf = (at: number) => moments[at]?.at ?? 0
  return timeOf(end) - timeOf(dial) < timeOf(settled) - timeOf(end) // at once, and not with its second leg
}

function answerOf({ leg }: SeenMoment, { parties, moments, byItself }: Script): Step | undefined {
  if (leg.direction === 'in') return byItself(leg.extension) ? undefined : { answer: leg.extension }
  const isSeen = moments.some(
    other => other.stage === 'answer' && other.leg.direction === 'in' && other.leg.extension === leg.called
  )
  const isOfGroup = parties.legs.length > 1 || parties.via !== undefined
  return isSeen || (isOfGroup && leg.called !== '' && byItself(leg.called)) ? undefined : { answer: leg.called }
}

/** Whether a leg ends because another one has taken the call. */
const isCausedByAnswer = ({ status }: SeenMoment, { state }: Script): boolean =>
  status === 'CANCEL' && state.answered.size > 0

/** The end of a call: all its moments are hangups. */
function endOf(rest: readonly SeenMoment[], { state }: Script): Step | undefined {
  const isAfterAnswer = state.answered.size > 0
  const ringing = rest.filter(
    moment =>
      !state.answered.has(moment.leg) && outcomeOf(moment.status) !== 'answered' && !(isAfterAnswer && isCancel(moment))
  )
  const [one] = ringing
  const isSingle =
    one !== undefined &&
    (state.answered.size > 0 || ringing.some(other => other.leg !== one.leg && other.status !== one.status))
  if (isSingle && one.leg.direction === 'in') return { reject: one.leg.extension, outcome: outcomeOf(one.status) }
  if (rest[0] !== undefined && state.answered.size > 0 && isCancel(rest[0]) && !state.answered.has(rest[0].leg))
    return undefined
  state.isOver = true
  const outcome = state.answered.size > 0 || one === undefined ? 'answered' : outcomeOf(one.status)
  return { hangup: 'all', ...(outcome !== 'answered' && { outcome }) }
}

const isCancel = ({ stage, status }: Pick<SeenMoment, 'stage' | 'status'>): boolean =>
  stage === 'hangup' && status === 'CANCEL'
