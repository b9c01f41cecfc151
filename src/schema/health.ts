import Type, { type Static } from 'typebox'

/** How the emulator is. @source control-api.md "State" */
export const Health = Type.Object({
  status: Type.Literal('ok'),
  version: Type.String(),
  uptimeMs: Type.Integer({ description: 'Milliseconds of wall time since the start.' }),
  sandboxes: Type.Integer({ description: 'How many emulators live here, the default one included.' }),
  database: Type.String({ description: 'The name of the database file, or :memory:.' })
})
export type Health = Static<typeof Health>
