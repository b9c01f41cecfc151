import Type from 'typebox'
import { Call, CallId, CallList, CallQuery } from '../calls/call.js'
import {
  AnswerRequest,
  CallRequest,
  CompleteRequest,
  HangupRequest,
  RejectRequest,
  RingRequest
} from '../calls/call-request.js'
import { Transfer } from '../calls/call-step.js'
import { EndedQuery } from '../verification.js'
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
    responses: { 201: Call },
    errors: ['call_exists', 'too_many_armed']
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
  waitForCallEnd: {
    method: 'GET',
    path: '/calls/{callId}/ended',
    tag: 'Calls',
    summary: 'Wait for the end of a call',
    description: 'Answers when the call is over and each of its deliveries was answered, has failed or was blocked.',
    params,
    query: EndedQuery,
    responses: { 200: Call },
    errors: ['call_unknown', 'wait_timeout']
  },
  ringCall: {
    method: 'POST',
    path: '/calls/{callId}/ring',
    tag: 'Calls',
    summary: 'Ring further parties of a manual call',
    params,
    body: RingRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  },
  answerCall: {
    method: 'POST',
    path: '/calls/{callId}/answer',
    tag: 'Calls',
    summary: 'Answer a ringing leg of a manual call',
    description: 'Without a number, the only leg that rings.',
    params,
    body: AnswerRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  },
  rejectCall: {
    method: 'POST',
    path: '/calls/{callId}/reject',
    tag: 'Calls',
    summary: 'Reject a manual call',
    params,
    body: RejectRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  },
  transferCall: {
    method: 'POST',
    path: '/calls/{callId}/transfer',
    tag: 'Calls',
    summary: 'Transfer a manual call',
    params,
    body: Transfer,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  },
  completeTransfer: {
    method: 'POST',
    path: '/calls/{callId}/complete',
    tag: 'Calls',
    summary: 'Complete an attended transfer of a manual call',
    params,
    body: CompleteRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  },
  hangUpCall: {
    method: 'POST',
    path: '/calls/{callId}/hangup',
    tag: 'Calls',
    summary: 'Hang up a leg, or all legs, of a manual call',
    params,
    body: HangupRequest,
    responses: { 200: Call },
    errors: ['call_unknown', 'call_state']
  }
} as const satisfies Record<string, ControlOperation>
