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
    callFlowCase: Type.Enum(['lower', 'upper'], {
      description: 'The letter case of CallFlow in webhooks: in and out, or IN and OUT.'
    }),
    absentParameters: Type.Enum(['omit', 'empty'], {
      description:
        'Whether webhooks leave out the parameters that recorded ones lack, or send all ten, empty when unknown.'
    }),
    hangupStatus: Type.Enum(['cause', 'unknown', 'hangup'], {
      description: 'CallStatus of a Hangup that ends an answered leg: ANSWER, UNKNOWN, or HANGUP.'
    }),
    callIds: Type.Enum(['perLeg', 'perCall'], {
      description: 'Whether each leg of a call has a CallID of its own, or all legs that of the call.'
    }),
    phoneCallNumbers: Type.Enum(['string', 'number'], {
      description: 'Whether status, flow and disposition of a PhoneCall are text or numbers.'
    }),
    webhookOrder: Type.Enum(['serial', 'concurrent'], {
      description: 'Whether a webhook waits until the one before it in its call is answered, or is sent at its moment.'
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

/** Where a setting in force comes from; each overrides those before it. `api` is a change over the control API. */
export const SettingOrigin = Type.Enum(['default', 'fixture', 'file', 'environment', 'flag', 'api'])
export type SettingOrigin = Static<typeof SettingOrigin>

/** Where a setting is given at start. An option of `startEmulator` counts as a flag. */
export type StartOrigin = Extract<SettingOrigin, 'file' | 'environment' | 'flag'>

/** The settings in force, and where each of them comes from. @source control-api.md "State" */
export const SettingsInForce = Type.Object({
  ...Settings.properties,
  origins: Type.Object(originProperties(), { description: 'Where each setting comes from.' })
})
export type SettingsInForce = Static<typeof SettingsInForce>

function originProperties() {
  const names = Object.keys(Settings.properties) as (keyof Settings)[] // TypeScript types keys as any text
  return Object.fromEntries(names.map(name => [name, SettingOrigin])) as Record<keyof Settings, typeof SettingOrigin>
}

/** The defaults. */
export const DEFAULT_SETTINGS: Settings = {
  listEnvelope: 'array',
  emptyCollection: 204,
  invalidTokenStatus: 401,
  callFlowCase: 'lower',
  absentParameters: 'omit',
  hangupStatus: 'cause',
  callIds: 'perLeg',
  phoneCallNumbers: 'string',
  webhookOrder: 'serial',
  tokenLifetimeSeconds: 3600,
  timeZone: 'UTC'
}
