import { ControlError } from '../../domain/errors/control.js'
import type { Call, CallList, CallOutcome, CallQuery, CallRequest, Moment } from '../../schema/call.js'
import { TYPE_OF_MOMENT } from '../../schema/event-type.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import type { StoredCall } from '../../store/calls.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { NumberedMoment } from '../../store/moments.js'
import type { Store } from '../../store/store.js'
import type { CallEngine } from './engine.js'

/** Simulated calls, for tests to place and drive. @source control-api.md "Calls and deliveries" */
export interface CallService {
  /** @throws ControlError `request_invalid` */
  place(request: CallRequest): Call
  /** @throws ControlError `call_unknown`, `call_state` */
  answer(callId: string): Call
  /** @throws ControlError `call_unknown`, `call_state` */
  hangup(callId: string, outcome?: CallOutcome): Call
  /** @throws ControlError `call_unknown` */
  get(callId: string): Call
  /** @throws ControlError `request_invalid` when `after` names no call */
  list(query: CallQuery): CallList
}

/** Drives calls through the engine, and prints them for the wire. */
export function createCallService({ store, engine }: { store: Store; engine: CallEngine }): CallService {
  const { calls, moments, deliveries } = store
  const print = (call: StoredCall): Call => printCall(call, moments.ofCall(call.seq), deliveries.ofCall(call.callId))

  return {
    place: request => print(engine.place(request)),
    answer: callId => print(engine.answer(callId)),
    hangup: (callId, outcome) => print(engine.hangup(callId, outcome)),
    get(callId) {
      const call = calls.find(callId)
      if (call === undefined) throw new ControlError('call_unknown')
      return print(call)
    },
    list({ limit = DEFAULT_LIMIT, after }) {
      const seq = after === undefined ? 0 : calls.find(after)?.seq
      if (seq === undefined) throw unknownAfter('call')
      const { page, total } = calls.list(seq, limit)
      return { calls: page.map(print), total, dropped: calls.dropped() }
    }
  }
}

/** The error for an `after` that is not in the log: a list from there could repeat or miss entries. */
export const unknownAfter = (kind: 'call' | 'delivery' | 'request'): ControlError =>
  new ControlError('request_invalid', {
    details: [
      {
        path: '?after',
        message: `names no ${kind} in the ${kind === 'request' ? 'journal' : 'log'}; leave it out to begin with the oldest`
      }
    ]
  })

/** A call as on the wire. @param deliveries those of all its moments */
export function printCall(call: StoredCall, moments: NumberedMoment[], deliveries: MomentDelivery[]): Call {
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
    moments: moments.map(moment => printMoment(moment, deliveries))
  }
}

/** A moment as on the wire. @param deliveries those of all moments of its call */
export function printMoment(moment: NumberedMoment, deliveries: MomentDelivery[]): Moment {
  const ofMoment = deliveries.filter(delivery => delivery.moment === moment.seq)
  const { name, extension, at, callStatus, callFlow, others, armed, disabled, otherType } = moment
  const blocked = ofMoment.filter(({ state }) => state === 'blocked').length
  return {
    moment: name,
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
      ...(blocked > 0 && { blocked_by_policy: blocked })
    }
  }
}
