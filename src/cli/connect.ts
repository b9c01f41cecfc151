import { readFileSync } from 'node:fs'
import { type Client, type ClientOptions, createClient } from '../client/client.js'
import { type Environment, environmentName, type ValuesOf } from '../option-table.js'
import { CLIENT_OPTIONS } from './client-options.js'
import { OptionsInvalid } from './options.js'

/**
 * Calls an action with a client of the emulator that the options name, and closes the client afterwards.
 * @throws OptionsInvalid when the certificate cannot be read
 */
export async function withClient<T>(
  options: ValuesOf<typeof CLIENT_OPTIONS>,
  act: (client: Client) => Promise<T>
): Promise<T> {
  const client = createClient(toClientOptions(options))
  try {
    return await act(client)
  } finally {
    client.close()
  }
}

/** Options of a client, from those of the command line. @throws OptionsInvalid when the certificate cannot be read */
export function toClientOptions({
  url,
  sandbox,
  controlToken,
  cacert
}: ValuesOf<typeof CLIENT_OPTIONS>): ClientOptions {
  return {
    url: sandbox === undefined ? url : sandboxUrl(url, sandbox),
    controlToken: controlToken === 'none' ? undefined : controlToken, // "none" makes serve require no token
    ca: cacert === undefined ? undefined : readCertificate(cacert)
  }
}

/** The URL of a sandbox. Where the URL already names a sandbox, the name replaces it: sandboxes are not nested. */
const sandboxUrl = (url: string, name: string): string =>
  `${url.replace(/\/+$/, '').replace(/\/sandboxes\/[^/]+$/, '')}/sandboxes/${name}`

/** The variables of CLIENT_OPTIONS only: UAPI_EMULATOR_PORT or UAPI_EMULATOR_JSON are meant for the server. */
export const clientEnvironment = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.values(CLIENT_OPTIONS)
      .map(environmentName)
      .map(name => [name, environment[name]])
  )

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new OptionsInvalid([`--cacert ${path}: the file cannot be read.`])
  }
}
