import Type from 'typebox'
import { readBaseUrl } from '../client/transport.js'
import { type OptionRow, SERVE_OPTIONS } from '../config.js'
import { SandboxName } from '../schema/sandbox.js'

/** Where the commands that talk to a running emulator find it. */
export const CLIENT_OPTIONS = {
  url: {
    flag: 'url',
    placeholder: 'url',
    type: Type.String({ minLength: 1 }),
    default: `http://${SERVE_OPTIONS.host.default}:${SERVE_OPTIONS.port.default}`,
    check: url => (readBaseUrl(url) ? undefined : 'an http or https URL without user, query and fragment'),
    meaning: 'Where the emulator, or one of its sandboxes, is.'
  },
  sandbox: {
    flag: 'sandbox',
    placeholder: 'name',
    type: SandboxName,
    meaning: 'The sandbox of that emulator: /sandboxes/<name> below --url.'
  },
  controlToken: {
    ...SERVE_OPTIONS.controlToken,
    meaning: 'Control token of an emulator that asks for one.'
  },
  cacert: {
    flag: 'cacert',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'Certificate to trust over https, PEM: the file that the emulator names when it starts.'
  }
} as const satisfies Record<string, OptionRow>

/** How these options are explained in a help text. */
export const CLIENT_USAGE = `
--url, --sandbox, --control-token and --cacert can also be set in the environment: UAPI_EMULATOR_URL,
UAPI_EMULATOR_SANDBOX, UAPI_EMULATOR_CONTROL_TOKEN and UAPI_EMULATOR_CACERT.`

/** The option of every command that prints for programs. */
export const JSON_OPTION = {
  json: { flag: 'json', type: Type.Boolean(), default: false, meaning: 'Print one line of JSON for each thing.' }
} as const satisfies Record<string, OptionRow>

/** How the exit codes of these commands are explained in a help text. */
export const CLIENT_EXITS = 'Exit codes: 0, 1 no emulator, or it fails, 2 bad options, or the emulator refuses them.'

/** Whatever a command prints for programs: a thing in a line. */
export const renderJson = (thing: unknown): string => `${JSON.stringify(thing)}\n`
