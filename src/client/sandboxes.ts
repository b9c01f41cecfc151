import type { SandboxList, SandboxPlace, SandboxRequest } from '../schema/sandbox.js'
import type { Loose } from './loose.js'
import { pathOf } from './path.js'
import type { Method } from './transport.js'

/** Emulators of their own beside the default one. @source control-api.md "Sandboxes" */
export interface SandboxesClient {
  sandboxes: {
    /** Makes a sandbox; it is given a name when it is asked for without. */
    create(request?: Loose<SandboxRequest>): Promise<SandboxPlace>
    list(): Promise<SandboxList>
    /** Ends a sandbox, with all that it has. */
    end(name: string): Promise<void>
  }
}

/** @param ask sends a request, and gives what is answered */
export function createSandboxesClient(
  ask: <T>(method: Method, path: string, body?: object) => Promise<T>
): SandboxesClient {
  return {
    sandboxes: {
      create: (request = {}) => ask('POST', '/sandboxes', request),
      list: () => ask('GET', '/sandboxes'),
      end: async name => ask('DELETE', pathOf('sandboxes', name))
    }
  }
}
