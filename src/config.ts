import Type, { type Static, type TSchema } from 'typebox'
import { parseHost } from './domain/callbacks/host.js'
import { CALLBACK_MODE_NAMES, parseCallbackRewrite, parseCallbackRule } from './domain/callbacks/policy.js'
import { DEFAULT_CALLBACKS } from './domain/callbacks/settings.js'
import { isTimeZone } from './domain/timestamp.js'
import { DEFAULT_SETTINGS, Settings } from './schema/settings.js'

/** A setting: one line of the table that --help, the README and the reading of settings are made from. */
export interface OptionRow {
  flag: string
  /** What the value stands for in --help; a setting without one is a switch that is on or off. */
  placeholder?: string
  /** What a value has to be. */
  type: TSchema
  default?: string | number | boolean
  /** Whether it may be given more than once; in the environment the values are separated by commas. */
  repeatable?: true
  /** Whether a command cannot do without it. */
  needed?: true
  /** Whether its value must never be printed. */
  secret?: true
  /** What a schema cannot say. @returns what was expected, or undefined when the value holds */
  check?: (value: string) => string | undefined
  meaning: string
}

const text = Type.String({ minLength: 1 })
const flag = Type.Boolean()

/** Every setting of `serve`. @source control-api.md "Settings" */
export const SERVE_OPTIONS = {
  port: {
    flag: 'port',
    placeholder: 'number',
    type: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 4772,
    meaning: 'Port to listen on; 0 picks a free one.'
  },
  host: { flag: 'host', placeholder: 'address', type: text, default: '127.0.0.1', meaning: 'Address to listen on.' },
  database: {
    flag: 'database',
    placeholder: 'file',
    type: text,
    default: 'uapi-emulator.db',
    meaning: 'Database file; ":memory:" for none.'
  },
  fixture: {
    flag: 'fixture',
    placeholder: 'name',
    type: text,
    default: 'default',
    repeatable: true,
    meaning: 'Name, file or folder of fixtures that an empty database is seeded with.'
  },
  fresh: { flag: 'fresh', type: flag, default: false, meaning: 'Empty the database first.' },
  durability: {
    flag: 'durability',
    placeholder: 'level',
    type: Type.Enum(['normal', 'full']),
    default: 'normal',
    meaning: 'What answered writes survive: normal, a kill -9; full, a power loss, at a tenth of the speed.'
  },
  publicUrl: {
    flag: 'public-url',
    placeholder: 'url',
    type: text,
    check: url => (isBaseUrl(url) ? undefined : 'an http or https URL without query and fragment'),
    meaning: 'Scheme and host in the addresses that are answered, instead of those of the request.'
  },
  allowedHost: {
    flag: 'allowed-host',
    placeholder: 'host',
    type: text,
    repeatable: true,
    check: host => (parseHost(host) ? undefined : 'a host name'),
    meaning: 'Host that requests may name, beside local ones and the public URL.'
  },
  allowedOrigin: {
    flag: 'allowed-origin',
    placeholder: 'origin',
    type: text,
    repeatable: true,
    check: origin => (isOrigin(origin) ? undefined : 'an origin such as http://localhost:3000'),
    meaning: 'Origin of pages that may change things over the control API.'
  },
  controlToken: {
    flag: 'control-token',
    placeholder: 'token',
    type: Type.String({ minLength: 1, maxLength: 512, pattern: '^[\\x21-\\x7E]+$' }),
    secret: true,
    meaning: 'Token of the control API when bound off loopback; "none" for a closed network. Else one is generated.'
  },
  tls: {
    flag: 'tls',
    type: flag,
    default: false,
    meaning: 'Speak https, with a self-signed certificate that is kept.'
  },
  tlsCert: { flag: 'tls-cert', placeholder: 'file', type: text, meaning: 'Certificate for https, PEM.' },
  tlsKey: { flag: 'tls-key', placeholder: 'file', type: text, meaning: 'Key for https, PEM.' },
  tlsDir: {
    flag: 'tls-dir',
    placeholder: 'folder',
    type: text,
    meaning: 'Where --tls keeps its certificate. Default: beside the database.'
  },
  autoConsent: { flag: 'auto-consent', type: flag, default: false, meaning: 'Allow at once, without a consent page.' },
  callbacks: {
    flag: 'callbacks',
    placeholder: 'policy',
    type: Type.Enum(CALLBACK_MODE_NAMES),
    default: DEFAULT_CALLBACKS.callbacks,
    meaning: 'Where webhooks may go: private networks and loopback, loopback, any, none, or a list of what is allowed.'
  },
  allowCallback: {
    flag: 'allow-callback',
    placeholder: 'range',
    type: text,
    repeatable: true,
    check: checkCallbackRule,
    meaning: 'Addresses (a CIDR) or hosts (app.test, *.test) that webhooks may go to beside those of the policy.'
  },
  denyCallback: {
    flag: 'deny-callback',
    placeholder: 'range',
    type: text,
    repeatable: true,
    check: checkCallbackRule,
    meaning: 'Addresses or hosts that webhooks may not go to, whatever else is said.'
  },
  rewriteCallback: {
    flag: 'rewrite-callback',
    placeholder: 'from=to',
    type: text,
    repeatable: true,
    check: rewrite => (parseCallbackRewrite(rewrite) ? undefined : 'two hosts such as localhost=host.docker.internal'),
    meaning: 'Host, or host:port, that webhooks are sent to instead of another; the request stays as it is.'
  },
  insecureCallbacks: {
    flag: 'insecure-callbacks',
    type: flag,
    default: false,
    meaning: 'Send webhooks to https receivers whose certificate is not trusted.'
  },
  callbackConnectMs: {
    flag: 'callback-connect-ms',
    placeholder: 'ms',
    type: Type.Integer({ minimum: 1, maximum: 600_000 }),
    default: DEFAULT_CALLBACKS.callbackConnectMs,
    meaning: 'How long a webhook may take to be connected, in milliseconds.'
  },
  callbackTotalMs: {
    flag: 'callback-total-ms',
    placeholder: 'ms',
    type: Type.Integer({ minimum: 1, maximum: 600_000 }),
    default: DEFAULT_CALLBACKS.callbackTotalMs,
    meaning: 'How long a webhook may take in all, in milliseconds.'
  },
  deliveryLogSize: {
    flag: 'delivery-log-size',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    default: 10_000,
    meaning: 'How many deliveries are remembered; older ones are dropped.'
  },
  journalSize: {
    flag: 'journal-size',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 1000,
    meaning: 'How many requests are remembered, in memory; older ones are dropped.'
  },
  sandboxes: {
    flag: 'sandboxes',
    placeholder: 'how',
    type: Type.Enum(['manual', 'auto']),
    default: 'manual',
    meaning: 'Whether a sandbox is made at its first use, under /sandboxes/<name>, or only when it is asked for.'
  },
  listEnvelope: settingOption('listEnvelope', 'list-envelope', 'form'),
  emptyCollection: settingOption('emptyCollection', 'empty-collection', 'status'),
  invalidTokenStatus: settingOption('invalidTokenStatus', 'invalid-token-status', 'status'),
  callFlowCase: settingOption('callFlowCase', 'call-flow-case', 'case'),
  tokenLifetimeSeconds: settingOption('tokenLifetimeSeconds', 'token-lifetime-seconds', 'number'),
  timeZone: {
    ...settingOption('timeZone', 'time-zone', 'zone'),
    check: zone => (isTimeZone(zone) ? undefined : 'an IANA time zone such as Europe/Bucharest')
  },
  logLevel: {
    flag: 'log-level',
    placeholder: 'level',
    type: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    default: 'info',
    meaning: 'How much is logged: at info what was refused, at debug every request.'
  },
  logFormat: {
    flag: 'log-format',
    placeholder: 'format',
    type: Type.Enum(['pretty', 'json']),
    default: 'pretty',
    meaning: 'Log lines for people, or one JSON object each.'
  },
  json: { flag: 'json', type: flag, default: false, meaning: 'Print one line of JSON when ready; logs are on stderr.' }
} as const satisfies Record<string, OptionRow>

