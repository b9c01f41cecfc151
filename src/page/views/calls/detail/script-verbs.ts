import type { Call, Moment } from '../../../../schema/calls/call.js'
import type { Step } from '../../../../schema/calls/call-step.js'
import type { Parties } from './parties.js'
import { createLegs, type ScriptLeg } from './script-legs.js'
import { type KindOf, nameOf, outcomeOf } from './script-parts.js'

/** Reads verbs from the moments of a call. */
export interface Script {
  steps: Step[]
  /** Reads the verb that the first of some moments of one instant belongs to. @returns how many moments it made */
  read(same: readonly Moment[], isEnd: boolean): number
  /** Rings the next parties if they are outside: they have no moments. */
  ringOutside(): void
  /** When the last step happened, in milliseconds. */
  lastAt(): number
}

/** Begins with the legs that ring when the call is placed. */
export function createScript(call: Call, parties: Parties, kindOf: KindOf): Script {
  const { caller, firstCalled, firstAdded } = parties
  const reading = createLegs(call, parties, kindOf)
  const {
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
    ringBefore
  } = reading
  let isBegun = false

  function begin(same: readonly Moment[]): number {
    isBegun = true
    let used = 0
    while (
      used < same.length &&
      ((same[used]?.moment === 'dialOut' && same[used]?.leg === caller) ||
        (same[used]?.moment === 'dialIn' && (same[used]?.leg ?? 0) < firstAdded))
    )
      used++
    for (let index = firstCalled; index < firstAdded; index++) used = settleConference(index, same, used)
    for (let index = firstCalled; index < firstAdded; index++) answerSilently(index, start)
    return used
  }

  function ring(same: readonly Moment[]): number {
    const [first] = same
    if (first === undefined) return 0
    ringBefore(first.leg)
    const { via } = legAt(first.leg)
    let count = 1
    for (; count < same.length; count++) {
      const next = same[count]
      if (next?.moment !== 'dialIn' || next.leg !== first.leg + count || legAt(next.leg).via !== via) break
    }
    const indexes = Array.from({ length: count }, (_, offset) => first.leg + offset)
    const numbers = indexes.map(index => nameOf(legAt(index)))
    join(indexes)
    add(first.at, { ring: numbers.length === 1 ? (numbers[0] ?? '') : numbers, ...(via && { via }) })
    for (const index of indexes) answerSilently(index, first.at)
    const conference = indexes.find(index => kind(legs[index]) === 'conference')
    return conference === undefined ? count : settleConference(conference, same, count)
  }

  /** @param dialOut the moment of the second leg @param from the moments before it that belong to the transfer */
  function transfer(dialOut: Moment, same: readonly Moment[], from: number): number {
    ringBefore(dialOut.leg)
    const target = dialOut.leg + 1
    const second = legAt(dialOut.leg)
    const isBlind = from > 0
    add(dialOut.at, {
      transfer: { from: nameOf(second), to: nameOf(legAt(target)), kind: isBlind ? 'blind' : 'attended' }
    })
    if (isBlind && same[0]) legAt(same[0].leg).state = 'ended'
    Object.assign(second, { state: 'ringing', transfer: isBlind ? 'blind' : 'attended' })
    join([target], dialOut.leg)
    const isReached = same[from + 1]?.moment === 'dialIn' && same[from + 1]?.leg === target
    return settleConference(target, same, from + (isReached ? 2 : 1))
  }

  /** The party that answers has no moment: it is outside, or an IVR. */
  function answerUnseen(same: readonly Moment[]): number {
    const [first] = same
    if (first === undefined) return 0
    const candidates = () =>
      legs.flatMap((leg, index) =>
        leg.state === 'ringing' && leg.calledBy === first.leg && (!leg.extension || kind(leg) === 'ivr') ? [index] : []
      )
    ringOutside()
    const ending = same.filter(({ moment }) => moment === 'hangup').map(({ leg }) => leg)
    const answering = candidates().find(index => !ending.includes(index)) ?? candidates()[0]
    if (answering === undefined) return 1
    add(first.at, { answer: nameOf(legAt(answering)) })
    return settle(answering, same, 0)
  }

  function end(same: readonly Moment[], isEnd: boolean): number {
    const [first, second] = same
    if (first === undefined) return 0
    const one = legAt(first.leg)
    if (second !== undefined && legAt(second.leg).extension === one.extension) {
      if (second.moment === 'dialOut') return transfer(second, same, 1)
      const { transfer: kindOfTransfer, state } = legAt(second.leg)
      if (
        second.moment === 'hangup' &&
        kindOfTransfer === 'attended' &&
        state === 'answered' &&
        second.leg > first.leg
      ) {
        add(first.at, { complete: nameOf(one) })
        one.state = 'ended'
        legAt(second.leg).state = 'ended'
        return 2
      }
    }
    const others = same.findIndex(({ moment }) => moment !== 'hangup')
    const group = others < 0 ? same : same.slice(0, others)
    const ended = new Set(group.map(({ leg }) => leg))
    const isOver = isEnd && others < 0 && legs.every((leg, index) => !leg.extension || !isLive(leg) || ended.has(index))
    const outcome = group.some(moment => outcomeOf(moment) === undefined)
      ? undefined
      : outcomeOf(group.find(({ leg }) => !leadsOn(leg)) ?? first)
    if (isOver && call.state === 'ended' && isInOrder(group)) {
      add(first.at, { hangup: 'all', ...(outcome && call.outcome !== 'answered' && { outcome }) })
      return group.length
    }
    const indexes = group.map(({ leg }) => leg)
    const root =
      indexes.findLast((leg, at) => leadsOn(leg) && indexes.slice(0, at).every(one => isBehind(one, leg))) ?? first.leg
    const leg = legAt(root)
    const unanswered = leg.state === 'ringing' ? (outcomeOf(first) ?? 'cancelled') : undefined
    add(
      first.at,
      unanswered !== undefined && !leg.isOut && !leadsOn(root)
        ? { reject: nameOf(leg), outcome: unanswered }
        : { hangup: nameOf(leg), ...(unanswered && { outcome: unanswered }) }
    )
    const goes = (index: number) =>
      index === root || isBehind(index, root) || (leg.calledBy === index && legAt(index).transfer === 'attended')
    const consults = legs.some(
      (other, index) => other.transfer === 'attended' && (index === root || index === leg.calledBy)
    )
    let used = 0
    while (used < group.length && ((isOver && !consults) || goes(group[used]?.leg ?? -1))) used++
    for (const { leg: index } of group.slice(0, used)) legAt(index).state = 'ended'
    if (!isOver) ringOutside()
    return used
  }

  /** Whether legs end in the order in which `all` ends them: IVRs and queues last. */
  const isInOrder = (group: readonly Moment[]): boolean => {
    const indexes = group.map(({ leg }) => leg)
    const rank = (index: number) => (leadsOn(index) ? 1_000 - index : index)
    return indexes.every((index, at) => at === 0 || rank(indexes[at - 1] ?? 0) < rank(index))
  }

  return {
    steps,
    ringOutside,
    lastAt: reading.lastAt,
    read(same, isEnd) {
      const [first] = same
      if (first === undefined) return 0
      if (!isBegun) {
        const used = begin(first.at === start ? same : [])
        if (used > 0) return used
      }
      if (first.moment === 'dialIn') return ring(same)
      if (first.moment === 'dialOut') return transfer(first, same, 0)
      if (first.moment === 'answerOutgoing') return answerUnseen(same)
      if (first.moment === 'hangup') return Math.max(1, end(same, isEnd))
      ringOutside()
      add(first.at, { answer: nameOf(legAt(first.leg)) })
      return settle(first.leg, same, 1)
    }
  }
}

const isLive = ({ state }: ScriptLeg): boolean => state === 'ringing' || state === 'answered'
