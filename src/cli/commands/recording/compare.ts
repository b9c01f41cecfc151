import Type from 'typebox'
import { parseBaseUrl } from '../../../client/transport.js'
import type { FixtureSource } from '../../../domain/fixtures/read.js'
import { createLearner } from '../../../domain/learning/learner.js'
import type { ValuesOf } from '../../../option-table.js'
import { ExtensionNumber, Role } from '../../../schema/directory.js'
import { type Command, type CommandTable, EXIT, type Flags } from '../../command.js'
import { readFixtureFiles } from '../../fixture-files.js'
import { OptionsInvalid, readOptions } from '../../options.js'
import { compareRecordings } from '../../recordings/compare-recordings.js'
import { compareUpstream } from '../../recordings/compare-upstream.js'
import { CREDENTIAL_OPTION, readCredentials } from '../../recordings/credentials.js'
import { readRecordings, recordingFiles } from '../../recordings/read-recordings.js'
import { orderRecordings } from '../../recordings/recording-order.js'
import { printComparison, readAccepted } from '../../recordings/report-comparison.js'
import { escapeControls } from '../../terminal/escape.js'
import { readCertificates, UPSTREAM_TLS_OPTIONS } from './record.js'

const text = Type.String({ minLength: 1 })

const isBase = (url: string): boolean => parseBaseUrl(url) !== undefined

const OPTIONS = {
  files: {
    argument: true,
    flag: 'file',
    type: text,
    repeatable: true,
    meaning: 'Recording, or folder of recordings.'
  },
  fixture: {
    flag: 'fixture',
    placeholder: 'name',
    type: text,
    repeatable: true,
    meaning: 'Fixture of the emulator: a name, a file or a folder; without it, what `learn` makes of the recordings.'
  },
  ...CREDENTIAL_OPTION,
  accept: {
    flag: 'accept',
    placeholder: 'file',
    type: text,
    meaning: 'JSON file with known differences, as --json prints them.'
  },
  json: { flag: 'json', type: Type.Boolean(), default: false, meaning: 'Print one JSON document.' },
  upstream: {
    flag: 'upstream',
    placeholder: 'url',
    type: text,
    check: url => (isBase(url) ? undefined : 'an http or https URL without credentials, query and fragment'),
    meaning: 'PBX that the corpus is sent to, in place of recordings.'
  },
  token: {
    flag: 'token',
    placeholder: 'token',
    type: text,
    check: token => (/^[\x21-\x7e]+$/.test(token) ? undefined : 'visible ASCII characters, without spaces'),
    secret: true,
    meaning: 'Bearer token of the PBX.'
  },
  user: {
    flag: 'user',
    placeholder: 'id',
    type: Type.String({ pattern: '^(?:@me|[A-Za-z0-9_.-]{1,64})$', description: 'For example 12.' }),
    default: '@me',
    meaning: 'User of the PBX, as it stands in paths.'
  },
  role: {
    flag: 'role',
    placeholder: 'role',
    type: Role,
    default: 'user',
    meaning: 'Role of that user.'
  },
  extension: {
    flag: 'extension',
    placeholder: 'number',
    type: ExtensionNumber,
    meaning: 'Extension of that user, a Phone Terminal, extended.'
  },
  ...UPSTREAM_TLS_OPTIONS
} as const satisfies CommandTable

