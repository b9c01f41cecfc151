import { existsSync, realpathSync } from 'node:fs'
import Type from 'typebox'
import { putCredentials } from '../../../domain/learning/directory/put-credentials.js'
import { createLearner } from '../../../domain/learning/learner.js'
import { JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { OptionsInvalid, readOptions } from '../../options.js'
import { writeOutput } from '../../output-file.js'
import { CREDENTIAL_OPTION, readCredentials } from '../../recordings/credentials.js'
import { type RecordingProblem, readRecordings, recordingFiles } from '../../recordings/read-recordings.js'
import { orderRecordings } from '../../recordings/recording-order.js'
import { escapeControls } from '../../terminal/escape.js'
import { renderLearned } from './learned-text.js'

const OPTIONS = {
  files: {
    argument: true,
    flag: 'file',
    type: Type.String({ minLength: 1 }),
    required: true,
    repeatable: true,
    meaning: 'Recording, or folder of recordings (*.jsonl).'
  },
  out: {
    flag: 'out',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'Write the fixture to this file, and overwrite it; a new file can be read by its owner only.'
  },
  ...CREDENTIAL_OPTION,
  ...JSON_OPTION
} as const

export const learn: Command = {
  name: 'learn',
  summary: 'Learn settings and a fixture from recordings of a PBX',
  notes: [
    'Reads what `record` and `catch --record` wrote, and prints the settings with which the emulator answers and rings as ' +
      'that PBX does, each with the lines that show it and those that contradict it; then what no setting covers, the worst ' +
      'first. The fixture holds the state before the first exchange, as far as the lines show it.',
    'The fixture has the pseudonyms of the recording as tokens: send token-1, or put the real one in its place with ' +
      '--credential. A recording that is cut or was edited is read up to the line that cannot be read.'
  ],
  examples: [
    'uapi-emulator learn recordings',
    'uapi-emulator learn recordings webhooks.jsonl --out learned.json',
    'uapi-emulator learn recordings --out learned.json --credential token-1=abcdef0123456789'
  ],
  exits: {
    0: 'every recording was read to its end',
    1: 'failure, or a recording was read in part: up to the line that is printed',
    2: 'invalid options, or no line of the recordings can be read'
  },
  options: OPTIONS,

  async run(flags, context) {
    const { files, out, credential, json } = readOptions(OPTIONS, flags, {})
    const credentials = readCredentials(credential)
    const names = recordingFiles(files)
    if (out !== undefined && names.some(name => isSameFile(name, out)))
      throw new OptionsInvalid([`--out ${out}: this is a recording that is read. Name another file for the fixture.`])
    const learner = createLearner()
    const problems: RecordingProblem[] = []
    for await (const line of readRecordings(orderRecordings(names), problem => problems.push(problem)))
      learner.add(line)
    context.err(problems.map(renderProblem).join(''))
    const learned = { ...learner.result(), problems }
    if (learned.exchanges + learned.webhooks === 0) {
      if (problems.length === 0)
        context.err('The recordings are empty: they have a first line, and no exchange or webhook.\n')
      return EXIT.usage
    }
    const { fixture, unknown, unusable, present } = putCredentials(learned.fixture, credentials)
    const refused = [...unknown.map(name => explainUnknown(name, present)), ...unusable.map(explainUnusable)]
    if (refused.length > 0) throw new OptionsInvalid(refused)
    if (out !== undefined) writeOutput('out', out, `${JSON.stringify(fixture, null, 2)}\n`)
    context.out(json ? renderJson({ ...learned, fixture }) : renderLearned({ ...learned, fixture }, out, context.page))
    return problems.length > 0 ? EXIT.failure : EXIT.ok
  }
}

const isSameFile = (one: string, other: string): boolean =>
  existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other)

const explainUnknown = (name: string, present: readonly string[]): string =>
  present.length === 0
    ? `--credential: there is no ${name} in the fixture, which has no credentials.`
    : `--credential: there is no ${name} in the fixture. It has ${present.join(', ')}.`

const explainUnusable = (name: string): string =>
  `--credential ${name}: the value cannot be a credential of a fixture. It has visible ASCII characters without spaces, a ` +
  'token at least ten letters, digits, dots, - and _; and no other credential has it.'

const renderProblem = ({ file, line, message }: RecordingProblem): string =>
  `${escapeControls(`${file}:${line}: the line ${message}.${line > 1 ? ' Lines before it were read, those after it were not.' : ''}`)}\n`
