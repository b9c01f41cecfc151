import Type from 'typebox'
import { AnswerRequest, Call, CallId, CallList, CallQuery, CallRequest, HangupRequest } from '../call.js'
import type { ControlOperation } from './operation.js'

const params = Type.Object({ callId: CallId })

/** Simulated calls. @source control-api.md "Calls and deliveries" */
export const CALLS = {
  placeCall: {
    method: 'POST',
    path: '/calls',
    tag: 'Calls',
    summary: 'Place a call',
    body: CallRequest,
    responses: { 201: Call }
  },
  listCalls: {
    method: 'GET',
    path: '/calls',
    tag: 'Calls',
    summary: 'List the calls, oldest first',
    query: CallQuery,
    responses: { 200: CallList }
  },
  getCall: {
    method: 'GET',
    path: '/calls/{callId}',
    tag: 'Calls',
    summary: 'Get a call and its moments',
    params,
    responses: { 200: Call },
    errors: ['call_unknown']
  },
  answerCall: {
    method: 'POST',
    path: '/calls/{callId}/answer',
    tag: 'Calls',
    summary: 'Answer a ringing manual call',
    params,
    body: AnswerRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  },
  hangUpCall: {
    method: 'POST',
    path: '/calls/{callId}/hangup',
    tag: 'Calls',
    summary: 'Hang up a manual call',
    params,
    body: HangupRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  }
} as const satisfies Record<string, ControlOperation>
