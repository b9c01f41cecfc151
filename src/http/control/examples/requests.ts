import type { ControlOperation, PartOf } from '../../../schema/control-api/operation.js'
import type { ControlApi, OperationName } from '../../../schema/control-api.js'

/** The request of an operation that its document shows, and that the pages of the documents send. */
export interface RequestExample {
  params?: unknown
  query?: unknown
  body?: unknown
  /** Several bodies by name, instead of one. The first is sent unless another is chosen. */
  bodies?: Readonly<Record<string, unknown>>
  /** The operations whose examples make what this one needs, in order: `placeCall`, or `placeCall manual` for a named one. */
  after?: readonly string[]
}

/** The request of an operation, as the table of the control API types it. */
interface TypedExample<Operation extends ControlOperation> extends RequestExample {
  params?: PartOf<Operation, 'params'>
  query?: PartOf<Operation, 'query'>
  body?: PartOf<Operation, 'body'>
  bodies?: Readonly<Record<string, PartOf<Operation, 'body'>>>
}

/** The event of the default fixture. @source page "Create › Example Response" */
export const EVENT_ID = 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq'

/** CallID of the call that the example `manual` of placeCall makes. */
export const CALL_ID = '1479144949.4665265'
/** CallAPIID of that call. */
export const CALL_API_ID = 'd5ldvwiavqpakbsp9obh'

const MANUAL_CALL = 'placeCall manual'
const EXTENSION = '0003*210'
const OUTSIDE = '+40733000222'

/** Requests of the control API that succeed with the default fixture, by operation. */
export const CONTROL_REQUESTS = {
  resetState: { body: { fixture: 'default' } },
  loadFixture: {
    body: {
      users: [{ id: '14', name: 'Night Shift', organization: '3', role: 'user' }],
      extensions: [{ number: '0003*212', owner: '14', kind: 'phoneTerminal', name: 'Night Shift' }]
    }
  },
  changeSettings: { body: { callFlowCase: 'upper' } },
  issueToken: { body: { user: '12', expiresInSeconds: 3600 } },
  revokeTokens: { body: { accessToken: 'emulator-other-token' } },
  openSession: { body: { user: '12' } },
  revokeSessions: { body: { user: '12' } },
  changeApp: { params: { clientId: 'emulator-app' }, body: { disabled: false } },
  createEvent: { body: { extension: '0003*211', type: '1', method: '1', url: 'http://127.0.0.1:3000/webhooks' } },
  removeEvents: { query: { extension: EXTENSION, type: '0' } },
  changeEvent: { params: { id: EVENT_ID }, body: { status: '0' } },
  removeEvent: { params: { id: EVENT_ID } },
  getPhone: { params: { number: EXTENSION } },
  setPhone: { params: { number: EXTENSION }, body: { outcome: 'busy', ringMs: 500 } },
  removePhone: { params: { number: EXTENSION }, after: ['setPhone'] },
  takeSnapshot: { params: { name: 'before-checkout' }, body: {} },
  getSnapshot: { params: { name: 'before-checkout' }, after: ['takeSnapshot'] },
  restoreSnapshot: { params: { name: 'before-checkout' }, body: {}, after: ['takeSnapshot'] },
  removeSnapshot: { params: { name: 'before-checkout' }, after: ['takeSnapshot'] },
  createSandbox: { body: { name: 'worker-1', fixture: 'default' } },
  endSandbox: { params: { name: 'worker-1' }, after: ['createSandbox'] },
  placeCall: {
    bodies: {
      answered: { from: '0003*211', to: EXTENSION, outcome: 'answered', ringMs: 100, talkMs: 500 },
      manual: { from: '0003*211', to: EXTENSION, manual: true, callId: CALL_ID, callApiId: CALL_API_ID },
      steps: {
        to: EXTENSION,
        steps: [
          { afterMs: 100, answer: EXTENSION },
          { afterMs: 500, hangup: 'all' }
        ]
      }
    }
  },
  getCall: { params: { callId: CALL_ID }, after: [MANUAL_CALL] },
  waitForCallEnd: { params: { callId: CALL_ID }, after: [MANUAL_CALL, 'hangUpCall'] },
  ringCall: { params: { callId: CALL_ID }, body: { number: OUTSIDE }, after: [MANUAL_CALL] },
  answerCall: { params: { callId: CALL_ID }, body: {}, after: [MANUAL_CALL] },
  rejectCall: { params: { callId: CALL_ID }, body: { number: EXTENSION, outcome: 'busy' }, after: [MANUAL_CALL] },
  transferCall: {
    params: { callId: CALL_ID },
    body: { from: EXTENSION, to: OUTSIDE, kind: 'attended' },
    after: [MANUAL_CALL, 'answerCall']
  },
  completeTransfer: {
    params: { callId: CALL_ID },
    body: { extension: EXTENSION },
    after: [MANUAL_CALL, 'answerCall', 'transferCall', 'answerCall']
  },
  hangUpCall: { params: { callId: CALL_ID }, body: {}, after: [MANUAL_CALL] },
  exportDeliveries: { query: { format: 'har' } },
  getDelivery: { params: { id: '1' }, after: ['placeCall'] },
  replayDelivery: { params: { id: '1' }, body: {}, after: ['placeCall', 'waitUntilIdle'] },
  verifyDeliveries: {
    body: { match: { extension: EXTENSION, moment: 'dialIn' }, count: { min: 1 }, timeoutMs: 1000 },
    after: ['placeCall']
  },
  waitUntilIdle: { query: { timeoutMs: 5000 } },
  exportRequests: { query: { format: 'har' } },
  getRequest: { params: { id: '1' }, after: ['listPhoneCallEventsOfExtension'] },
  verifyRequests: {
    body: { match: { operation: 'list', extension: EXTENSION }, count: 1, timeoutMs: 1000 },
    after: ['listPhoneCallEventsOfExtension']
  },
  addFault: {
    bodies: {
      unavailable: { on: { operation: 'create' }, times: 1, do: { status: 503 } },
      hold: { on: { operation: 'delivery', extension: EXTENSION }, do: { hold: true } }
    }
  },
  removeFault: { params: { id: '1' }, after: ['addFault'] },
  releaseFault: { params: { id: '1' }, body: {}, after: ['addFault hold'] },
  setClock: { body: { mode: 'frozen', now: '2030-01-01T00:00:00Z' } },
  advanceClock: { body: { ms: 60_000 }, after: ['setClock'] }
} as const satisfies { [Name in OperationName]?: TypedExample<ControlApi[Name]> }

