import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import { urlAt } from '../../domain/callbacks/host.js'
import { type Command, EXIT } from '../command.js'
import { OptionsInvalid, readServeOptions } from '../options.js'

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 3_000

export const healthcheck: Command = {
  name: 'healthcheck',
  summary: 'Ask the running emulator whether it is well.',
  usage: `
Give it the same options, or the same environment, as the server. Exit codes: 0 well, 1 not, 2 bad settings.`,
  options: SERVE_OPTIONS,

  async run(flags, context) {
    const settings = readServeOptions(flags, context.environment)
    if (settings.port === 0)
      throw new OptionsInvalid(['--port 0 cannot be asked: name the port that the server picked.'])
    const answer = await ask(settings)
    const well = answer === 200
    context[well ? 'out' : 'err'](`${urlOf(settings)}: ${well ? 'well' : answer}\n`)
    return well ? EXIT.ok : EXIT.failure
  }
}

/** @returns the status, or in words why there is none */
function ask(settings: ServeOptions): Promise<number | string> {
  const request = urlOf(settings).startsWith('https') ? requestHttps : requestHttp
  return new Promise(answered => {
    // The certificate is not checked: it may not name this address, and nothing is told to whoever answers.
    const asked = request(urlOf(settings), { rejectUnauthorized: false, agent: false }, response => {
      response.resume()
      answered(response.statusCode === 200 ? 200 : `answered ${response.statusCode}`)
      response.once('end', () => asked.destroy())
    })
    asked.once('error', error =>
      answered(
        Reflect.get(error, 'code') === 'ECONNREFUSED'
          ? 'nobody listens; start uapi-emulator serve, or give --host and --port of the running one'
          : error.message
      )
    )
    setTimeout(() => {
      answered(`no answer in ${PATIENCE} ms`)
      asked.destroy()
    }, PATIENCE).unref()
    asked.end()
  })
}

const urlOf = (settings: ServeOptions): string =>
  `${urlAt(settings, settings.port, settings.tls || settings.tlsCert !== undefined)}/_emulator/health`
