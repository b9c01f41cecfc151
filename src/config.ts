import Type, { type Static, type TSchema } from 'typebox'
import { readHost } from './domain/callbacks/host.js'
import { CALLBACK_MODES, type CallbackMode, readCallbackRewrite, readCallbackRule } from './domain/callbacks/policy.js'
import { isTimeZone } from './domain/timestamp.js'
import { DEFAULT_SETTINGS, Settings } from './schema/settings.js'

/** A row of an option table. `--help`, the documents and the reading of options are generated from these rows. */
export interface OptionRow {
  flag: string
  /** Name of the value in `--help`; an option without one is a boolean. */
  placeholder?: string
  /** Schema of the value. */
  type: TSchema
  default?: string | number | boolean
  /** Whether the option may be given more than once; in the environment its values are separated by commas. */
  repeatable?: true
  /** Whether the option is required. */
  needed?: true
  /** Whether the value must never be printed. */
  secret?: true
  /** Checks what a schema cannot express. @returns what was expected, or undefined when the value is valid */
  check?: (value: string) => string | undefined
  meaning: string
}

const text = Type.String({ minLength: 1 })
const flag = Type.Boolean()

/** The options of `serve`. @source control-api.md "Settings" */
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
    meaning: 'Database file; ":memory:" keeps everything in memory.'
  },
  fixture: {
    flag: 'fixture',
    placeholder: 'name',
    type: text,
    default: 'default',
    repeatable: true,
    meaning: 'Fixture that an empty database is seeded with: a name, a file, or a folder of files.'
  },
  fresh: { flag: 'fresh', type: flag, default: false, meaning: 'Empty the database before it is seeded.' },
  durability: {
    flag: 'durability',
    placeholder: 'level',
    type: Type.Enum(['normal', 'full']),
    default: 'normal',
    meaning: 'What committed writes survive: normal, a kill -9; full, a power loss, at a tenth of the speed.'
  },
  publicUrl: {
    flag: 'public-url',
    placeholder: 'url',
    type: text,
    check: url => (isBaseUrl(url) ? undefined : 'an http or https URL without credentials, query and fragment'),
    meaning: 'Base URL of links in answers, instead of the scheme and host of the request.'
  },
  allowedHost: {
    flag: 'allowed-host',
    placeholder: 'host',
    type: text,
    repeatable: true,
    check: host => (readHost(host) ? undefined : 'a host name'),
    meaning: 'Host name that requests may be addressed to, beside local names and the host of the public URL.'
  },
  allowedOrigin: {
    flag: 'allowed-origin',
    placeholder: 'origin',
    type: text,
    repeatable: true,
    check: origin => (isOrigin(origin) ? undefined : 'an origin such as http://localhost:3000'),
    meaning: 'Origin of web pages that may send changes to the control API.'
  },
  controlToken: {
    flag: 'control-token',
    placeholder: 'token',
    type: Type.String({ minLength: 1, maxLength: 512, pattern: '^[\\x21-\\x7E]+$' }),
    secret: true,
    meaning: 'Token that the control API requires off loopback; "none" requires none. Default: a generated one.'
  },
  tls: { flag: 'tls', type: flag, default: false, meaning: 'Serve https with a self-signed certificate that is kept.' },
  tlsCert: { flag: 'tls-cert', placeholder: 'file', type: text, meaning: 'Certificate for https, a PEM file.' },
  tlsKey: { flag: 'tls-key', placeholder: 'file', type: text, meaning: 'Private key for https, a PEM file.' },
  tlsDir: {
    flag: 'tls-dir',
    placeholder: 'folder',
    type: text,
    meaning: 'Folder in which --tls keeps its certificate. Default: the folder of the database.'
  },
  autoConsent: {
    flag: 'auto-consent',
    type: flag,
    default: false,
    meaning: 'Grant consent at once, without the consent page.'
  },
  callbacks: {
    flag: 'callbacks',
    placeholder: 'policy',
    type: Type.Enum(Object.keys(CALLBACK_MODES) as [CallbackMode, ...CallbackMode[]]), // the keys of a const table
    default: 'private',
    meaning: 'Where webhooks may go: private networks and loopback, loopback only, any, none, or only --allow-callback.'
  },
  allowCallback: {
    flag: 'allow-callback',
    placeholder: 'range',
    type: text,
    repeatable: true,
    check: checkCallbackRule,
    meaning: 'Addresses (a CIDR) or hosts (app.test, *.test) that webhooks may also be sent to.'
  },
  denyCallback: {
    flag: 'deny-callback',
    placeholder: 'range',
    type: text,
    repeatable: true,
    check: checkCallbackRule,
    meaning: 'Addresses or hosts that webhooks are never sent to, even if another option allows them.'
  },
  rewriteCallback: {
    flag: 'rewrite-callback',
    placeholder: 'from=to',
    type: text,
    repeatable: true,
    check: rewrite => (readCallbackRewrite(rewrite) ? undefined : 'two hosts such as localhost=host.docker.internal'),
    meaning: 'Connect webhooks for one host, or host:port, to another; the request itself is unchanged.'
  },
  insecureCallbacks: {
    flag: 'insecure-callbacks',
    type: flag,
    default: false,
    meaning: 'Accept https receivers of webhooks whose certificate is not trusted.'
  },
  callbackConnectMs: {
    flag: 'callback-connect-ms',
    placeholder: 'ms',
    type: Type.Integer({ minimum: 1, maximum: 600_000 }),
    default: 3_000,
    meaning: 'Time limit for connecting to the receiver of a webhook, in milliseconds.'
  },
  callbackTotalMs: {
    flag: 'callback-total-ms',
    placeholder: 'ms',
    type: Type.Integer({ minimum: 1, maximum: 600_000 }),
    default: 10_000,
    meaning: 'Time limit for a whole webhook, in milliseconds.'
  },
  deliveryLogSize: {
    flag: 'delivery-log-size',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    default: 10_000,
    meaning: 'Number of deliveries to keep; older ones are dropped.'
  },
  journalSize: {
    flag: 'journal-size',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 1000,
    meaning: 'Number of requests to keep in the journal, in memory; older ones are dropped.'
  },
  sandboxes: {
    flag: 'sandboxes',
    placeholder: 'how',
    type: Type.Enum(['manual', 'auto']),
    default: 'manual',
    meaning: 'When a sandbox is created: at its first request under /sandboxes/<name>, or over the control API only.'
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
    meaning: 'Lowest level that is logged: info logs refused requests, debug every request.'
  },
  logFormat: {
    flag: 'log-format',
    placeholder: 'format',
    type: Type.Enum(['pretty', 'json']),
    default: 'pretty',
    meaning: 'Format of a log line: pretty for people, json for one JSON object.'
  },
  json: { flag: 'json', type: flag, default: false, meaning: 'Print one line of JSON when ready; logs go to stderr.' }
} as const satisfies Record<string, OptionRow>

