import { readFileSync } from 'node:fs'
import { type Client, type ClientOptions, createClient } from '../client/client.js'
import { environmentName, type ValuesOf } from '../config.js'
import { CLIENT_OPTIONS } from './client-options.js'
import type { Environment } from './command.js'
import { OptionsInvalid } from './options.js'

/**
 * Calls an action with a client of the emulator that the options name, and closes it afterwards.
 * @throws OptionsInvalid when the certificate cannot be read
 */
export async function withClient<T>(
  options: ValuesOf<typeof CLIENT_OPTIONS>,
  act: (client: Client) => Promise<T>
): Promise<T> {
  const client = createClient(placeOf(options))
  try {
    return await act(client)
  } finally {
    client.close()
  }
}

/** Where the emulator is that the options name. @throws OptionsInvalid when the certificate cannot be read */
export function placeOf({ url, sandbox, controlToken, cacert }: ValuesOf<typeof CLIENT_OPTIONS>): ClientOptions {
  return {
    url: sandbox === undefined ? url : sandboxUrl(url, sandbox),
    controlToken: controlToken === 'none' ? undefined : controlToken, // the server's word for a closed network
    ca: cacert === undefined ? undefined : readCertificate(cacert)
  }
}

/** Sandboxes stand beside each other: one in the place of another. */
const sandboxUrl = (url: string, name: string): string =>
  `${url.replace(/\/+$/, '').replace(/\/sandboxes\/[^/]+$/, '')}/sandboxes/${name}`

/**
 * What the environment says of a client, and nothing else of it: its UAPI_EMULATOR_PORT or UAPI_EMULATOR_JSON is meant
 * for the server.
 */
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
