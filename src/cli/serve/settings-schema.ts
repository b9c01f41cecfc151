import Type, { type TSchema } from 'typebox'
import { SERVE_OPTIONS } from '../../config.js'
import { memberName, type OptionRow } from '../../option-table.js'

/** Every option that a settings file can state, by its name there, with its name in the code. */
export const FILE_MEMBERS: ReadonlyMap<string, { name: string; row: OptionRow }> = new Map(
  Object.entries<OptionRow>(SERVE_OPTIONS)
    .filter(([name]) => name !== 'config')
    .map(([name, row]) => [memberName(row), { name, row }])
)

/** The JSON Schema of a settings file, which is published as config.schema.json. */
export const settingsSchemaDocument = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A settings file of uapi-emulator',
  allowTrailingCommas: true, // read by editors
  ...Type.Partial(
    Type.Object({
      $schema: Type.String({ description: 'The URL of the schema, for editors.' }),
      ...Object.fromEntries([...FILE_MEMBERS].map(([member, { row }]) => [member, schemaOf(row)]))
    }),
    { additionalProperties: false }
  )
})

function schemaOf({ type, repeatable, default: fallback, meaning }: OptionRow): TSchema {
  const facts = { description: meaning, ...(fallback !== undefined && { default: fallback }) }
  if (!repeatable) return { ...type, ...facts }
  const list = Type.Array(type, fallback === undefined ? {} : { minItems: 1 })
  return Type.Union([type, list], facts)
}