/** The name of a setting, as programs have it. */
export type OptionName = keyof typeof SERVE_OPTIONS

/** A table of settings, each under the name that programs have it by. */
export type Table = Readonly<Record<string, OptionRow>>

/** What a table of settings is read to. One that has no default, and is not needed, may be undefined. */
export type ValuesOf<T extends Table> = {
  -readonly [K in keyof T]: T[K] extends { repeatable: true }
    ? string[]
    :
        | Static<T[K]['type']>
        | (T[K] extends { default: string | number | boolean } | { needed: true } ? never : undefined)
}

/** The settings that are in force. The settings are there only when somebody set them: a fixture may choose else. */
export type ServeOptions = Omit<ValuesOf<typeof SERVE_OPTIONS>, keyof Settings> & { settings: Partial<Settings> }

/** The environment name of a setting: `UAPI_EMULATOR_PUBLIC_URL`. */
export const environmentName = ({ flag }: Pick<OptionRow, 'flag'>): string =>
  `${ENVIRONMENT_PREFIX}${flag.toUpperCase().replaceAll('-', '_')}`

/** What every environment name of ours begins with. */
export const ENVIRONMENT_PREFIX = 'UAPI_EMULATOR_'

function settingOption<K extends keyof Settings>(name: K, flag: string, placeholder: string) {
  const type = Settings.properties[name]
  const { description = '' } = type as { description?: string } // TypeBox keeps options beside what it knows
  return { flag, placeholder, type, default: DEFAULT_SETTINGS[name], meaning: description }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false
  const { protocol, username } = new URL(text)
  return /^https?:$/.test(protocol) && username === ''
}

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

function checkCallbackRule(rule: string): string | undefined {
  return parseCallbackRule(rule) ? undefined : 'a CIDR such as 10.0.0.0/8, an address, or a host such as *.example.com'
}
