import Type from 'typebox'
import { isPseudonym, putCredentials } from '../../../domain/learning/directory/put-credentials.js'
import { createLearner } from '../../../domain/learning/learner.js'
import { JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { OptionsInvalid, readOptions } from '../../options.js'
import { writeOutput } from '../../output-file.js'
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
  credential: {
    flag: 'credential',
    placeholder: 'pseudonym=value',
    type: Type.String({ minLength: 1 }),
    repeatable: true,
    secret: true,
    check: (text: string) =>
      isAssignment(text) ? undefined : 'a pseudonym and a value, such as token-1=abcdef0123456789',
    meaning: 'Put a credential in the place of its pseudonym in the fixture.'
  },
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
    const learner = createLearner()
    const problems: RecordingProblem[] = []
    for await (const line of readRecordings(orderRecordings(recordingFiles(files)), problem => problems.push(problem)))
      learner.add(line)
    context.err(problems.map(renderProblem).join(''))
    const learned = { ...learner.result(), problems }
    if (learned.exchanges + learned.webhooks === 0 && problems.length > 0) return EXIT.usage
    const { fixture, unknown, present } = putCredentials(learned.fixture, credentials)
    if (unknown.length > 0) throw new OptionsInvalid(unknown.map(name => explainUnknown(name, present)))
    if (out !== undefined) writeOutput('out', out, `${JSON.stringify(fixture, null, 2)}\n`)
    context.out(json ? renderJson({ ...learned, fixture }) : renderLearned({ ...learned, fixture }, out, context.page))
    return problems.length > 0 ? EXIT.failure : EXIT.ok
  }
}

/** Splits `token-1=value`, at the first equals sign. @throws OptionsInvalid when a pseudonym is given twice */
function readCredentials(texts: readonly string[]): Map<string, string> {
  const credentials = new Map<string, string>()
  for (const text of texts) {
    const end = text.indexOf('=')
    const name = text.slice(0, end)
    if (credentials.has(name)) throw new OptionsInvalid([`--credential: ${name} is given twice. Give it once.`])
    credentials.set(name, text.slice(end + 1))
  }
  return credentials
}

const isAssignment = (text: string): boolean => {
  const end = text.indexOf('=')
  return end > 0 && end < text.length - 1 && isPseudonym(text.slice(0, end))
}

const explainUnknown = (name: string, present: readonly string[]): string =>
  present.length === 0
    ? `--credential: there is no ${name} in the fixture, which has no credentials.`
    : `--credential: there is no ${name} in the fixture. It has ${present.join(', ')}.`

const renderProblem = ({ file, line, message }: RecordingProblem): string =>
  `${escapeControls(`${file}:${line}: the line ${message}. Lines before it were read, those after it were not.`)}\n`
