import Type from 'typebox'
import { parseDuration, printDuration } from '../client/duration.js'
import type { OptionRow } from '../option-table.js'
import { MAX_CALL_MS } from '../schema/calls/call-step.js'

/** The bounds of a duration and its example in messages. */
export interface DurationRule {
  /** In milliseconds. */
  min?: number
  /** In milliseconds. */
  max?: number
  /** What it must be a multiple of, in milliseconds. */
  multipleOf?: number
  examples?: string
}

/** An option for a duration with its unit: `2s`, `1500ms`, by default up to a day. */
export function durationOption(flag: string, meaning: string, rule: DurationRule = {}) {
  return {
    flag,
    placeholder: 'time',
    type: Type.String({ minLength: 1 }),
    check: (time: string) => checkDuration(time, rule),
    meaning
  } as const satisfies OptionRow
}

/** The milliseconds of a duration that was checked; undefined when it was not given. */
export const toMs = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : parseDuration(time)

/** Whether a text is a duration with its unit. Zero needs none. */
export const isDuration = (text: string): boolean => parseDuration(text) !== undefined && !lacksUnit(text)

/** What a duration must be; undefined when it is valid. A number without a unit is refused: it could be either. */
function checkDuration(
  time: string,
  { min = 0, max = MAX_CALL_MS, multipleOf = 1, examples = '2s, 1500ms or 1m' }: DurationRule
): string | undefined {
  const ms = parseDuration(time)
  if (ms !== undefined && !lacksUnit(time) && ms >= min && ms <= max && ms % multipleOf === 0) return undefined
  const from = min > 0 ? `from ${printDuration(min)} ` : ''
  const whole = multipleOf === 1000 ? ' of whole seconds' : ''
  const written = ms !== undefined && lacksUnit(time) ? `; write ${writtenOut(time, multipleOf)}` : ''
  return `a time${whole} with its unit such as ${examples}, ${from}up to ${printDuration(max)}${written}`
}

const lacksUnit = (text: string): boolean => /^[\d.]+$/.test(text.trim()) && Number(text) !== 0

const writtenOut = (time: string, multipleOf: number): string =>
  multipleOf === 1000 ? `${time}s` : `${time}ms or ${time}s`
