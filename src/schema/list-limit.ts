import Type from 'typebox'

/** How many entries a list of calls, deliveries or requests has at most when no `limit` is given. */
export const DEFAULT_LIMIT = 1000

/** The maximum `limit` of these lists. */
export const MAX_LIMIT = 10_000

/** How many entries the bounded logs keep by default, and how many bytes all journals together. */
export const DEFAULT_LOG_SIZES = { deliveryLogSize: 10_000, journalSize: 1000, journalBytes: 268_435_456 } as const

/** The `limit` of these lists. @source control-api.md "Errors" */
export const Limit = Type.Integer({
  minimum: 0,
  maximum: MAX_LIMIT,
  default: DEFAULT_LIMIT,
  description: 'Returns only the newest entries, this many at most.'
})

/** The counts beside the entries of these lists. @param log what is bounded: "log", "journal" */
export const listCounts = (log: string) => ({
  total: Type.Integer({ description: 'How many entries match, before `limit`.' }),
  dropped: Type.Integer({ description: `How many old entries the bounded ${log} has dropped.` })
})
