import Type from 'typebox'
import { ClientError } from '../../../client/errors.js'
import type { Fixture } from '../../../schema/fixture.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { readFixtureFiles } from '../../fixture-files.js'
import { renderCounts } from '../../tables.js'

export const seed = clientCommand({
  name: 'seed',
  summary: 'Merge fixtures into a running emulator.',
  note: `The same id or number replaces. A file that the emulator refuses changes nothing; those before it stay.`,
  examples: ['seed ./fixtures/orders.json', 'seed call-centre ./fixtures --sandbox worker-1'],
  options: {
    files: {
      argument: true,
      flag: 'file',
      type: Type.String({ minLength: 1 }),
      required: true,
      repeatable: true,
      meaning: "A file, a folder of them, or the name of one of the package's."
    }
  },
  async run(client, { files, json }, context) {
    for (const { name, document } of await readFixtureFiles(files, '')) {
      // The emulator checks it, and says what is wrong.
      const counts = await client.fixtures.load(document as Fixture).catch(error => Promise.reject(named(error, name)))
      context.out(json ? renderJson({ name, counts }) : `${name}: merged; there are ${renderCounts(counts)}.\n`)
    }
  }
})

/** Says which file it is about. */
const named = (error: unknown, name: string): unknown =>
  error instanceof ClientError && error.status !== undefined
    ? new ClientError(`${name}: ${error.message}`, { ...error, cause: error })
    : error
