import Type from 'typebox'
import { withoutAccepted } from '../../../domain/comparing/grouping.js'
import { reportOf } from '../../../domain/comparing/report.js'
import type { FixtureSource } from '../../../domain/fixtures/read.js'
import { createLearner } from '../../../domain/learning/learner.js'
import type { Comparison } from '../../../schema/recordings/comparison.js'
import { type Command, type CommandTable, EXIT, type RunContext } from '../../command.js'
import { readFixtureFiles } from '../../fixture-files.js'
import { OptionsInvalid, readOptions } from '../../options.js'
import { readAccepted } from '../../recordings/accepted.js'
import { compareRecordings } from '../../recordings/compare-recordings.js'
import { CREDENTIAL_OPTION, readCredentials } from '../../recordings/credentials.js'
import { readRecordings, recordingFiles } from '../../recordings/read-recordings.js'
import { orderRecordings } from '../../recordings/recording-order.js'
import { foldLine } from '../../terminal/fold.js'

const OPTIONS = {
  files: {
    argument: true,
    flag: 'file',
    type: Type.String({ minLength: 1 }),
    repeatable: true,
    meaning: 'Recording, or folder of recordings.'
  },
  fixture: {
    flag: 'fixture',
    placeholder: 'name',
    type: Type.String({ minLength: 1 }),
    repeatable: true,
    meaning: 'Fixture of the emulator: a name, a file or a folder; without it, what `learn` makes of the recordings.'
  },
  ...CREDENTIAL_OPTION,
  accept: {
    flag: 'accept',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'JSON file with known differences, as --json prints them.'
  },
  json: { flag: 'json', type: Type.Boolean(), default: false, meaning: 'Print one JSON document.' }
} as const satisfies CommandTable

export const compare: Command = {
  name: 'compare',
  summary: 'Compare a PBX with the emulator, and report what differs',
  notes: [
    'Starts an emulator in this process, sends it the recorded requests in their order, and compares status, headers ' +
      'and bodies of the answers. Ids, times and hosts are compared by their form.'
  ],
  examples: ['uapi-emulator compare ./recordings --fixture pbx.json'],
  exits: { 0: 'no difference', 1: 'failure', 2: 'invalid options, recording or fixture', 3: 'differences' },
  options: OPTIONS,

  async run(flags, context) {
    const { files, fixture, credential, accept, json } = readOptions(OPTIONS, flags, {})
    if (files.length === 0) throw new OptionsInvalid(['Name a recording: uapi-emulator compare FILE…'])
    const credentials = readCredentials(credential)
    const keys = await readAccepted(accept)
    const names = recordingFiles(files)
    const fixtures = fixture.length > 0 ? await readFixtureFiles(fixture) : [await learnFixture(names)]
    const problems: string[] = []
    const compared = await compareRecordings(context, {
      files: names,
      fixtures,
      credentials,
      report: ({ file, line, message }) => problems.push(`${file}:${line}: ${message}.`)
    })
    context.err(problems.map(problem => `${problem}\n`).join(''))
    if (compared.exchanges + compared.webhooks + compared.notCompared.length === 0)
      throw new OptionsInvalid(problems.length > 0 ? ['There is nothing to compare.'] : ['The recordings are empty.'])
    return printComparison(compared, { keys, json, subject: 'the recording' }, context)
  }
}

/** The fixture that `learn` makes of the same recordings. What is wrong with a line is reported when they are compared. */
async function learnFixture(files: readonly string[]): Promise<FixtureSource> {
  const learner = createLearner()
  for await (const line of readRecordings(orderRecordings(files), () => {})) learner.add(line)
  return { name: 'learned', document: learner.result().fixture }
}

/** Prints a comparison without the accepted differences, and names those that did not occur. @returns the exit code */
function printComparison(
  compared: Omit<Comparison, 'accepted'>,
  { keys, json, subject }: { keys: readonly string[]; json: boolean; subject: string },
  { out, err, page }: RunContext
): number {
  const { left, accepted, stale } = withoutAccepted(compared.differences, keys)
  const comparison: Comparison = { ...compared, differences: left, accepted }
  if (json) out(`${JSON.stringify(comparison, null, 2)}\n`)
  else
    for (const { depth, text } of reportOf(comparison, subject)) {
      const indent = '  '.repeat(depth)
      out(`${foldLine(text, { width: page.width, first: indent, next: `${indent}  ` })}\n`)
    }
  err(stale.map(key => `An accepted difference did not occur: ${key}\n`).join(''))
  return left.length === 0 ? EXIT.ok : EXIT.notVerified
}
