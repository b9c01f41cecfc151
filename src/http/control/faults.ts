import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { Fault, FaultId, FaultList, FaultRequest, Released } from '../../schema/fault.js'
import { described } from './described.js'

const params = Type.Object({ id: FaultId })
const gone = Type.Unsafe<undefined>({ type: 'null', description: 'It is gone.' })

/** What goes wrong because a test wants it to. @source control-api.md "Watching and verifying" */
export const faultRoutes: FastifyPluginAsyncTypebox = async app => {
  const add = described('addFault', 'Faults', 'Lets something go wrong, so many times.', { 201: Fault }, [
    'request_invalid',
    'fault_limit'
  ])
  app.post('/faults', { schema: { ...add, body: FaultRequest } }, async ({ sandbox, body }, reply) =>
    reply.code(201).send(sandbox.faults.add(body))
  )

  const list = described(
    'listFaults',
    'Faults',
    'Lists the faults, oldest first, with what they did. One that is exhausted stays.',
    { 200: FaultList },
    ['request_invalid']
  )
  app.get('/faults', { schema: list }, async ({ sandbox }) => sandbox.faults.list())

  const clear = described(
    'clearFaults',
    'Faults',
    'Removes every fault. What they keep back is sent, and what they delay goes on.',
    { 204: gone },
    ['request_invalid']
  )
  app.delete('/faults', { schema: clear }, async ({ sandbox }, reply) => {
    sandbox.faults.removeAll()
    return reply.code(204).send(undefined)
  })

  const remove = described(
    'removeFault',
    'Faults',
    'Removes a fault. What it keeps back is sent, and what it delays goes on.',
    { 204: gone },
    ['request_invalid', 'fault_unknown']
  )
  app.delete('/faults/:id', { schema: { ...remove, params } }, async ({ sandbox, params }, reply) => {
    sandbox.faults.remove(params.id)
    return reply.code(204).send(undefined)
  })

  const release = described(
    'releaseFault',
    'Faults',
    'Sends the deliveries that a fault keeps back, in their order. It goes on keeping others back, while it has hits left.',
    { 200: Released },
    ['request_invalid', 'fault_unknown', 'fault_state']
  )
  const none = Type.Object({}, { additionalProperties: false })
  app.post('/faults/:id/release', { schema: { ...release, params, body: none } }, async ({ sandbox, params }) =>
    sandbox.faults.release(params.id)
  )
}
