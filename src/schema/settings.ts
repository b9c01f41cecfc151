import Type, { type Static } from 'typebox'

/** The maximum lifetime of a token, in seconds: ten years. */
export const MAX_TOKEN_SECONDS = 315_360_000

/** The settings that choose a behaviour where the vendor's own sources disagree. @source contract §4 */
export const Settings = Type.Object(
  {
    listEnvelope: Type.Enum(['array', 'object'], {
      description: 'Whether List answers [{…}] as the vendor page shows, or {…} as some clients read it.'
    }),
    emptyCollection: Type.Enum([204, 200], {
      description: 'The status of List and Delete when there is nothing: 204 without a body, or 200 with an empty one.'
    }),
    invalidTokenStatus: Type.Enum([401, 403], {
      description: 'The status for an unknown or expired token: 401, or 403 for apps that refresh only on 403.'
    }),
    callFlowCase: Type.Enum(['upper', 'lower'], {
      description: 'The letter case of CallFlow in webhooks: IN and OUT, or in and out.'
    }),
    tokenLifetimeSeconds: Type.Integer({
      minimum: 1,
      maximum: MAX_TOKEN_SECONDS,
      description: 'How long a token of the OAuth endpoint is valid, in seconds.'
    }),
    timeZone: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The IANA time zone that modified is stamped in.'
    })
  },
  { additionalProperties: false }
)
export type Settings = Static<typeof Settings>

/** The defaults. */
export const DEFAULT_SETTINGS: Settings = {
  listEnvelope: 'array',
  emptyCollection: 204,
  invalidTokenStatus: 401,
  callFlowCase: 'upper',
  tokenLifetimeSeconds: 3600,
  timeZone: 'UTC'
}