export const compare: Command = {
  name: 'compare',
  summary: 'Compare a PBX with the emulator, and report what differs',
  notes: [
    'Starts an emulator in this process, sends it the recorded requests in their order, and compares status, headers ' +
      'and bodies of the answers; it rings the calls of recorded webhooks, and compares those. Ids, times and hosts are ' +
      'compared by their form.',
    'With --upstream it sends the corpus, requests that change nothing, to a PBX and to the emulator side by side.',
    'Each difference has a key. --accept reads a file of known ones: what --json printed, or {"differences":[{"key":"…"}]}.'
  ],
  examples: [
    'uapi-emulator compare recordings webhooks.jsonl',
    'uapi-emulator compare recordings --fixture learned.json --accept known.json --json',
    "uapi-emulator compare --upstream https://pbx.example --token TOKEN --extension '0003*210'"
  ],
  exits: {
    0: 'no difference',
    1: 'failure, the PBX does not answer, or a recording was compared in part',
    2: 'invalid options, recording or fixture',
    3: 'differences'
  },
  options: OPTIONS,

  async run(flags, context) {
    const options = readOptions(OPTIONS, flags, {})
    const { files, fixture, credential, accept, json } = options
    checkSubject(options, flags)
    if (options.upstream !== undefined) {
      const keys = await readAccepted(accept)
      const compared = await compareUpstream(context, {
        url: options.upstream,
        token: options.token ?? '',
        userId: options.user,
        role: options.role,
        extension: options.extension ?? '',
        tls: {
          ca: options.upstreamCa === undefined ? undefined : readCertificates(options.upstreamCa),
          rejectUnauthorized: !options.insecureUpstream
        },
        fixtures: await readFixtureFiles(fixture)
      })
      return printComparison(compared, { keys, json, subject: options.upstream }, context)
    }
    const credentials = readCredentials(credential)
    const keys = await readAccepted(accept)
    const names = recordingFiles(files)
    const fixtures = fixture.length > 0 ? await readFixtureFiles(fixture) : [await learnFixture(names)]
    const problems: string[] = []
    const { comparison, unused, missing } = await compareRecordings(context, {
      files: names,
      fixtures,
      credentials,
      report: ({ file, line, message }) =>
        problems.push(
          `${file}:${line}: the line ${message}.${line > 1 ? ' Lines before it were compared, those after it were not.' : ''}`
        )
    })
    context.err(problems.map(problem => `${escapeControls(problem)}\n`).join(''))
    if (comparison.exchanges + comparison.webhooks + comparison.notCompared.length === 0)
      throw new OptionsInvalid(problems.length > 0 ? ['There is nothing to compare.'] : ['The recordings are empty.'])
    context.err(unused.map(name => `--credential ${name}: no recorded request has ${name}.\n`).join(''))
    const code = printComparison(comparison, { keys, json, subject: 'the recording' }, context)
    if (code === EXIT.notVerified && fixture.length > 0 && missing.length > 0) context.err(explainMissing(missing))
    return code === EXIT.ok && problems.length > 0 ? EXIT.failure : code
  }
}

/** What to do when the emulator refuses credentials that the PBX accepted. */
const explainMissing = (names: readonly string[]): string =>
  `The fixture has no ${names.join(', ')}. Of those that the PBX accepted, give the fixture's own in their places: ` +
  `--credential ${names[0]}=…\n`

const OF_UPSTREAM = ['token', 'user', 'role', 'extension', 'upstreamCa', 'insecureUpstream'] as const

/** Refuses options that do not belong together. @throws OptionsInvalid with every problem */
function checkSubject({ files, upstream, token, extension, credential }: ValuesOf<typeof OPTIONS>, flags: Flags): void {
  const problems: string[] = []
  if (upstream === undefined) {
    if (files.length === 0) problems.push('Name a recording, or a PBX with --upstream.')
    const given = OF_UPSTREAM.filter(name => flags[name] !== undefined)
    problems.push(...given.map(name => `--${OPTIONS[name].flag} is for a PBX: it needs --upstream.`))
  } else {
    if (files.length > 0) problems.push('Recordings and --upstream exclude each other: give one of the two.')
    if (token === undefined) problems.push('--token is missing: the corpus is sent as one user of the PBX.')
    if (extension === undefined) problems.push('--extension is missing: the corpus lists the events of one extension.')
    if (credential.length > 0) problems.push('--credential is for recordings: --token is the one of the PBX.')
  }
  if (problems.length > 0) throw new OptionsInvalid(problems)
}

/** The fixture that `learn` makes of the same recordings. What is wrong with a line is reported when they are compared. */
async function learnFixture(files: readonly string[]): Promise<FixtureSource> {
  const learner = createLearner()
  for await (const line of readRecordings(orderRecordings(files), () => {})) learner.add(line)
  return { name: 'learned', document: learner.result().fixture }
}
