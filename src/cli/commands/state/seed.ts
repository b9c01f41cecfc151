import Type from 'typebox'
import { ClientError } from '../../../client/errors.js'
import type { Fixture } from '../../../schema/fixture.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { readFixtureFiles } from '../../fixture-files.js'
import { renderCounts } from '../../tables.js'

export const seed = clientCommand({
  name: 'seed',
  summary: 'Merge fixtures into a running emulator',
  notes: [
    'An entry replaces the one with the same id or number. A refused file changes nothing; the files before it stay ' +
      'merged.'
  ],
  examples: [
    'uapi-emulator seed ./fixtures/orders.json',
    'uapi-emulator seed call-centre ./fixtures --sandbox worker-1'
  ],
  options: {
    files: {
      argument: true,
      flag: 'file',
      type: Type.String({ minLength: 1 }),
      required: true,
      repeatable: true,
      meaning: 'File, folder of files, or name of a fixture of the package.'
    }
  },
  async run(client, { files, json }, context) {
    for (const { name, document } of await readFixtureFiles(files, '')) {
      // The emulator checks the document, and answers with its problems.
      const loading = client.fixtures.load(document as Fixture)
      const counts = await loading.catch(error => Promise.reject(withFileName(error, name)))
      context.out(json ? renderJson({ name, counts }) : `${name}: merged; there are ${renderCounts(counts)}.\n`)
    }
  }
})

/** A refusal with the name of the file in its message. */
const withFileName = (error: unknown, name: string): unknown =>
  error instanceof ClientError && error.status !== undefined
    ? new ClientError(`${name}: ${error.message}`, { ...error, cause: error })
    : error
