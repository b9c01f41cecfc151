import Type from 'typebox'
import { parseDuration } from '../client/duration.js'
import type { OptionRow } from '../config.js'
import { MAX_CALL_MS } from '../schema/calls/call-step.js'

/** An option for a time within a call: `2s`, `1500ms`, up to a day. */
export function durationOption(flag: string, meaning: string) {
  return {
    flag,
    placeholder: 'time',
    type: Type.String({ minLength: 1 }),
    check: time =>
      (parseDuration(time) ?? Infinity) <= MAX_CALL_MS ? undefined : 'a time such as 2s, 1500ms or 1m, up to 24h',
    meaning
  } as const satisfies OptionRow
}

/** The milliseconds of such an option; undefined when it was not given. */
export const toMs = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : parseDuration(time)
