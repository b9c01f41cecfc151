import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type from 'typebox'
import { refusalOf } from '../../client/errors.js'
import { createNodeTransport } from '../../client/node-transport.js'
import type { ValuesOf } from '../../option-table.js'
import { PACKAGE_ROOT } from '../../package.js'
import { CLIENT_EXITS, CLIENT_NOTE, CLIENT_OPTIONS, JSON_OPTION, renderJson } from '../client-options.js'
import { type Command, EXIT } from '../command.js'
import { clientEnvironment, toClientOptions } from '../connect.js'
import { readOptions } from '../options.js'

const OPTIONS = {
  document: {
    argument: true,
    flag: 'document',
    type: Type.Enum(['uapi', 'control']),
    default: 'uapi',
    meaning: "uapi: the vendor's service; control: the emulator's own API."
  },
  ...JSON_OPTION,
  ...CLIENT_OPTIONS
} as const

export const openapi: Command = {
  name: 'openapi',
  summary: 'Print an OpenAPI document',
  notes: [
    'Prints the document that comes with the package, without an emulator; with --url or --sandbox, that of a running ' +
      'emulator.',
    CLIENT_NOTE
  ],
  examples: [
    'uapi-emulator openapi',
    'uapi-emulator openapi control > control.json',
    'uapi-emulator openapi --url http://127.0.0.1:4772'
  ],
  exits: CLIENT_EXITS,
  options: OPTIONS,

  async run(flags, context) {
    const environment = clientEnvironment(context.environment)
    const options = readOptions(OPTIONS, flags, environment)
    const { document, json } = options
    const isRemote = [flags.url, flags.sandbox, environment.UAPI_EMULATOR_URL, environment.UAPI_EMULATOR_SANDBOX].some(
      value => value !== undefined && value !== ''
    )
    const text = isRemote ? JSON.stringify(await fetchDocument(options), null, 2) : readPackaged(document)
    context.out(json ? renderJson(JSON.parse(text)) : `${text.trimEnd()}\n`)
    return EXIT.ok
  }
}

const readPackaged = (document: string): string =>
  readFileSync(join(PACKAGE_ROOT, 'docs', 'openapi', `${document}.json`), 'utf8')

/** @throws ClientError when the emulator refuses, or none answers */
async function fetchDocument(options: ValuesOf<typeof OPTIONS>): Promise<unknown> {
  const transport = createNodeTransport(toClientOptions(options))
  try {
    const answer = await transport.send('GET', `/openapi/${options.document}.json`)
    if (answer.status !== 200 || answer.body === undefined) throw refusalOf(answer, transport.url)
    return answer.body
  } finally {
    transport.close()
  }
}
