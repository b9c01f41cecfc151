import Type from 'typebox'
import { Fixture } from '../fixture.js'
import { Snapshot, SnapshotList, StateCounts } from '../state.js'
import { type ControlOperation, NoContent, NoMembers } from './operation.js'

const params = Type.Object({ name: Snapshot.properties.name })

/** Named copies of the state. @source control-api.md "State" */
export const SNAPSHOTS = {
  listSnapshots: {
    method: 'GET',
    path: '/snapshots',
    tag: 'Snapshots',
    summary: 'List the snapshots',
    responses: { 200: SnapshotList }
  },
  takeSnapshot: {
    method: 'PUT',
    path: '/snapshots/{name}',
    tag: 'Snapshots',
    summary: 'Take a snapshot',
    description: 'Answers 201 for a new name, 200 when it replaces the snapshot of that name.',
    params,
    body: NoMembers,
    responses: { 200: Snapshot, 201: Snapshot },
    errors: ['snapshot_limit']
  },
  getSnapshot: {
    method: 'GET',
    path: '/snapshots/{name}',
    tag: 'Snapshots',
    summary: 'Export the state of a snapshot as a fixture',
    description: 'To be compared with the state of now, which it does not change. It contains every secret.',
    params,
    responses: { 200: Fixture },
    errors: ['snapshot_unknown'],
    streamed: true
  },
  restoreSnapshot: {
    method: 'POST',
    path: '/snapshots/{name}/restore',
    tag: 'Snapshots',
    summary: 'Restore a snapshot',
    description: 'As after a reset, pending deliveries are discarded.',
    params,
    body: NoMembers,
    responses: { 200: StateCounts },
    errors: ['snapshot_unknown']
  },
  removeSnapshot: {
    method: 'DELETE',
    path: '/snapshots/{name}',
    tag: 'Snapshots',
    summary: 'Remove a snapshot',
    params,
    responses: { 204: NoContent },
    errors: ['snapshot_unknown']
  }
} as const satisfies Record<string, ControlOperation>
