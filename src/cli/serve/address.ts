import { once } from 'node:events'
import { createServer } from 'node:net'
import type { ServeOptions } from '../../config.js'
import { isLocalhost, isMissingAddress } from '../../http/server/localhost.js'
import { OptionsInvalid } from '../options.js'

/** Whether listening on this host is listening on every address of the machine. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

/**
 * Listens on an address for a moment, so that nothing is created or emptied for a server that cannot start.
 * @throws OptionsInvalid when the address cannot be listened on
 */
export async function probeAddress({ host, port }: Pick<ServeOptions, 'host' | 'port'>): Promise<void> {
  if (!isLocalhost(host)) return probe(host, port)
  await probe('127.0.0.1', port)
  await probe('::1', port, isMissingAddress)
}

async function probe(host: string, port: number, isAccepted = (_error: unknown) => false): Promise<void> {
  const server = createServer()
  try {
    await once(server.listen({ host, port }), 'listening')
  } catch (error) {
    if (isAccepted(error)) return
    throw explainListenError(error, { host, port })
  }
  await once(server.close(), 'close')
}

/** An error of `listen` as OptionsInvalid, with a remedy; an error that is not about the address as it is. */
export function explainListenError(error: unknown, { host, port }: Pick<ServeOptions, 'host' | 'port'>): unknown {
  const problem = PROBLEMS[String(Reflect.get(Object(error), 'code'))]
  return problem === undefined ? error : new OptionsInvalid([problem(host, port)])
}

const unknownHost = (host: string): string =>
  `--host: ${host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them.`

const PROBLEMS: Partial<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `--port: port ${port} of ${host} is taken. Stop the process that uses it, or choose another with --port (0 picks a free one).`,
  EACCES: (host, port) =>
    `--port: port ${port} of ${host} needs more rights than this process has. Choose one above 1023 with --port.`,
  EADDRNOTAVAIL: unknownHost,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost
}
