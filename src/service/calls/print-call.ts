import type { Leg } from '../../domain/calls/call.js'
import type { Call, CallLeg, Moment } from '../../schema/calls/call.js'
import type { NextStep } from '../../schema/calls/call-step.js'
import { TYPE_OF_MOMENT } from '../../schema/event-type.js'
import type { StoredCall } from '../../store/calls.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { NumberedMoment } from '../../store/moments.js'

/** A call as on the wire. @param deliveries those of all its moments */
export function printCall(call: StoredCall, moments: NumberedMoment[], deliveries: MomentDelivery[]): Call {
  const byMoment = new Map<number, MomentDelivery[]>()
  for (const delivery of deliveries) {
    const sameMoment = byMoment.get(delivery.moment)
    if (sameMoment === undefined) byMoment.set(delivery.moment, [delivery])
    else sameMoment.push(delivery)
  }
  const { callId, callApiId, from, to, callerName, dialled, manual, phoneCall, state, outcome, placedAt, legs } = call
  return {
    callId,
    callApiId,
    from,
    to,
    callerName,
    dialled,
    manual,
    state,
    outcome,
    placedAt: new Date(placedAt).toISOString(),
    ...(phoneCall !== null && { phoneCall }),
    legs: legs.map(leg => printLeg(leg, legs)),
    moments: moments.map(moment => printMoment(moment, byMoment.get(moment.seq) ?? [])),
    next: nextOf(call)
  }
}

const printLeg = ({ number, extension, direction, callId, state, via }: Leg, legs: Leg[]): CallLeg => ({
  number,
  ...(extension !== null && { extension }),
  direction,
  ...(callId !== null && { callId }),
  state,
  ...(via !== null && { via: legs[via]?.extension ?? '' })
})

/** The steps to come, each with its time. */
function nextOf({ steps, position, dueAt }: StoredCall): NextStep[] {
  if (dueAt === null) return []
  let at = dueAt
  return steps.slice(position).map(({ afterMs = 0, isOfPhone: _, ...step }, index) => {
    if (index > 0) at += afterMs
    return { at: new Date(at).toISOString(), ...step }
  })
}

/** A moment as on the wire. @param deliveries those of all moments of its call */
export function printMoment(moment: NumberedMoment, deliveries: MomentDelivery[]): Moment {
  const ofMoment = deliveries.filter(delivery => delivery.moment === moment.seq)
  const { name, leg, extension, at, callStatus, callFlow, others, armed, disabled, otherType, overLimit } = moment
  const blocked = ofMoment.filter(({ state }) => state === 'blocked').length
  return {
    moment: name,
    leg,
    extension,
    type: TYPE_OF_MOMENT[name],
    at: new Date(at).toISOString(),
    callStatus,
    callFlow,
    armed: ofMoment.map(({ id, eventId, eventUrl, state }) => ({
      eventId,
      url: eventUrl,
      deliveryId: String(id),
      state
    })),
    ...(armed > ofMoment.length && { forgotten: armed - ofMoment.length }),
    others,
    reasons: {
      ...(disabled > 0 && { disabled }),
      ...(otherType > 0 && { other_type: otherType }),
      ...(overLimit > 0 && { over_limit: overLimit }),
      ...(blocked > 0 && { blocked_by_policy: blocked })
    }
  }
}
