import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type from 'typebox'
import { refusalOf } from '../../client/errors.js'
import { createNodeTransport } from '../../client/node-transport.js'
import type { ValuesOf } from '../../config.js'
import { PACKAGE_ROOT } from '../../package.js'
import { CLIENT_EXITS, CLIENT_OPTIONS, CLIENT_USAGE, JSON_OPTION } from '../client-options.js'
import { type Command, EXIT } from '../command.js'
import { clientEnvironment, placeOf } from '../connect.js'
import { readOptions } from '../options.js'

const OPTIONS = {
  document: {
    argument: true,
    flag: 'document',
    type: Type.Enum(['uapi', 'control']),
    default: 'uapi',
    meaning: "The vendor's service, or the emulator's own API."
  },
  ...JSON_OPTION,
  ...CLIENT_OPTIONS
} as const

export const openapi: Command = {
  name: 'openapi',
  summary: 'Print an OpenAPI document.',
  usage: `${CLIENT_USAGE}

Without one of them it is the document of this package, and no emulator has to run.

Examples:
  uapi-emulator openapi
  uapi-emulator openapi control > control.json
  uapi-emulator openapi --url http://127.0.0.1:4772

${CLIENT_EXITS}`,
  options: OPTIONS,

  async run(flags, shell) {
    const environment = clientEnvironment(shell.environment)
    const options = readOptions(OPTIONS, flags, environment)
    const { document, json } = options
    const isAsked = [flags.url, flags.sandbox, environment.UAPI_EMULATOR_URL, environment.UAPI_EMULATOR_SANDBOX].some(
      given => given !== undefined && given !== ''
    )
    const text = isAsked ? JSON.stringify(await ask(options), null, 2) : readOwn(document)
    shell.out(json ? `${JSON.stringify(JSON.parse(text))}\n` : `${text.trimEnd()}\n`)
    return EXIT.ok
  }
}

const readOwn = (document: string): string =>
  readFileSync(join(PACKAGE_ROOT, 'docs', 'openapi', `${document}.json`), 'utf8')

/** @throws ClientError when it is refused, or nobody answers */
async function ask(options: ValuesOf<typeof OPTIONS>): Promise<unknown> {
  const transport = createNodeTransport(placeOf(options))
  try {
    const answer = await transport.send('GET', `/openapi/${options.document}.json`)
    if (answer.status !== 200 || answer.body === undefined) throw refusalOf(answer, transport.url)
    return answer.body
  } finally {
    transport.close()
  }
}
