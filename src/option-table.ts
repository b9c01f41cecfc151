import type { Static, TSchema } from 'typebox'

/** An option: one row of the table from which options are read and `--help` and docs/settings.md are printed. */
export interface OptionRow {
  flag: string
  /** Name of the value in `--help`; an option without one is a switch. */
  placeholder?: string
  /** Schema of the value. */
  type: TSchema
  default?: string | number | boolean
  /** Whether it can be given several times; in the environment its values are separated by commas. */
  repeatable?: true
  /** Whether the command refuses to run without it. */
  required?: true
  /** Whether its value must never be printed. */
  secret?: true
  /** A check beyond the schema. @returns a description of valid values, or undefined when the value is valid */
  check?: (value: string) => string | undefined
  meaning: string
}

/** A table of options, by their names in the code. */
export type Table = Readonly<Record<string, OptionRow>>

/** The values of a table of options. An option without a default that is not required may be undefined. */
export type ValuesOf<T extends Table> = {
  -readonly [K in keyof T]: T[K] extends { repeatable: true }
    ? string[]
    :
        | Static<T[K]['type']>
        | (T[K] extends { default: string | number | boolean } | { required: true } ? never : undefined)
}

/** Where the value of an option was given, by the option's name in the code. An option with its default has none. */
export type Origins = Readonly<Partial<Record<string, 'flag' | 'environment' | 'file'>>>

/** The name of an option in the settings file: `publicUrl`. */
export const memberName = ({ flag }: Pick<OptionRow, 'flag'>): string =>
  flag.replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase())

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment variable of an option: `UAPI_EMULATOR_PUBLIC_URL`. */
export const environmentName = ({ flag }: Pick<OptionRow, 'flag'>): string =>
  `${ENVIRONMENT_PREFIX}${flag.toUpperCase().replaceAll('-', '_')}`

/** Prefix of every environment variable: `UAPI_EMULATOR_`. */
export const ENVIRONMENT_PREFIX = 'UAPI_EMULATOR_'
