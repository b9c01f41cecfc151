import Type from 'typebox'
import { Compile } from 'typebox/schema'
import { readDuration } from '../../../client/duration.js'
import type { ClockAdvanced, ClockReading } from '../../../schema/clock.js'
import { IsoTime } from '../../../schema/time.js'
import { checkAction, type Takes } from '../../action.js'
import { clientCommand, SHARED_NAMES } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { OptionsInvalid } from '../../options.js'
import { renderHead, renderRow } from '../../tables.js'

const ACTIONS = {
  show: {},
  freeze: { may: ['time'] },
  run: { may: ['time'] },
  advance: { needs: ['time'] },
  set: { needs: ['time'] }
} as const
const NAMES = ['show', 'freeze', 'run', 'advance', 'set'] as const

const OPTIONS = {
  action: {
    argument: true,
    flag: 'action',
    type: Type.Enum([...NAMES]),
    default: 'show',
    meaning: 'What to do.'
  },
  time: {
    argument: true,
    flag: 'time',
    type: Type.String({ minLength: 1 }),
    meaning: 'A time such as 2030-01-01T00:00:00Z; for advance also how far: 45s, 2m, 1h.'
  }
} as const

export const clock = clientCommand({
  name: 'clock',
  summary: 'Read the clock, stop it, set it, and move it on.',
  note: `advance goes through everything that is due on the way, and waits until each webhook was answered. set leaves a clock that
runs running, and one that is stopped stopped.`,
  examples: ['clock', 'clock freeze', 'clock advance 45s', 'clock set 2030-01-01T00:00:00Z', 'clock run'],
  options: OPTIONS,
  check: ({ action, time }, flags) => {
    const takes: Takes = ACTIONS[action]
    checkAction(action, takes, OPTIONS, flags, ['action', ...SHARED_NAMES])
    if (time === undefined || isTime(time) || (action === 'advance' && readDuration(time) !== undefined)) return
    const expected = 'an ISO 8601 time with an offset such as 2030-01-01T00:00:00Z'
    const further = action === 'advance' ? ', or how far such as 45s' : ''
    throw new OptionsInvalid([`time must be ${expected}${further}; got ${JSON.stringify(time)}.`])
  },
  async run({ clock }, { action, time, json }, shell) {
    if (action === 'advance') {
      const advanced = await clock.advance(isTime(time ?? '') ? { to: time ?? '' } : (time ?? 0))
      return shell.out(json ? renderJson(advanced) : renderAdvanced(advanced))
    }
    const read = { show: clock.get, freeze: clock.freeze, run: clock.run }
    const reading =
      action === 'set' ? await clock.set({ mode: (await clock.get()).mode, now: time }) : await read[action](time)
    shell.out(json ? renderJson(reading) : renderReading(reading))
  }
})

const isTime = (text: string): boolean => Compile(IsoTime).Check(text)

const renderReading = ({ mode, now }: ClockReading): string => `${now} ${mode}\n`

/** Where the clock stands after it was moved on, and what was sent on the way. */
export function renderAdvanced({ moments, deliveries, ...reading }: ClockAdvanced): string {
  const counts = `${moments.length} moments, ${deliveries.length} deliveries`
  const table = deliveries.length === 0 ? '' : `\n${renderHead()}${deliveries.map(renderRow).join('')}`
  return `${renderReading(reading)}${counts} on the way\n${table}`
}
