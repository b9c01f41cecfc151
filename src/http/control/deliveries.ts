import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DeliveryId } from '../../schema/call.js'
import { Delivery, DeliveryList, DeliveryQuery } from '../../schema/delivery.js'
import { DeliveriesNotVerified, DeliveryVerification, Idle, IdleQuery, Verified } from '../../schema/verification.js'
import { described } from './described.js'
import { goneSignal } from './gone-signal.js'

const params = Type.Object({ id: DeliveryId })

/** Webhooks that were owed. @source control-api.md "Calls and deliveries", "Watching and verifying" */
export const deliveryRoutes: FastifyPluginAsyncTypebox = async app => {
  const list = described(
    'listDeliveries',
    'Deliveries',
    'Lists the deliveries in the order in which they were sent; those that were not come last.',
    { 200: DeliveryList },
    ['request_invalid']
  )
  app.get('/deliveries', { schema: { ...list, querystring: DeliveryQuery } }, async ({ sandbox, query }) =>
    sandbox.deliveries.list(query)
  )

  const get = described(
    'getDelivery',
    'Deliveries',
    'A delivery: what was sent, and what came back.',
    { 200: Delivery },
    ['delivery_unknown']
  )
  app.get('/deliveries/:id', { schema: { ...get, params } }, async ({ sandbox, params }) =>
    sandbox.deliveries.get(params.id)
  )

  const replay = described(
    'replayDelivery',
    'Deliveries',
    'Sends the same bytes again, as a new attempt. Answers at once.',
    { 200: Delivery },
    ['request_invalid', 'delivery_unknown', 'delivery_state']
  )
  const none = Type.Object({}, { additionalProperties: false })
  app.post('/deliveries/:id/replay', { schema: { ...replay, params, body: none } }, async ({ sandbox, params }) =>
    sandbox.deliveries.replay(params.id)
  )

  const verify = described(
    'verifyDeliveries',
    'Deliveries',
    'Says whether deliveries are as expected, and waits for that.',
    { 200: Verified, 409: DeliveriesNotVerified },
    ['request_invalid']
  )
  app.post('/deliveries/verify', { schema: { ...verify, body: DeliveryVerification } }, async (request, reply) => {
    const answer = await request.sandbox.deliveries.verify(request.body, goneSignal(reply))
    if (answer.verified) return answer
    return reply.code(409).header('X-Emulator-Reason', 'not_verified').send(answer)
  })

  const idle = described(
    'waitUntilIdle',
    'Deliveries',
    'Answers when no step of a call is due and no delivery owed or in flight.',
    { 200: Idle },
    ['request_invalid', 'wait_timeout']
  )
  app.get('/idle', { schema: { ...idle, querystring: IdleQuery } }, async ({ sandbox, query }, reply) =>
    sandbox.waitUntilIdle({ ...query, signal: goneSignal(reply) })
  )
}
