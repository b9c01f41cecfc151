import type { Call, Moment } from '../../../../schema/calls/call.js'
import type { Step } from '../../../../schema/calls/call-step.js'
import type { Parties } from './parties.js'
import { type KindOf, nameOf, outcomeOf, stepAfter } from './script-parts.js'

/** A leg while the script is read from the moments. */
export interface ScriptLeg {
  extension?: string | undefined
  number: string
  isOut: boolean
  via: string | undefined
  state: 'absent' | 'ringing' | 'answered' | 'ended'
  calledBy: number | undefined
  /** How it transfers: a second leg of its extension. */
  transfer: 'blind' | 'attended' | undefined
}

/** The legs of a call as its script goes on, and the steps so far. At first, the called legs ring. */
export function createLegs(call: Call, { caller, firstCalled, firstAdded }: Parties, kindOf: KindOf) {
  const legs = call.legs.map(
    ({ extension, number, direction, via }, index): ScriptLeg => ({
      extension,
      number,
      isOut: direction === 'out',
      via,
      state: index < firstAdded ? (index < firstCalled && index !== caller ? 'ended' : 'ringing') : 'absent',
      calledBy: index >= firstCalled && index < firstAdded ? caller : undefined,
      transfer: undefined
    })
  )
  const steps: Step[] = []
  const start = call.phoneCall && call.moments[0] ? call.moments[0].at : call.placedAt
  let last = Date.parse(start)
  const kind = (leg: ScriptLeg | undefined) => leg?.extension && kindOf(leg.extension)
  const leadsOn = (index: number) => {
    const leg = legs[index]
    return leg !== undefined && !leg.isOut && /^(ivr|queue)$/.test(kind(leg) ?? '')
  }
  const legAt = (index: number): ScriptLeg => {
    const leg = legs[index]
    if (leg === undefined) throw new RangeError(`There is no leg ${index}.`) // moments name legs of their call
    return leg
  }
  const isBehind = (index: number, root: number): boolean => {
    const { via, calledBy } = legAt(index)
    if (index === root) return false
    return (via !== undefined && via === legAt(root).extension && index > root) || calledBy === root
  }
  const add = (at: string, verb: Omit<Step, 'afterMs'>) => {
    steps.push(stepAfter(Date.parse(at) - last, verb))
    last = Date.parse(at)
  }
  const nextAbsent = () => legs.findIndex(({ state }) => state === 'absent')

  /** Marks that legs ring, and by whom they are called. */
  function join(indexes: readonly number[], calledBy?: number) {
    const pending = legs.findLastIndex(({ transfer, state }) => transfer !== undefined && state === 'ringing')
    for (const index of indexes) {
      const leg = legAt(index)
      const before = leg.via === undefined ? -1 : legs.findIndex(({ extension }) => extension === leg.via)
      const byVia = before < 0 ? undefined : legs[before]?.calledBy
      Object.assign(leg, { state: 'ringing', calledBy: calledBy ?? byVia ?? (pending < 0 ? caller : pending) })
    }
  }

  /** An IVR has no moment when an outside caller reaches it: that it answered is seen at its end. */
  function answerSilently(index: number, at: string) {
    const { extension, calledBy } = legAt(index)
    if (kind(legs[index]) !== 'ivr' || legs[calledBy ?? 0]?.extension !== undefined) return
    const end = call.moments.find(({ leg, moment }) => leg === index && moment === 'hangup')
    const isAnswered = end ? outcomeOf(end) === undefined : call.legs[index]?.state === 'answered'
    const isByOthers = call.moments.some(
      ({ leg, moment }) => moment === 'answerIncoming' && call.legs[leg]?.via === extension
    )
    if (!isAnswered || isByOthers) return
    add(at, { answer: nameOf(legAt(index)) })
    legAt(index).state = 'answered'
  }

  /** How many of the moments an answer makes: those of the IVRs and queues before it, of its caller, of those that rang. */
  function settle(answered: number, same: readonly Moment[], from: number): number {
    const leg = legAt(answered)
    leg.state = 'answered'
    const { calledBy } = leg
    if (calledBy === undefined) return from
    let used = from
    for (; used < same.length; used++) {
      const moment = same[used]
      if (moment === undefined) break
      const other = legAt(moment.leg)
      const isVia = moment.moment === 'answerIncoming' && other.extension === leg.via
      const isCaller = moment.moment === 'answerOutgoing' && moment.leg === calledBy
      const isSibling =
        moment.moment === 'hangup' &&
        other.state === 'ringing' &&
        other.calledBy === calledBy &&
        /^(cancelled|noAnswer)$/.test(outcomeOf(moment) ?? '')
      const isBlind = moment.moment === 'hangup' && moment.leg === calledBy && other.transfer === 'blind'
      if (!isVia && !isCaller && !isSibling && !isBlind) break
      other.state = moment.moment === 'hangup' ? 'ended' : 'answered'
    }
    for (const other of legs) // those without moments
      if (other.state === 'ringing' && other.calledBy === calledBy && other.extension === undefined)
        other.state = 'ended'
    const caller = legAt(calledBy)
    if (caller.state === 'ringing') caller.state = 'answered'
    return used
  }

  /** A conference that is called within a call answers at once. @assumed 0021 */
  const settleConference = (index: number, same: readonly Moment[], from: number): number => {
    const next = same[from]
    const isAnswered = next?.moment === 'answerIncoming' && next.leg === index && kind(legs[index]) === 'conference'
    return isAnswered ? settle(index, same, from + 1) : from
  }

  /** Rings the parties outside before a leg, which have no moments. */
  function ringBefore(index: number) {
    for (let before = nextAbsent(); before >= 0 && before < index; before = nextAbsent()) {
      ringOutside()
      if (nextAbsent() === before) legAt(before).state = 'ended' // it was never reached
    }
  }

  function ringOutside() {
    for (let index = nextAbsent(); index >= 0; index = nextAbsent()) {
      const { extension, isOut, via, number } = legAt(index)
      if (extension !== undefined || isOut) return
      const earlier = legs.find(leg => leg.state === 'ringing' && leg.extension === undefined && leg.number === number)
      if (earlier !== undefined) {
        steps.push({ reject: number, outcome: 'cancelled' })
        earlier.state = 'ended'
      }
      join([index])
      steps.push({ ring: number, ...(via && { via }) })
    }
  }

  return {
    legs,
    steps,
    start,
    legAt,
    kind,
    leadsOn,
    isBehind,
    add,
    join,
    answerSilently,
    settle,
    settleConference,
    ringOutside,
    ringBefore,
    lastAt: () => last
  }
}
