import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import { urlAt } from '../../domain/callbacks/host.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import { type Command, EXIT } from '../command.js'
import { durationOption, toMs } from '../duration-option.js'
import { OptionsInvalid, readOptions } from '../options.js'
import { readStartOptions } from '../serve/settings-file.js'

/** The longest wait, in milliseconds. */
const MAX_WAIT_MS = 600_000

const OPTIONS = {
  ...SERVE_OPTIONS,
  wait: durationOption('wait', 'How long to wait until it is healthy: 30s, 2m; without it, one check is made.', {
    max: MAX_WAIT_MS,
    examples: '30s or 2m'
  })
} as const

/** How long to pause between two checks, in milliseconds. */
const PAUSE_MS = 100

/** How long to wait for the answer, in milliseconds. */
const TIMEOUT_MS = 3_000

export const healthcheck: Command = {
  name: 'healthcheck',
  summary: 'Check that the emulator is healthy',
  notes: ['Takes the same options, environment or settings file as the server.'],
  examples: [
    'uapi-emulator healthcheck',
    'uapi-emulator healthcheck --wait 30s',
    'uapi-emulator healthcheck --port 4780'
  ],
  exits: { 0: 'healthy', 1: 'unhealthy, or no answer, also after --wait', 2: 'invalid options' },
  options: OPTIONS,

  async run(flags, context) {
    const { options } = await readStartOptions(flags, context.environment)
    if (options.port === 0)
      throw new OptionsInvalid(['--port 0 cannot be checked: give the port that the server has picked.'])
    const url = healthUrl(options)
    const { wait } = readOptions({ wait: OPTIONS.wait }, flags, {})
    const result = await checkUntil(url, toMs(wait) ?? 0)
    const isHealthy = result === 'healthy'
    context[isHealthy ? 'out' : 'err'](`${url}: ${result}\n`)
    return isHealthy ? EXIT.ok : EXIT.failure
  }
}

/** Checks until the emulator is healthy or the time is over, once at least. @param waitMs 0 for one check */
async function checkUntil(url: string, waitMs: number): Promise<string> {
  const end = performance.now() + waitMs
  const timeout = () => (waitMs === 0 ? TIMEOUT_MS : Math.min(TIMEOUT_MS, Math.max(PAUSE_MS, end - performance.now())))
  let result = await check(url, timeout())
  while (result !== 'healthy' && performance.now() < end) {
    await pause(Math.min(PAUSE_MS, end - performance.now()))
    result = await check(url, timeout())
  }
  return result
}

/** @returns `healthy`, or what is wrong */
function check(url: string, timeoutMs: number): Promise<string> {
  const request = url.startsWith('https') ? requestHttps : requestHttp
  return new Promise(resolve => {
    // The certificate is not verified: it may not name this address, and the request carries no secret.
    const sent = request(url, { rejectUnauthorized: false, agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200 ? 'healthy' : `answered ${response.statusCode}`)
      response.once('end', () => sent.destroy())
    })
    sent.once('error', error => resolve(FAILURES[String(Reflect.get(error, 'code'))] ?? error.message))
    const timer = setTimeout(() => {
      resolve(`no answer in ${Math.round(timeoutMs)} ms`)
      sent.destroy()
    }, timeoutMs)
    sent.once('close', () => clearTimeout(timer))
    sent.end()
  })
}

/** What is wrong, by the code of the error. A server that speaks the other scheme resets, or breaks the handshake. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused; start uapi-emulator serve, or give --host and --port of a running one',
  ECONNRESET: 'the connection was closed without an answer; an emulator that serves https is checked with --tls',
  EPROTO: 'no https is spoken there; an emulator that serves http is checked without --tls'
}

const healthUrl = (options: ServeOptions): string =>
  `${urlAt(options, options.port, options.tls || options.tlsCert !== undefined)}${CONTROL_PREFIX}/health`
