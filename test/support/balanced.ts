import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import { call, type Program, ROOT, type Server, serve, startProgram, until } from './program.js'
import { freePort } from './receivers.js'

/** The example, with the configuration that the tests use as it is. */
export const MANY_MACHINES = join(ROOT, 'examples', 'many-machines')

/** For tests that need HAProxy: what skips them where it is missing. */
export const HAPROXY = {
  skip: spawnSync('haproxy', ['-v']).status === 0 ? false : 'haproxy is not installed here: apt-get install haproxy'
}

/** Four emulators behind HAProxy. Their numbers are 1 to 4, as in the configuration. */
export interface Balanced {
  /** The address of the balancer. */
  url: string
  port: number
  /** The ports of the instances. */
  ports: number[]
  /** The output of HAProxy. */
  out(): string
  /** Stops an instance with a signal. Resolves when it has ended. */
  stop(number: number, signal?: NodeJS.Signals): Promise<void>
  /** Starts a stopped instance again, on the same port. */
  startAgain(number: number): Promise<void>
  /** Waits until HAProxy has said for the nth time that an instance is up, or down. */
  isSaid(number: number, state: 'UP' | 'DOWN', nth?: number): Promise<void>
  /** The sandboxes of an instance, and how long ago each was used, in milliseconds. */
  sandboxesOf(number: number): Promise<{ name: string; idleMs: number }[]>
}

const NUMBERS = [1, 2, 3, 4]

/** How the example starts its instances. */
const INSTANCE = ['--database', ':memory:', '--sandboxes', 'auto', '--callbacks', 'private', '--drain-ms', '2000']

/** Starts the example. All of it is ended at the end of the test. @param words further options of the instances */
export async function startBalanced(t: Test, token: string | undefined, ...words: string[]): Promise<Balanced> {
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()]
  const port = await freePort()
  const tokenWords = token === undefined ? [] : ['--control-token', token]
  const launchOne = (number: number): Promise<Server> =>
    serve(t, [...INSTANCE, ...tokenWords, '--log-level', 'warn', '--port', String(ports[number - 1]), ...words])
  const servers = await Promise.all(NUMBERS.map(launchOne))
  const balancer = startBalancer(port, ports)
  t.teardown(() => balancer.stop('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  await until(async () => {
    if (balancer.process.exitCode !== null) throw new Error(`HAProxy has ended: ${balancer.err()}`)
    return (await call(`${url}/readyz`).catch(() => undefined))?.status === 200
  })
  return {
    url,
    port,
    ports,
    out: balancer.out,
    async stop(number, signal = 'SIGTERM') {
      await servers[number - 1]?.stop(signal)
    },
    async startAgain(number) {
      servers[number - 1] = await launchOne(number)
    },
    isSaid: (number, state, nth = 1) =>
      until(() => balancer.out().split(`Server emulators/emulator-${number} is ${state}`).length > nth),
    async sandboxesOf(number) {
      const at = `http://127.0.0.1:${ports[number - 1]}/_emulator/sandboxes`
      return (await call(at, { token: token ?? null })).body.sandboxes
    }
  }
}

/** Starts HAProxy with the example's configuration: only its addresses are those of the test. */
function startBalancer(port: number, ports: number[]): Program {
  const instances = ports.map((at, index) => [`EMULATOR_${index + 1}`, `127.0.0.1:${at}`])
  const env = { LISTEN: `127.0.0.1:${port}`, ...Object.fromEntries(instances) }
  return startProgram('haproxy', ['-db', '-f', join(MANY_MACHINES, 'haproxy.cfg')], { env })
}
