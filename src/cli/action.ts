import Type from 'typebox'
import type { CommandTable, Flags } from './command.js'
import { OptionsInvalid, optionLabel } from './options.js'

/** The options and arguments that an action of a command takes, by name. */
export interface ActionRule {
  required?: readonly string[]
  optional?: readonly string[]
}

/** The argument that selects one of a command's actions. */
export const actionArgument = <Name extends string>(actions: Readonly<Record<Name, ActionRule>>) =>
  ({
    argument: true,
    flag: 'action',
    type: Type.Enum(Object.keys(actions) as [Name, ...Name[]]), // a command has at least one action
    meaning: 'Action to perform.'
  }) as const

/**
 * Checks that an action has every option that it requires and none that it would ignore.
 * @param label the action in messages
 * @param selector the name of the argument that selected the action
 * @throws OptionsInvalid with every problem
 */
export function checkAction(
  label: string,
  { required = [], optional = [] }: ActionRule,
  table: CommandTable,
  flags: Flags,
  selector = 'action'
): void {
  const allowed = new Set([selector, ...required, ...optional])
  const problems = Object.entries(table).flatMap(([name, row]) => {
    const isSet = flags[name] !== undefined
    if (isSet && !allowed.has(name)) return [`${optionLabel(row)} does not go with ${label}.`]
    return !isSet && required.includes(name) ? [`${optionLabel(row)} is missing. ${row.meaning}`] : []
  })
  if (problems.length > 0) throw new OptionsInvalid(problems)
}

/** A copy without the members that are undefined. */
export const omitUndefined = <T extends object>(values: T): OptionalInsteadOfUndefined<T> =>
  // The type is exact: a member that may be undefined here is optional there.
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as OptionalInsteadOfUndefined<T>

/** The same members; those that may be undefined are optional instead. */
type OptionalInsteadOfUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
