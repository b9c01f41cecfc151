import { ControlError } from '../domain/control-errors.js'
import type { Call, CallList, CallOutcome, CallQuery, CallRequest } from '../schema/call.js'
import type { StoredCall } from '../store/calls.js'
import type { Store } from '../store/store.js'
import type { CallEngine } from './call-engine.js'
import { printCall } from './print-call.js'

/** Simulated calls. @source control-api.md "Calls and deliveries" */
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

/** How many calls a list has when nobody says. */
const LIMIT = 1000

/** Drives calls, and says what happened in them. */
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
    list({ limit = LIMIT, after }) {
      const seq = after === undefined ? 0 : calls.find(after)?.seq
      if (seq === undefined) throw unknownAfter('call')
      const { page, total } = calls.list(seq, limit)
      return { calls: page.map(print), total, dropped: calls.dropped() }
    }
  }
}

/** The refusal of an `after` that leads nowhere: going on from there would repeat or leave out. */
export const unknownAfter = (what: 'call' | 'delivery' | 'request'): ControlError =>
  new ControlError('request_invalid', {
    details: [{ path: '?after', message: `names no ${what} that is remembered; leave it out to begin with the oldest` }]
  })
