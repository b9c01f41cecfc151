import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { SERVE_OPTIONS, type ServeOptions } from '../../config.js'
import type { Environment } from '../../option-table.js'
import { IN_MEMORY } from '../../store/database.js'
import type { Flags } from '../command.js'
import { type FileOptions, OptionsInvalid, readOptions, readServeOptions } from '../options.js'
import { checkSettings } from './settings-check.js'

/** The settings file of the working folder, which is read where no other is named. */
export const DEFAULT_FILE = 'uapi-emulator.config.json'

/** The largest settings file, in bytes. */
export const MAX_FILE_BYTES = 1_048_576

/** A settings file as it was read. */
export interface SettingsFile extends FileOptions {
  /** As it was named, for messages. */
  name: string
  path: string
  /** Its content; undefined when it could not be read. */
  text: string | undefined
  isMissing: boolean
}

/** Options of a start, and the settings file among their sources; undefined when there is none. */
export interface ReadOptions {
  options: ServeOptions
  file: SettingsFile | undefined
}

/**
 * Reads the options of `serve` from flags, environment and settings file.
 * @throws OptionsInvalid with every problem of all three; also when the file that `--config` names is missing
 */
export async function readStartOptions(flags: Flags, environment: Environment): Promise<ReadOptions> {
  const named = namedFile(flags, environment)
  const isRead = named === undefined ? existsSync(DEFAULT_FILE) : named !== ''
  const file = isRead ? await readSettingsFile(named ?? DEFAULT_FILE) : undefined
  return { options: optionsWith(flags, environment, file), file }
}

/** The options of `serve` with a settings file that was read. @throws OptionsInvalid with every problem, its too */
export const optionsWith = (flags: Flags, environment: Environment, file: SettingsFile | undefined): ServeOptions =>
  readServeOptions(flags, environment, file && withPaths(file))

/**
 * Reads a settings file and checks its values. What is wrong is in its problems, with line, column and path.
 * @param known the same file as it was read before; it is returned when nothing has changed
 * @source control-api.md "Settings"
 */
export async function readSettingsFile(name: string, known?: SettingsFile): Promise<SettingsFile> {
  const path = resolve(name)
  const read = readText(path)
  if ('problem' in read) {
    const { problem } = read
    return {
      name,
      path,
      text: undefined,
      isMissing: problem === MISSING,
      values: {},
      problems: [`${name}: ${problem}.`]
    }
  }
  if (known?.text === read.text) return known
  return { name, path, text: read.text, isMissing: false, ...(await checkSettings(name, read.text)) }
}

/** Names of files in a settings file are relative to its folder. Fixtures have to keep theirs: it is their name. */
function withPaths({ path, values, ...file }: SettingsFile): SettingsFile {
  const absolute = Object.entries(values).map(([name, value]) => {
    const isPath = PATHS.includes(name) && typeof value === 'string' && value !== IN_MEMORY
    return [name, isPath && !isAbsolute(value) ? resolve(dirname(path), value) : value]
  })
  return { ...file, path, values: Object.fromEntries(absolute) }
}

const PATHS: readonly string[] = ['database', 'tlsCert', 'tlsKey', 'tlsDir'] satisfies (keyof ServeOptions)[]

/** The file that is named; empty when its name is invalid, which the reading of all options reports. */
function namedFile(flags: Flags, environment: Environment): string | undefined {
  try {
    return readOptions({ config: SERVE_OPTIONS.config }, flags, environment).config
  } catch (error) {
    if (error instanceof OptionsInvalid) return ''
    throw error
  }
}

function readText(path: string): { text: string } | { problem: string } {
  try {
    const bytes = readBounded(path)
    if (bytes.length > MAX_FILE_BYTES) return { problem: `the file is larger than ${MAX_FILE_BYTES} bytes` }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    const code = String(Reflect.get(Object(error), 'code'))
    return { problem: PROBLEMS[code] ?? 'the file cannot be read' }
  }
}

const MISSING = 'there is no such file'

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: MISSING,
  ENOTDIR: MISSING,
  EISDIR: 'it is a folder; name a file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'the file is not UTF-8'
}

/** Reads at most a byte more than is allowed: the path may be that of a pipe or a device without an end. */
function readBounded(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file) // 0 where it is not a matter of size
    const bytes = Buffer.alloc(size === 0 ? MAX_FILE_BYTES + 1 : Math.min(size, MAX_FILE_BYTES) + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
