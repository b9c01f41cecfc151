import { MAX_CALL_MS } from '../../../schema/calls/call-step.js'
import type { Phone } from '../../../schema/phone.js'
import { outcomeOf, type SeenMoment } from './seen-call.js'

/** When a request placed a call, and when another one ended it, in milliseconds since 1970. */
export interface PlacedAt {
  placedAt: number
  endedAt: number | undefined
}

/**
 * The phones of a call of PhoneCalls that behave as its webhooks show: when the source picked up, when and how each other
 * party ended its ringing, and how long they talked. A call that a request ended would have gone on.
 */
export function derivePhones(moments: readonly SeenMoment[], { placedAt, endedAt }: PlacedAt): Phone[] {
  const [first] = moments
  if (first === undefined) return []
  const source = first.leg.direction === 'out' ? first.leg.extension : first.leg.caller
  const pickedUp: Phone = {
    number: source,
    outcome: 'answered',
    ringMs: Math.max(0, first.at - placedAt),
    talkMs: MAX_CALL_MS
  }
  const called = [...new Set(moments.map(({ leg }) => (leg.direction === 'in' ? leg.extension : leg.called)))]
  const others = called.filter(number => number !== '' && number !== source)
  return [...(source === '' ? [] : [pickedUp]), ...others.map(number => phoneOf(number, moments, endedAt))]
}

function phoneOf(number: string, moments: readonly SeenMoment[], endedAt: number | undefined): Phone {
  const ofPhone = moments.filter(({ leg }) => (leg.direction === 'in' ? leg.extension : leg.called) === number)
  const rang = ofPhone[0]?.at ?? 0
  const answer = ofPhone.find(({ stage }) => stage === 'answer')
  const end = ofPhone.find(({ stage }) => stage === 'hangup')
  const isEnded = end !== undefined && (endedAt === undefined || end.at < endedAt)
  const outcome = answer === undefined && end !== undefined ? outcomeOf(end.status) : 'answered'
  if (outcome !== 'answered') {
    const isCancelled = outcome === 'cancelled' // the caller gave up, or a request ended it
    return isCancelled && !isEnded
      ? { number, outcome: 'answered', ringMs: MAX_CALL_MS, talkMs: 0 }
      : { number, outcome, ringMs: (end?.at ?? rang) - rang, talkMs: 0 }
  }
  if (answer === undefined && end === undefined) return { number, outcome, ringMs: MAX_CALL_MS, talkMs: 0 }
  const answeredAt = answer?.at ?? rang
  return {
    number,
    outcome,
    ringMs: answeredAt - rang,
    talkMs: isEnded ? end.at - answeredAt : MAX_CALL_MS
  }
}
