import Type from 'typebox'
import { ClientError } from '../../../client/errors.js'
import { indexDirectory } from '../../../domain/fixtures/check.js'
import type { Fixture } from '../../../schema/fixture.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { problemsOfFixtures, readFixtureTexts } from '../../fixture-texts.js'
import { OptionsInvalid } from '../../options.js'
import { renderCounts } from '../../tables.js'

export const seed = clientCommand({
  name: 'seed',
  summary: 'Merge fixtures into a running emulator',
  notes: [
    'An entry replaces the one with the same id or number. All files are checked first, and every problem is printed; ' +
      'nothing is merged then.'
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
    const { files: read, problems: unread } = await readFixtureTexts(files)
    const isComplete = unread.length === 0
    const directory = isComplete ? indexDirectory(await client.directory()) : undefined
    const problems = problemsOfFixtures(read, isComplete, directory).map(
      ({ index, path, message }) => `${read[index]?.name}: ${path} ${message}`
    )
    if (unread.length + problems.length > 0) throw new OptionsInvalid([...unread.map(({ text }) => text), ...problems])
    for (const { name, document } of read) {
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
