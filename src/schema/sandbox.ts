import Type, { type Static } from 'typebox'
import { UtcTime } from './time.js'

const closed = { additionalProperties: false }

/** The pattern of the names of sandboxes. */
export const SANDBOX_NAME = '^[a-z0-9-]{1,64}$'

/** The name of a sandbox, as in its URL. @source control-api.md "Sandboxes" */
export const SandboxName = Type.String({ pattern: SANDBOX_NAME, description: 'For example worker-1.' })
export type SandboxName = Static<typeof SandboxName>

/** The maximum number of sandboxes beside the default one. @source control-api.md "Sandboxes" */
export const MAX_SANDBOXES = 1000

/** The request of a new sandbox. A fixture is a name or a document. */
export const SandboxRequest = Type.Object(
  {
    name: Type.Optional(SandboxName),
    fixture: Type.Optional(Type.Union([Type.String(), Type.Object({})]))
  },
  closed
)
export type SandboxRequest = Static<typeof SandboxRequest>

/** The URLs of a sandbox. */
export const SandboxPlace = Type.Object({
  name: SandboxName,
  url: Type.String({ description: 'The base of /uapi, /unifiedapi and /oauth, without a trailing slash.' }),
  controlUrl: Type.String()
})
export type SandboxPlace = Static<typeof SandboxPlace>

/** The sandboxes beside the default one, oldest first. */
export const SandboxList = Type.Object({
  sandboxes: Type.Array(
    Type.Object({
      ...SandboxPlace.properties,
      createdAt: UtcTime("by the machine's clock"),
      idleMs: Type.Integer({ description: 'Milliseconds of wall time since the last request.' })
    })
  ),
  total: Type.Integer()
})
export type SandboxList = Static<typeof SandboxList>
