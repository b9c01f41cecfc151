import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { JournalEntry, RequestId, RequestList, RequestQuery, RequestsCleared } from '../../schema/journal.js'
import { RequestsNotVerified, RequestVerification, Verified } from '../../schema/verification.js'
import { described } from './described.js'
import { goneSignal } from './gone-signal.js'

const params = Type.Object({ id: RequestId })

/** The requests that came in. @source control-api.md "Watching and verifying" */
export const requestRoutes: FastifyPluginAsyncTypebox = async app => {
  const list = described(
    'listRequests',
    'Requests',
    'Lists the requests of every surface but this one, in the order in which they were answered.',
    { 200: RequestList },
    ['request_invalid']
  )
  app.get('/requests', { schema: { ...list, querystring: RequestQuery } }, async ({ sandbox, query }) =>
    sandbox.journal.list(query)
  )

  const get = described(
    'getRequest',
    'Requests',
    'A request and its answer, without their secrets.',
    { 200: JournalEntry },
    ['request_unknown']
  )
  app.get('/requests/:id', { schema: { ...get, params } }, async ({ sandbox, params }) =>
    sandbox.journal.get(params.id)
  )

  const clear = described('clearRequests', 'Requests', 'Forgets all requests.', { 200: RequestsCleared }, [
    'request_invalid'
  ])
  app.delete('/requests', { schema: clear }, async ({ sandbox }) => sandbox.journal.clear())

  const verify = described(
    'verifyRequests',
    'Requests',
    'Says whether requests are as expected, and waits for that.',
    { 200: Verified, 409: RequestsNotVerified },
    ['request_invalid']
  )
  app.post('/requests/verify', { schema: { ...verify, body: RequestVerification } }, async (request, reply) => {
    const answer = await request.sandbox.journal.verify(request.body, goneSignal(reply))
    if (answer.verified) return answer
    return reply.code(409).header('X-Emulator-Reason', 'not_verified').send(answer)
  })
}
