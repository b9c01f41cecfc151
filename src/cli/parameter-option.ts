import Type from 'typebox'
import type { ReplayRequest } from '../schema/calls/replay.js'
import { OptionsInvalid } from './options.js'

/** The option `--parameter name=value`; each command adds its meaning. */
export const PARAMETER_OPTION = {
  flag: 'parameter',
  placeholder: 'name=value',
  type: Type.String({ pattern: '^[^=]+=', description: 'For example CallStatus=ANSWER.' }),
  repeatable: true
} as const

/** The names and values of `--parameter`, in their order. */
export const readParameters = (pairs: readonly string[]): [name: string, value: string][] =>
  pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])

/** The changes of parameters that `--parameter` and `--without` describe; undefined without any. */
export function parameterChanges({
  parameter,
  without
}: {
  parameter: string[]
  without: string[]
}): ReplayRequest['parameters'] {
  const changes = [...readParameters(parameter), ...without.map(name => [name, null] as const)]
  return changes.length === 0 ? undefined : Object.fromEntries(changes)
}

/** @throws OptionsInvalid when a name of a parameter is given more than once */
export function checkParameterNames(names: readonly string[]): void {
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index))
  if (repeated.size === 0) return
  throw new OptionsInvalid([...repeated].map(name => `Parameter ${name} is given more than once: give it one value.`))
}
