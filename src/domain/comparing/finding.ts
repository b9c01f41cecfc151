import type { DifferenceKind } from '../../schema/recordings/comparison.js'

/** One difference between two answers or webhooks. */
export interface Finding {
  kind: DifferenceKind
  /** The header, the parameter, or the JSON path of the member. */
  member?: string
  /** What the PBX did, in words. */
  recorded: string
  /** What the emulator did, in words. */
  emulator: string
}

/** A value in the words of a report: quoted, and cut when it is long. */
export function printValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > MAX_PRINTED ? `${text.slice(0, MAX_PRINTED)}… (${text.length} characters)` : text
}

const MAX_PRINTED = 200

/** Names in the words of a report. */
export const printNames = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))

/** The kind of a JSON value in the words of a report. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'a text'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'a boolean'
    default:
      return value === undefined ? 'nothing' : 'an object'
  }
}
