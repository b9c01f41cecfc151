import type { Call, Moment } from '../../src/schema/calls/call.js'
import type { Delivery } from '../../src/schema/calls/delivery.js'

/** The time of the samples. */
export const AT = '2026-03-01T10:20:30.456Z'

/** A moment without events. */
export const MOMENT: Moment = {
  moment: 'dialIn',
  leg: 1,
  extension: '0003*210',
  type: '0',
  at: AT,
  callStatus: 'CALLING',
  callFlow: 'in',
  armed: [],
  others: [],
  reasons: {}
}

/** An answered call that is over. */
export const CALL: Call = {
  callId: '1479144949.4665265',
  callApiId: 'abcdefghij0123456789',
  from: '0003*211',
  to: '0003*210',
  callerName: 'Back Office',
  dialled: '0003*210',
  manual: false,
  state: 'ended',
  outcome: 'answered',
  placedAt: AT,
  legs: [
    { number: '0003*211', extension: '0003*211', direction: 'out', callId: '1479144949.4665265', state: 'ended' },
    { number: '0003*210', extension: '0003*210', direction: 'in', callId: '1479144949.4665266', state: 'ended' }
  ],
  moments: [MOMENT],
  next: []
}

/** A delivery that was answered. */
export const DELIVERY: Delivery = {
  id: '17',
  callId: CALL.callId,
  eventId: 'Abc',
  extension: '0003*210',
  type: '0',
  moment: 'dialIn',
  state: 'delivered',
  request: {
    method: 'GET',
    url: 'http://receiver.test/hook?mine=1&CallID=1479144949.4665265&CallerIDNum=0003*211',
    headers: {},
    body: ''
  },
  attempts: [{ at: AT, ms: 12.3, response: { status: 200, headers: {}, body: 'OK', truncated: false } }]
}

/** A delivery that failed. */
export const REFUSED: Delivery = {
  ...DELIVERY,
  id: '18',
  state: 'failed',
  attempts: [{ at: AT, ms: 0.6, failure: { reason: 'refused', message: 'Nothing listens there.', hint: 'Start it.' } }]
}
