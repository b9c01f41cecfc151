import Type from 'typebox'
import { readBaseUrl } from '../client/transport.js'
import { SETTINGS, type Setting } from '../config.js'

/** Where the commands that talk to a running emulator find it. */
export const CLIENT_OPTIONS = {
  url: {
    flag: 'url',
    placeholder: 'url',
    type: Type.String({ minLength: 1 }),
    default: `http://${SETTINGS.host.default}:${SETTINGS.port.default}`,
    check: url => (readBaseUrl(url) ? undefined : 'an http or https URL without user, query and fragment'),
    meaning: 'Where the emulator, or one of its sandboxes, is.'
  },
  controlToken: {
    ...SETTINGS.controlToken,
    meaning: 'Control token of an emulator that asks for one.'
  },
  cacert: {
    flag: 'cacert',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'Certificate to trust over https, PEM: the file that the emulator names when it starts.'
  }
} as const satisfies Record<string, Setting>

/** How these options are explained in a help text. */
export const CLIENT_USAGE = `
--url, --control-token and --cacert can also be set in the environment: UAPI_EMULATOR_URL,
UAPI_EMULATOR_CONTROL_TOKEN and UAPI_EMULATOR_CACERT.`
