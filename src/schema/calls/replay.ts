import Type, { type Static } from 'typebox'
import { METHODS, Url } from '../phone-call-event.js'

const closed = { additionalProperties: false }

/** The longest value of a changed parameter, in characters; of bytes, in bytes. */
const MAX_VALUE = 4096

/** The new value of a parameter: a text, bytes that need not be UTF-8, or null to leave it out. */
export const ParameterChange = Type.Union([
  Type.String({
    maxLength: MAX_VALUE,
    pattern: '^[^\\uD800-\\uDFFF]*$',
    description: 'Text without lone surrogates, which UTF-8 cannot encode; {"bytes": hex} sends any bytes.'
  }),
  Type.Null(),
  Type.Object(
    {
      bytes: Type.String({
        maxLength: 2 * MAX_VALUE,
        pattern: '^(?:[0-9A-Fa-f]{2})*$',
        description: 'Bytes in hex, two digits each, for example c3ff.'
      })
    },
    closed
  )
])
export type ParameterChange = Static<typeof ParameterChange>

/**
 * Changes of the parameters of a webhook, by name. Changed parameters keep their place, new ones are added at the end.
 * @source control-api.md "Calls and deliveries", "Watching and verifying"
 */
export const ParameterChanges = Type.Record(Type.String({ pattern: '^[^\\uD800-\\uDFFF]{1,128}$' }), ParameterChange, {
  ...closed,
  minProperties: 1,
  maxProperties: 100,
  description:
    'By name (1 to 128 characters): a text replaces or adds a parameter, null leaves it out, {"bytes": hex} sends bytes.'
})
export type ParameterChanges = Static<typeof ParameterChanges>

/** The method of a changed replay: by the code of phone call events, or by its name. */
const ReplayMethod = Type.Enum([...Object.values(METHODS), 'GET', 'POST'], {
  description: 'As in phone call events, 0 (GET) or 1 (POST), or by name.'
})

/** The request of a replay. Without members the same bytes are sent again. @source control-api.md "Calls and deliveries" */
export const ReplayRequest = Type.Object(
  {
    url: Type.Optional(Url),
    method: Type.Optional(ReplayMethod),
    parameters: Type.Optional(ParameterChanges)
  },
  closed
)
export type ReplayRequest = Static<typeof ReplayRequest>
