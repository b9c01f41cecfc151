import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { Snapshot, SnapshotList, StateCounts } from '../../schema/state.js'
import { described } from './described.js'

const params = Type.Object({ name: Snapshot.properties.name })
const none = Type.Object({}, { additionalProperties: false })

/** States that are put by. @source control-api.md "State" */
export const snapshotRoutes: FastifyPluginAsyncTypebox = async app => {
  const list = described('listSnapshots', 'Snapshots', 'Lists the snapshots.', { 200: SnapshotList }, [])
  app.get('/snapshots', { schema: list }, async ({ sandbox }) => sandbox.snapshots.list())

  const take = described(
    'takeSnapshot',
    'Snapshots',
    'Puts the state by, under a name. 201 for a new name, 200 when it replaces what had that name.',
    { 200: Snapshot, 201: Snapshot },
    ['request_invalid', 'snapshot_limit']
  )
  app.put('/snapshots/:name', { schema: { ...take, params, body: none } }, async ({ sandbox, params }, reply) => {
    const { snapshot, isNew } = sandbox.snapshots.take(params.name)
    return reply.code(isNew ? 201 : 200).send(snapshot)
  })

  const restore = described(
    'restoreSnapshot',
    'Snapshots',
    'Goes back to a state. As after a reset, nothing of before goes on.',
    { 200: StateCounts },
    ['request_invalid', 'snapshot_unknown']
  )
  app.post('/snapshots/:name/restore', { schema: { ...restore, params, body: none } }, async ({ sandbox, params }) =>
    sandbox.snapshots.restore(params.name)
  )

  const gone = Type.Unsafe<undefined>({ type: 'null', description: 'It is gone.' })
  const remove = described('removeSnapshot', 'Snapshots', 'Forgets a snapshot.', { 204: gone }, ['snapshot_unknown'])
  app.delete('/snapshots/:name', { schema: { ...remove, params } }, async ({ sandbox, params }, reply) => {
    sandbox.snapshots.remove(params.name)
    return reply.code(204).send(undefined)
  })
}
