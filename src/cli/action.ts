import type { CommandTable, Flags } from './command.js'
import { OptionsInvalid, writtenName } from './options.js'

/** What an action of a command takes of the rows of its table. */
export interface Takes {
  needs?: readonly string[]
  may?: readonly string[]
}

/**
 * Checks that an action has what it needs, and nothing that it would not look at: a slip must not pass silently.
 * @param flags what was given
 * @param ofAll the rows that every action takes
 * @throws OptionsInvalid with every problem
 */
export function checkAction(
  action: string,
  { needs = [], may = [] }: Takes,
  table: CommandTable,
  flags: Flags,
  ofAll: readonly string[]
): void {
  const taken = new Set([...needs, ...may, ...ofAll])
  const problems = Object.entries(table).flatMap(([name, row]) => {
    const isGiven = flags[name] !== undefined
    if (isGiven && !taken.has(name)) return [`${writtenName(row)} does not go with ${action}.`]
    return !isGiven && needs.includes(name) ? [`${writtenName(row)} is missing. ${row.meaning}`] : []
  })
  if (problems.length > 0) throw new OptionsInvalid(problems)
}

/** The values that were given, without what is not there. */
export const givenOf = <T extends object>(values: T): Given<T> =>
  // A member that may be left out may be undefined here, and is then left out: whoever takes it says which may.
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>

/** The same, where what may be undefined may be left out instead. */
type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
