import Type from 'typebox'
import { checkAllowedOrigin } from './domain/allowed-origins.js'
import { isAllowableHost, isBaseUrl } from './domain/callbacks/host.js'
import { DEFAULT_CALLBACKS } from './domain/callbacks/options.js'
import { CALLBACK_MODE_NAMES, checkCallbackRule, parseCallbackRewrite } from './domain/callbacks/policy.js'
import { isTimeZone } from './domain/timestamp.js'
import type { OptionRow, Origins, ValuesOf } from './option-table.js'
import { DEFAULT_LOG_SIZES } from './schema/list-limit.js'
import { DEFAULT_SETTINGS, Settings } from './schema/settings.js'

const text = Type.String({ minLength: 1 })
const flag = Type.Boolean()

/** The options of `serve`. @source control-api.md "Settings" */
export const SERVE_OPTIONS = {
  config: {
    flag: 'config',
    placeholder: 'file',
    type: text,
    meaning: 'Settings file. Default: uapi-emulator.config.json of the working folder, if there is one.'
  },
  watch: {
    flag: 'watch',
    type: flag,
    default: false,
    meaning: 'Reset the state when a fixture file or the settings file changes.'
  },
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
    meaning: 'Database file, or ":memory:" to keep nothing.'
  },
  fixtures: {
    flag: 'fixture',
    placeholder: 'name',
    type: text,
    default: 'default',
    repeatable: true,
    meaning: 'Fixtures that an empty database is seeded with: a name, a file, or a folder of files.'
  },
  fresh: { flag: 'fresh', type: flag, default: false, meaning: 'Empty the database before it is seeded.' },
  durability: {
    flag: 'durability',
    placeholder: 'level',
    type: Type.Enum(['normal', 'full']),
    default: 'normal',
    meaning: 'What committed writes survive: normal, a kill -9; full, also a power loss, at a tenth of the speed.'
  },
  publicUrl: {
    flag: 'public-url',
    placeholder: 'url',
    type: text,
    check: url => (isBaseUrl(url) ? undefined : 'an http or https URL without credentials, query and fragment'),
    meaning: 'Scheme and host of links in answers, instead of those of the request.'
  },
  allowedHosts: {
    flag: 'allowed-host',
    placeholder: 'host',
    type: text,
    repeatable: true,
    check: host => (isAllowableHost(host) ? undefined : 'a host name, or a glob of names such as *.svc.cluster.local'),
    meaning: 'Host name, or glob of names, to accept in the Host header besides local ones and that of --public-url.'
  },
  allowedOrigins: {
    flag: 'allowed-origin',
    placeholder: 'origin',
    type: text,
    repeatable: true,
    check: checkAllowedOrigin,
    meaning:
      'Origin of web pages that may use the emulator (CORS). "*": all; the control API needs a token then, or a name.'
  },
  controlToken: {
    flag: 'control-token',
    placeholder: 'token',
    type: Type.String({ minLength: 1, maxLength: 512, pattern: '^[\\x21-\\x7E]+$' }),
    secret: true,
    meaning: 'Token of the control API, required unless --host is loopback; "none" for none. Default: generated.'
  },
  tls: {
    flag: 'tls',
    type: flag,
    default: false,
    meaning: 'Serve https with a certificate of an authority that is made once.'
  },
  tlsCert: { flag: 'tls-cert', placeholder: 'file', type: text, meaning: 'Certificate for https, PEM.' },
  tlsKey: { flag: 'tls-key', placeholder: 'file', type: text, meaning: 'Key for https, PEM.' },
  tlsDir: {
    flag: 'tls-dir',
    placeholder: 'folder',
    type: text,
    meaning: 'Folder for the certificates of --tls. Default: that of the database.'
  },
  autoConsent: { flag: 'auto-consent', type: flag, default: false, meaning: 'Grant access without a consent page.' },
  callbacks: {
    flag: 'callbacks',
    placeholder: 'policy',
    type: Type.Enum(CALLBACK_MODE_NAMES),
    default: DEFAULT_CALLBACKS.callbacks,
    meaning: 'Where webhooks may go: private networks and loopback, loopback, any, none, or as --allow-callback lists.'
  },
  allowCallback: {
    flag: 'allow-callback',
    placeholder: 'range',
    type: text,
    repeatable: true,
    check: checkCallbackRule,
    meaning: 'Addresses (a CIDR) or hosts (app.test, *.test) to allow in addition to the policy.'
  },
  denyCallback: {
    flag: 'deny-callback',
    placeholder: 'range',
    type: text,
    repeatable: true,
    check: checkCallbackRule,
    meaning: 'Addresses or hosts to deny; overrides every other rule.'
  },
  rewriteCallback: {
    flag: 'rewrite-callback',
    placeholder: 'from=to',
    type: text,
    repeatable: true,
    check: rewrite => (parseCallbackRewrite(rewrite) ? undefined : 'two hosts such as localhost=host.docker.internal'),
    meaning: 'Connect to another host, or host:port, for webhooks; their URL and Host header stay the same.'
  },
  insecureCallbacks: {
    flag: 'insecure-callbacks',
    type: flag,
    default: false,
    meaning: 'Accept untrusted certificates of https receivers.'
  },
  callbackConnectMs: callbackOption('callbackConnectMs', 'callback-connect-ms', {
    placeholder: 'ms',
    meaning: 'Time limit for connecting to a receiver, in milliseconds.'
  }),
  callbackTotalMs: callbackOption('callbackTotalMs', 'callback-total-ms', {
    placeholder: 'ms',
    meaning: 'Time limit for a webhook in total, in milliseconds.'
  }),
  callbackConcurrency: callbackOption('callbackConcurrency', 'callback-concurrency', {
    meaning:
      'How many webhooks may be in flight at a time; from 4 on, the first to each further receiver is not counted.'
  }),
  callbackConcurrencyPerOrigin: callbackOption('callbackConcurrencyPerOrigin', 'callback-concurrency-per-origin', {
    meaning: 'How many webhooks may be in flight at a time to one scheme, host and port.'
  }),
  deliveryLogSize: {
    flag: 'delivery-log-size',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    default: DEFAULT_LOG_SIZES.deliveryLogSize,
    meaning: 'How many deliveries are kept; older ones are dropped.'
  },
  journalSize: {
    flag: 'journal-size',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: DEFAULT_LOG_SIZES.journalSize,
    meaning: 'How many requests are kept, in memory; older ones are dropped.'
  },
  journalBytes: {
    flag: 'journal-bytes',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1_048_576, maximum: 1_099_511_627_776 }),
    default: DEFAULT_LOG_SIZES.journalBytes,
    meaning: 'How many bytes of requests are kept, of all sandboxes together; the oldest are dropped first.'
  },
  sandboxes: {
    flag: 'sandboxes',
    placeholder: 'how',
    type: Type.Enum(['manual', 'auto']),
    default: 'manual',
    meaning: 'Whether the first use of /sandboxes/<name> creates a sandbox (auto), or only the control API does.'
  },
  drainMs: {
    flag: 'drain-ms',
    placeholder: 'ms',
    type: Type.Integer({ minimum: 0, maximum: 60_000 }),
    default: 50,
    meaning: 'How long requests are still answered after a stop signal, while /readyz is 503: for a load balancer.'
  },
  seed: {
    flag: 'seed',
    placeholder: 'number',
    type: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    meaning: 'Generate the same ids, tokens and CallIDs in every run, from this number. Default: random ones.'
  },
  listEnvelope: settingOption('listEnvelope', 'list-envelope', 'form'),
  emptyCollection: settingOption('emptyCollection', 'empty-collection', 'status'),
  invalidTokenStatus: settingOption('invalidTokenStatus', 'invalid-token-status', 'status'),
  callFlowCase: settingOption('callFlowCase', 'call-flow-case', 'case'),
  absentParameters: settingOption('absentParameters', 'absent-parameters', 'how'),
  hangupStatus: settingOption('hangupStatus', 'hangup-status', 'status'),
  callIds: settingOption('callIds', 'call-ids', 'scope'),
  webhookOrder: settingOption('webhookOrder', 'webhook-order', 'order'),
  phoneCallNumbers: settingOption('phoneCallNumbers', 'phone-call-numbers', 'type'),
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
    meaning: 'Lowest level that is logged: requests and webhooks are info, requests of the control API debug.'
  },
  logFormat: {
    flag: 'log-format',
    placeholder: 'format',
    type: Type.Enum(['pretty', 'json']),
    default: 'pretty',
    meaning: 'Format of log lines: readable text, or JSON objects.'
  },
  json: { flag: 'json', type: flag, default: false, meaning: 'Print one line of JSON when ready; logs go to stderr.' }
} as const satisfies Record<string, OptionRow>

/** The options of a start. `settings` holds only those that were set, so that a fixture can choose the others. */
export type ServeOptions = Omit<ValuesOf<typeof SERVE_OPTIONS>, keyof Settings> & {
  settings: Partial<Settings>
  origins: Origins
}

function settingOption<K extends keyof Settings>(name: K, flag: string, placeholder: string) {
  const type = Settings.properties[name]
  const { description = '' } = type as { description?: string } // TypeBox keeps the keywords of JSON Schema there
  return { flag, placeholder, type, default: DEFAULT_SETTINGS[name], meaning: description }
}

function callbackOption(
  name: Exclude<keyof typeof DEFAULT_CALLBACKS, 'callbacks'>,
  flag: string,
  { placeholder = 'number', meaning }: { placeholder?: 'ms' | 'number'; meaning: string }
) {
  const type = Type.Integer({ minimum: 1, maximum: placeholder === 'ms' ? 600_000 : 10_000 })
  return { flag, placeholder, type, default: DEFAULT_CALLBACKS[name], meaning }
}
