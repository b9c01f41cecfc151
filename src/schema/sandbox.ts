import Type, { type Static } from 'typebox'

const closed = { additionalProperties: false }

/** What the name of a sandbox looks like, as a pattern. */
export const SANDBOX_NAME = '^[a-z0-9-]{1,64}$'

/** The name of a sandbox, as it stands in its address. @source control-api.md "Sandboxes" */
export const SandboxName = Type.String({ pattern: SANDBOX_NAME, description: 'For example worker-1.' })
export type SandboxName = Static<typeof SandboxName>

/** How many sandboxes there may be beside the default one. @source control-api.md "Sandboxes" */
export const MAX_SANDBOXES = 1000

/** What is asked of a new sandbox. A fixture is a name, or a document. */
export const SandboxRequest = Type.Object(
  {
    name: Type.Optional(SandboxName),
    fixture: Type.Optional(Type.Union([Type.String(), Type.Object({})]))
  },
  closed
)
export type SandboxRequest = Static<typeof SandboxRequest>

/** Where a sandbox is. */
export const SandboxPlace = Type.Object({
  name: SandboxName,
  url: Type.String({ description: 'Serves /uapi, /unifiedapi and /oauth below it; no slash at its end.' }),
  controlUrl: Type.String()
})
export type SandboxPlace = Static<typeof SandboxPlace>

/** The sandboxes beside the default one, oldest first. */
export const SandboxList = Type.Object({
  sandboxes: Type.Array(
    Type.Object({
      ...SandboxPlace.properties,
      createdAt: Type.String({ description: 'ISO 8601 in UTC, by the machine.' }),
      idleMs: Type.Integer({ description: 'Milliseconds of wall time since the last request.' })
    })
  ),
  total: Type.Integer()
})
export type SandboxList = Static<typeof SandboxList>
