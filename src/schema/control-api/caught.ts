import { CaughtCleared, CaughtClearing, CaughtList, CaughtQuery } from '../calls/caught.js'
import type { ControlOperation } from './operation.js'

/** The requests that catch addresses received. @source control-api.md "Calls and deliveries" */
export const CAUGHT = {
  listCaught: {
    method: 'GET',
    path: '/caught',
    tag: 'Catch addresses',
    summary: 'List the caught requests',
    description: 'Exactly as they were received, oldest first.',
    query: CaughtQuery,
    responses: { 200: CaughtList }
  },
  clearCaught: {
    method: 'DELETE',
    path: '/caught',
    tag: 'Catch addresses',
    summary: 'Delete the caught requests',
    description: 'Of one name, or of all.',
    query: CaughtClearing,
    responses: { 200: CaughtCleared }
  }
} as const satisfies Record<string, ControlOperation>
