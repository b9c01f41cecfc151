import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import { urlAt } from '../../domain/callbacks/host.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import { type Command, EXIT } from '../command.js'
import { OptionsInvalid, readServeOptions } from '../options.js'

/** How long to wait for the answer, in milliseconds. */
const TIMEOUT_MS = 3_000

export const healthcheck: Command = {
  name: 'healthcheck',
  summary: 'Check that the emulator is healthy',
  notes: ['Takes the same options, or the same environment, as the server.'],
  examples: ['uapi-emulator healthcheck', 'uapi-emulator healthcheck --port 4780'],
  exits: { 0: 'healthy', 1: 'unhealthy, or no answer', 2: 'invalid options' },
  options: SERVE_OPTIONS,

  async run(flags, context) {
    const options = readServeOptions(flags, context.environment)
    if (options.port === 0)
      throw new OptionsInvalid(['--port 0 cannot be checked: give the port that the server has picked.'])
    const url = healthUrl(options)
    const result = await check(url)
    const isHealthy = result === 'healthy'
    context[isHealthy ? 'out' : 'err'](`${url}: ${result}\n`)
    return isHealthy ? EXIT.ok : EXIT.failure
  }
}

/** @returns `healthy`, or what is wrong */
function check(url: string): Promise<string> {
  const request = url.startsWith('https') ? requestHttps : requestHttp
  return new Promise(resolve => {
    // The certificate is not verified: it may not name this address, and the request carries no secret.
    const sent = request(url, { rejectUnauthorized: false, agent: false }, response => {
      response.resume()
      resolve(response.statusCode === 200 ? 'healthy' : `answered ${response.statusCode}`)
      response.once('end', () => sent.destroy())
    })
    sent.once('error', error =>
      resolve(
        Reflect.get(error, 'code') === 'ECONNREFUSED'
          ? 'connection refused; start uapi-emulator serve, or give --host and --port of a running one'
          : error.message
      )
    )
    setTimeout(() => {
      resolve(`no answer in ${TIMEOUT_MS} ms`)
      sent.destroy()
    }, TIMEOUT_MS).unref()
    sent.end()
  })
}

const healthUrl = (options: ServeOptions): string =>
  `${urlAt(options, options.port, options.tls || options.tlsCert !== undefined)}${CONTROL_PREFIX}/health`
