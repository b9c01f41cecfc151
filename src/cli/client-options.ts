import Type from 'typebox'
import { parseBaseUrl } from '../client/transport.js'
import { SERVE_OPTIONS } from '../config.js'
import type { OptionRow, ValuesOf } from '../option-table.js'
import { SandboxName } from '../schema/sandbox.js'

/** The options that name a running emulator, of every command that connects to one. */
export const CLIENT_OPTIONS = {
  url: {
    flag: 'url',
    placeholder: 'url',
    type: Type.String({ minLength: 1 }),
    default: `http://${SERVE_OPTIONS.host.default}:${SERVE_OPTIONS.port.default}`,
    check: url => (parseBaseUrl(url) ? undefined : 'an http or https URL without credentials, query and fragment'),
    meaning: 'URL of the emulator, or of one of its sandboxes.'
  },
  sandbox: {
    flag: 'sandbox',
    placeholder: 'name',
    type: SandboxName,
    meaning: 'Sandbox of that emulator: /sandboxes/<name> below --url.'
  },
  controlToken: {
    ...SERVE_OPTIONS.controlToken,
    meaning: 'Control token, for an emulator that requires one.'
  },
  cacert: {
    flag: 'cacert',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'Certificate to trust over https, PEM: the file that "serve" prints when it starts.'
  }
} as const satisfies Record<string, OptionRow>

/** The paragraph on these options in a help text. */
export const CLIENT_NOTE =
  '--url, --sandbox, --control-token and --cacert can also be set in the environment: UAPI_EMULATOR_URL, ' +
  'UAPI_EMULATOR_SANDBOX, UAPI_EMULATOR_CONTROL_TOKEN and UAPI_EMULATOR_CACERT.'

/** The option for output that programs read. */
export const JSON_OPTION = {
  json: { flag: 'json', type: Type.Boolean(), default: false, meaning: 'Print JSON, one object a line.' }
} as const satisfies Record<string, OptionRow>

/** Exit codes of the commands that connect to an emulator. */
export const CLIENT_EXITS = {
  0: 'success',
  1: 'no emulator answers, or it fails',
  2: 'invalid options, or the emulator refuses the request'
} as const

/** Renders a command that addresses the same emulator, for a POSIX shell. */
export type CommandLine = (...words: string[]) => string

/** Adds the given URL, sandbox and certificate to each command. The control token is left out: it is a secret. */
export function createCommandLine({
  url,
  sandbox,
  cacert
}: Partial<ValuesOf<typeof CLIENT_OPTIONS>> = {}): CommandLine {
  const given = { url: url === CLIENT_OPTIONS.url.default ? undefined : url, sandbox, cacert }
  const options = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]))
  return (...words) => ['uapi-emulator', ...words, ...options].map(quote).join(' ')
}

/** A word for a POSIX shell, in quotes where the shell would change it. */
const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`

/** A value as one line of JSON. */
export const renderJson = (value: unknown): string => `${JSON.stringify(value)}\n`
