import type { Call } from '../../../schema/calls/call.js'
import { timeOf } from '../../emulator/clock.js'

/** A call with its times as numbers, in milliseconds since 1970. */
export interface TimedCall {
  call: Call
  start: number
  /** Infinity while it goes on. */
  end: number
  /** The time of each of its moments. */
  times: readonly number[]
  /** When its last step to come is due; its start when there is none. */
  planned: number
  spans: readonly LegSpan[]
}

/** A leg as it is drawn. Its times are moments of the call, by index: -1 is the time at which the call was placed. */
export interface LegSpan {
  leg: number
  /** The extension or number. */
  lane: string
  isOutside: boolean
  begin: number
  /** Undefined while it was not answered. */
  answer: number | undefined
  /** Undefined while it goes on. */
  end: number | undefined
  /** Its own moments; an outside party has none. */
  moments: readonly number[]
  /** The leg that called it; undefined for one that calls. */
  calledBy: number | undefined
}

const known = new WeakMap<Call, TimedCall>()

/** The times and legs of a call. They are computed once: a call that changes is another object. */
export function timed(call: Call): TimedCall {
  const found = known.get(call) ?? readCall(call)
  known.set(call, found)
  return found
}

function readCall(call: Call): TimedCall {
  const start = timeOf(call.placedAt)
  const times = call.moments.map(({ at }) => timeOf(at))
  const last = times.at(-1) ?? start
  return {
    call,
    start: Math.min(start, ...times.slice(0, 1)),
    end: call.state === 'ended' ? Math.max(start, last) : Number.POSITIVE_INFINITY,
    times,
    planned: call.next.reduce((latest, { at }) => Math.max(latest, timeOf(at)), start),
    spans: call.legs.flatMap((_, leg) => spanOf(call, leg) ?? [])
  }
}

/** The span of a leg; undefined for one that was never reached. */
function spanOf({ legs, moments, state }: Call, leg: number): LegSpan | undefined {
  const found = legs[leg]
  if (found === undefined) return undefined
  const indexesOf = (index: number | undefined) => moments.flatMap((moment, at) => (moment.leg === index ? [at] : []))
  const first = (among: readonly number[], ...names: string[]) =>
    among.find(index => names.includes(moments[index]?.moment ?? ''))
  const own = indexesOf(leg)
  const calledBy = found.direction === 'in' ? legs.findLastIndex((one, at) => at < leg && one.direction === 'out') : -1
  const last = moments.length - 1
  const isEnded = found.state === 'ended'
  const common = {
    leg,
    lane: found.extension ?? found.number,
    isOutside: found.extension === undefined,
    moments: own,
    calledBy: calledBy < 0 ? undefined : calledBy
  }
  if (found.extension !== undefined) {
    if (own.length === 0 && leg > 0 && state === 'ended') return undefined
    const hangup = first(own, 'hangup')
    return {
      ...common,
      begin: leg === 0 ? -1 : (own[0] ?? -1),
      answer: first(own, 'answerIncoming', 'answerOutgoing'),
      end: hangup ?? (isEnded ? last : undefined)
    }
  }
  // The moments of an outside party are those of the extension at its other side.
  if (calledBy < 0) {
    const all = moments.map((_, index) => index)
    return { ...common, begin: -1, answer: first(all, 'answerIncoming'), end: isEnded ? last : undefined }
  }
  const caller = indexesOf(calledBy)
  const answer = first(caller, 'answerOutgoing')
  const end = answer === undefined ? (first(caller, 'hangup') ?? last) : last
  return { ...common, begin: first(caller, 'dialOut') ?? -1, answer, end: isEnded ? end : undefined }
}
