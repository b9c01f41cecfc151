import Type, { type Static } from 'typebox'

/** A time in a request: ISO 8601 with an offset. The domain checks that the day exists. */
export const IsoTime = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?(?:Z|[+-][0-9]{2}:[0-9]{2})$',
  description: 'ISO 8601 with an offset, for example 2030-01-01T00:00:00Z.'
})
export type IsoTime = Static<typeof IsoTime>

/** A time in an answer: ISO 8601 in UTC. @param clock which clock it is read from, where that is not obvious */
export const UtcTime = (clock?: "by the sandbox's clock" | "by the machine's clock") =>
  Type.String({ description: `ISO 8601 in UTC${clock === undefined ? '' : `, ${clock}`}.` })
