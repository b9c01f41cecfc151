import { statSync } from 'node:fs'
import type { BuiltEmulator } from '../../app.js'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import { FixtureInvalid, type FixtureSource } from '../../domain/fixtures/read.js'
import { type Environment, memberName, type OptionRow } from '../../option-table.js'
import { DEFAULT_SETTINGS } from '../../schema/settings.js'
import type { Flags } from '../command.js'
import { OptionsInvalid } from '../options.js'
import { DEFAULT_FILE, optionsWith, type ReadOptions, readSettingsFile, type SettingsFile } from './settings-file.js'
import { fixtureNames, type StartFixtures } from './start-fixtures.js'

/** What a watch needs of the start. */
export interface WatchParts {
  flags: Flags
  environment: Environment
  started: ReadOptions
  fixtures: StartFixtures
  /** The fixtures that were read at the start. */
  sources: FixtureSource[]
  emulator: Pick<BuiltEmulator, 'restart' | 'initialState'>
  log: Pick<BuiltEmulator['app']['log'], 'info' | 'warn'>
}

/** The content of the watched files in one round: problems, or the options and fixtures to apply. */
interface WatchedFiles {
  /** Equal in two rounds when nothing has changed between them. */
  identity: unknown[]
  file: SettingsFile | undefined
  found: { problems: string[] } | { options: ServeOptions; sources: FixtureSource[] }
}

/**
 * Makes the round of `--watch`: it reads the fixtures and the settings file, and a change resets the state to them.
 * While one is wrong, its problems are logged once and everything stays as it is.
 * @source control-api.md "Settings"
 */
export function createWatchRound(parts: WatchParts): (isStopped?: () => boolean) => Promise<void> {
  const { flags, environment, started, fixtures, emulator, log } = parts
  const name = started.options.config ?? DEFAULT_FILE
  const isFixed = started.file !== undefined && !isRegular(started.file.path) // a pipe cannot be read twice
  let file = started.file
  let applied = { text: file?.text, sources: parts.sources }
  let last = identityOf(file, parts.sources)

  const readFiles = async (): Promise<WatchedFiles> => {
    file = isFixed ? file : await readSettingsFile(name, file)
    if (file?.isMissing && started.file === undefined && applied.text === undefined) file = undefined // as at the start
    if (file !== undefined && file.problems.length > 0) {
      return { identity: [...file.problems, file.text], file, found: { problems: [...file.problems] } }
    }
    try {
      const options = optionsWith(flags, environment, file)
      const names = fixtureNames({ options, file })
      const read = await fixtures.read(names)
      if ('sources' in read) {
        const { sources } = read
        return { identity: identityOf(file, sources), file, found: { options, sources } }
      }
      const problems = read.problems.map(({ name, message }) => `${names.label}${name}: ${message}.`)
      return { identity: [file?.text, ...problems], file, found: { problems } }
    } catch (error) {
      if (!(error instanceof OptionsInvalid)) throw error
      return { identity: [file?.text, error.message], file, found: { problems: error.message.split('\n') } }
    }
  }

  const refuse = (problems: string[]) => {
    for (const problem of problems) log.warn(problem)
    log.warn('a watched file is wrong: everything stays as it is')
  }

  const apply = (file: SettingsFile | undefined, options: ServeOptions, sources: FixtureSource[]) => {
    const isFileChanged = file?.text !== applied.text
    const changed = changedNames(applied.sources, sources)
    if (isFileChanged || !emulator.initialState.holds(sources)) {
      emulator.restart({ fixtures: sources, settings: options.settings, origins: options.origins })
      const names = [...(isFileChanged ? [file?.name ?? name] : []), ...changed]
      log.info(`the state was reset to the files; changed: ${names.join(', ') || 'their order'}`)
    } else log.info('the watched files hold what was loaded: nothing to reset') // a reset has read them, or they are back
    fixtures.use(fixtureNames({ options, file }))
    applied = { text: file?.text, sources }
    const waiting = isFileChanged ? waitingForRestart(started.options, options) : []
    if (waiting.length > 0) log.warn(`restart to apply: ${waiting.join(', ')}`)
  }

  return async (isStopped = () => false) => {
    const { identity, file, found } = await readFiles()
    if (isStopped() || isSame(identity, last)) return
    last = identity
    if ('problems' in found) return refuse(found.problems)
    try {
      apply(file, found.options, found.sources)
    } catch (error) {
      if (!(error instanceof FixtureInvalid)) throw error
      refuse(error.message.split('\n'))
    }
  }
}

/** Repeats rounds that never overlap, each so long after the end of the one before. They do not keep the process alive. */
export function repeat(
  round: (isStopped: () => boolean) => Promise<void>,
  { everyMs, report }: { everyMs: number; report: (error: unknown) => void }
): { stop(): Promise<void> } {
  let isStopped = false
  let running = Promise.resolve()
  let timer: NodeJS.Timeout
  const arm = () => {
    timer = setTimeout(() => {
      running = round(() => isStopped)
        .catch(report)
        .then(() => (isStopped ? undefined : arm()))
    }, everyMs).unref()
  }
  arm()
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    }
  }
}

const identityOf = (file: SettingsFile | undefined, sources: FixtureSource[]): unknown[] => [
  file?.text,
  ...sources.flatMap(({ name, document }) => [name, document])
]

const isSame = (one: unknown[], other: unknown[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index])

/** The names of the fixtures that were changed, added or removed. */
function changedNames(before: FixtureSource[], after: FixtureSource[]): string[] {
  const documents = new Map(before.map(({ name, document }) => [name, document]))
  const names = after.filter(({ name, document }) => documents.get(name) !== document).map(({ name }) => name)
  const removed = before.filter(({ name }) => after.every(other => other.name !== name)).map(({ name }) => name)
  return [...new Set([...names, ...removed])]
}

/** The options that only a restart applies and that differ from those of the start, by their names in the file. */
const waitingForRestart = (before: ServeOptions, after: ServeOptions): string[] =>
  Object.entries<OptionRow>(SERVE_OPTIONS).flatMap(([name, row]) => {
    if (name in DEFAULT_SETTINGS || name === 'fixtures') return []
    const [one, other] = [before, after].map(options => JSON.stringify(Reflect.get(options, name)))
    return one === other ? [] : memberName(row)
  })

function isRegular(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return true // it was removed after it was read
  }
}