const ofEvents = { userId: '@me', extension: EXTENSION }
const ofType = { ...ofEvents, eventType: '0' }
const ofEvent = { ...ofType, eventId: EVENT_ID }
const ofCall = { ...ofEvents, phoneCallId: CALL_API_ID }
const hook = { method: '1', url: 'http://127.0.0.1:3000/webhooks', note: 'For the CRM' }

/** Requests of the vendor's API and of OAuth that succeed with the default fixture, by operation. */
export const VENDOR_REQUESTS: Readonly<Record<string, RequestExample>> = {
  listPhoneCallEventsOfExtension: { params: ofEvents },
  listPhoneCallEventsOfType: { params: ofType },
  listPhoneCallEvents: { params: ofEvent },
  createPhoneCallEventOfExtension: { params: ofEvents, body: { type: '1', ...hook } },
  createPhoneCallEvent: { params: ofType, body: hook },
  updatePhoneCallEvent: { params: ofEvent, body: { status: '0' } },
  deletePhoneCallEventsOfExtension: { params: ofEvents },
  deletePhoneCallEventsOfType: { params: ofType },
  deletePhoneCallEvents: { params: ofEvent },
  createPhoneCall: {
    params: { userId: '@me' },
    body: { extension: EXTENSION, phoneCallView: [{ source: EXTENSION, destination: '0003*211' }] }
  },
  listPhoneCallsOfExtension: { params: ofEvents },
  listPhoneCalls: { params: ofCall, after: [MANUAL_CALL] },
  updatePhoneCallsOfExtension: { params: ofEvents, body: { action: 'OnHold' } },
  updatePhoneCalls: { params: ofCall, body: { action: 'OnHold' }, after: [MANUAL_CALL, 'answerCall'] },
  deletePhoneCallsOfExtension: { params: ofEvents },
  deletePhoneCalls: { params: ofCall, after: [MANUAL_CALL] },
  requestToken: {
    body: { grant_type: 'client_credentials', client_id: 'emulator-app', client_secret: 'emulator-secret' }
  },
  showConsentPage: {
    query: {
      response_type: 'code',
      client_id: 'emulator-app',
      redirect_uri: 'http://localhost/callback',
      state: 'af0ifjsldkj'
    }
  }
}
