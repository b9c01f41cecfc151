import type { Call, Moment } from '../schema/call.js'
import { EVENT_TYPES } from '../schema/event-type.js'
import type { StoredCall } from '../store/calls.js'
import type { MomentDelivery } from '../store/deliveries.js'
import type { HappenedMoment } from '../store/moments.js'

/** A call as it stands on the wire. @param owed what all of its moments owe */
export function printCall(call: StoredCall, moments: HappenedMoment[], owed: MomentDelivery[]): Call {
  const { callId, callApiId, from, to, callerExtension, calledExtension, callerName, dialled } = call
  const { manual, ringMs, talkMs, state, outcome, placedAt, dueAt } = call
  return {
    callId,
    callApiId,
    from,
    to,
    callerExtension,
    calledExtension,
    callerName,
    dialled,
    manual,
    ringMs,
    talkMs,
    state,
    outcome,
    placedAt: new Date(placedAt).toISOString(),
    nextAt: dueAt === null ? null : new Date(dueAt).toISOString(),
    moments: moments.map(moment => printMoment(moment, owed))
  }
}

/** A moment as it stands on the wire. @param owed what the moments of its call owe */
export function printMoment(moment: HappenedMoment, owed: MomentDelivery[]): Moment {
  const own = owed.filter(delivery => delivery.moment === moment.seq)
  const { name, extension, at, callStatus, callFlow, others, armed, disabled, otherType } = moment
  const blocked = own.filter(({ state }) => state === 'blocked').length
  return {
    moment: name,
    extension,
    type: EVENT_TYPES.find(type => type.name === name)?.code ?? '0', // every name has its row
    at: new Date(at).toISOString(),
    callStatus,
    callFlow,
    armed: own.map(({ id, eventId, eventUrl, state }) => ({ eventId, url: eventUrl, deliveryId: String(id), state })),
    ...(armed > own.length && { forgotten: armed - own.length }),
    others,
    reasons: {
      ...(disabled > 0 && { disabled }),
      ...(otherType > 0 && { other_type: otherType }),
      ...(blocked > 0 && { blocked_by_policy: blocked })
    }
  }
}
