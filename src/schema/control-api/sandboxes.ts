import Type from 'typebox'
import { SandboxList, SandboxName, SandboxPlace, SandboxRequest } from '../sandbox.js'
import { type ControlOperation, NoContent } from './operation.js'

/** Emulators beside the default one. @source control-api.md "Sandboxes" */
export const SANDBOXES = {
  createSandbox: {
    method: 'POST',
    path: '/sandboxes',
    tag: 'Sandboxes',
    summary: 'Create a sandbox',
    body: SandboxRequest,
    responses: { 201: SandboxPlace },
    errors: ['fixture_invalid', 'sandbox_exists', 'sandbox_limit'],
    largeBody: true
  },
  listSandboxes: {
    method: 'GET',
    path: '/sandboxes',
    tag: 'Sandboxes',
    summary: 'List the sandboxes',
    responses: { 200: SandboxList }
  },
  endSandbox: {
    method: 'DELETE',
    path: '/sandboxes/{name}',
    tag: 'Sandboxes',
    summary: 'End a sandbox',
    params: Type.Object({ name: SandboxName }),
    responses: { 204: NoContent },
    errors: ['sandbox_unknown']
  }
} as const satisfies Record<string, ControlOperation>
