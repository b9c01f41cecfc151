import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { AnswerRequest, Call, CallId, CallList, CallQuery, CallRequest, HangupRequest } from '../../schema/call.js'
import { described } from './described.js'

const params = Type.Object({ callId: CallId })

/** Simulated calls. @source control-api.md "Calls and deliveries" */
export const callRoutes: FastifyPluginAsyncTypebox = async app => {
  const place = described('placeCall', 'Calls', 'Places a call.', { 201: Call }, ['request_invalid'])
  app.post('/calls', { schema: { ...place, body: CallRequest } }, async ({ sandbox, body }, reply) =>
    reply.code(201).send(sandbox.calls.place(body))
  )

  const list = described('listCalls', 'Calls', 'Lists the calls, oldest first.', { 200: CallList }, ['request_invalid'])
  app.get('/calls', { schema: { ...list, querystring: CallQuery } }, async ({ sandbox, query }) =>
    sandbox.calls.list(query)
  )

  const get = described('getCall', 'Calls', 'A call, and what happened in it.', { 200: Call }, ['call_unknown'])
  app.get('/calls/:callId', { schema: { ...get, params } }, async ({ sandbox, params }) =>
    sandbox.calls.get(params.callId)
  )

  const driven = ['request_invalid', 'call_unknown', 'call_state'] as const
  const answer = described('answerCall', 'Calls', 'Answers a manual call that rings.', { 200: Call }, driven)
  app.post(
    '/calls/:callId/answer',
    { schema: { ...answer, params, body: AnswerRequest } },
    async ({ sandbox, params }) => sandbox.calls.answer(params.callId)
  )

  const hangup = described('hangUpCall', 'Calls', 'Ends a manual call.', { 200: Call }, driven)
  app.post(
    '/calls/:callId/hangup',
    { schema: { ...hangup, params, body: HangupRequest } },
    async ({ sandbox, params, body }) => sandbox.calls.hangup(params.callId, body.outcome)
  )
}
