import Type from 'typebox'
import { Fault, FaultId, FaultList, FaultRequest, Released } from '../fault.js'
import { type ControlOperation, NoContent, NoMembers } from './operation.js'

const params = Type.Object({ id: FaultId })

/** Failures that are injected. @source control-api.md "Watching and verifying" */
export const FAULTS = {
  addFault: {
    method: 'POST',
    path: '/faults',
    tag: 'Faults',
    summary: 'Add a fault',
    body: FaultRequest,
    responses: { 201: Fault },
    errors: ['fault_limit']
  },
  listFaults: {
    method: 'GET',
    path: '/faults',
    tag: 'Faults',
    summary: 'List the faults with their hits',
    description: 'Oldest first, exhausted faults included.',
    responses: { 200: FaultList }
  },
  clearFaults: {
    method: 'DELETE',
    path: '/faults',
    tag: 'Faults',
    summary: 'Remove all faults',
    description: 'Held deliveries are sent, and delayed ones continue.',
    responses: { 204: NoContent }
  },
  removeFault: {
    method: 'DELETE',
    path: '/faults/{id}',
    tag: 'Faults',
    summary: 'Remove a fault',
    description: 'Its held deliveries are sent, and delayed ones continue.',
    params,
    responses: { 204: NoContent },
    errors: ['fault_unknown']
  },
  releaseFault: {
    method: 'POST',
    path: '/faults/{id}/release',
    tag: 'Faults',
    summary: 'Release the held deliveries of a fault',
    description: 'Sends them in their order. The fault stays, and holds further deliveries while it has hits left.',
    params,
    body: NoMembers,
    responses: { 200: Released },
    errors: ['fault_unknown', 'fault_state']
  }
} as const satisfies Record<string, ControlOperation>