/** Property name of an option of `serve`. */
export type OptionName = keyof typeof SERVE_OPTIONS

/** Options by property name. */
export type Table = Readonly<Record<string, OptionRow>>

/** The values that an option table is read to. An option without a default that is not required may be undefined. */
export type ValuesOf<T extends Table> = {
  -readonly [K in keyof T]: T[K] extends { repeatable: true }
    ? string[]
    :
        | Static<T[K]['type']>
        | (T[K] extends { default: string | number | boolean } | { needed: true } ? never : undefined)
}

/** The options in force. `settings` holds only those that were given: a fixture may set the others. */
export type ServeOptions = Omit<ValuesOf<typeof SERVE_OPTIONS>, keyof Settings> & { settings: Partial<Settings> }

/** Environment variable of an option: `UAPI_EMULATOR_PUBLIC_URL`. */
export const environmentName = ({ flag }: Pick<OptionRow, 'flag'>): string =>
  `${ENVIRONMENT_PREFIX}${flag.toUpperCase().replaceAll('-', '_')}`

/** Prefix of every environment variable of the emulator. */
export const ENVIRONMENT_PREFIX = 'UAPI_EMULATOR_'

function settingOption<K extends keyof Settings>(name: K, flag: string, placeholder: string) {
  const type = Settings.properties[name]
  const { description = '' } = type as { description?: string } // TypeBox keeps unknown schema options
  return { flag, placeholder, type, default: DEFAULT_SETTINGS[name], meaning: description }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

function checkCallbackRule(rule: string): string | undefined {
  return readCallbackRule(rule) ? undefined : 'a CIDR such as 10.0.0.0/8, an address, or a host such as *.example.com'
}
