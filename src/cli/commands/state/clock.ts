import Type from 'typebox'
import { Compile } from 'typebox/schema'
import type { ClockAdvanced, ClockReading } from '../../../schema/clock.js'
import { IsoTime } from '../../../schema/time.js'
import { actionArgument, checkAction } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { isDuration } from '../../duration-option.js'
import { OptionsInvalid } from '../../options.js'
import { renderDeliveryHead, renderDeliveryRow } from '../../tables.js'
import type { Page } from '../../terminal/page.js'

const ACTIONS = {
  show: {},
  freeze: { optional: ['time'] },
  run: { optional: ['time'] },
  advance: { required: ['time'] },
  set: { required: ['time'] }
} as const

const OPTIONS = {
  action: { ...actionArgument(ACTIONS), default: 'show' },
  time: {
    argument: true,
    flag: 'time',
    type: Type.String({ minLength: 1 }),
    meaning: 'Time such as 2030-01-01T00:00:00Z; for advance also a duration with its unit: 45s, 2m, 1h.'
  }
} as const

export const clock = clientCommand({
  name: 'clock',
  summary: 'Show, freeze, run, advance or set the clock',
  notes: [
    'advance performs every step that is due on the way, in order, and waits until its webhooks are answered. set ' +
      'keeps the mode of the clock: running or frozen.'
  ],
  examples: [
    'uapi-emulator clock',
    'uapi-emulator clock freeze',
    'uapi-emulator clock advance 45s',
    'uapi-emulator clock set 2030-01-01T00:00:00Z',
    'uapi-emulator clock run'
  ],
  options: OPTIONS,
  check: ({ action, time }, flags) => {
    checkAction(action, ACTIONS[action], OPTIONS, flags)
    if (time === undefined || isTime(time) || (action === 'advance' && isDuration(time))) return
    const expected = 'an ISO 8601 time with an offset such as 2030-01-01T00:00:00Z'
    const alternative = action === 'advance' ? ', or a duration with its unit such as 45s or 500ms' : ''
    throw new OptionsInvalid([`time must be ${expected}${alternative}; got ${JSON.stringify(time)}.`])
  },
  async run({ clock }, { action, time, json }, context) {
    if (action === 'advance') {
      const advanced = await clock.advance(isTime(time ?? '') ? { to: time ?? '' } : (time ?? 0))
      return context.out(json ? renderJson(advanced) : renderAdvanced(advanced, context.page))
    }
    const perform = { show: clock.get, freeze: clock.freeze, run: clock.run }
    const reading =
      action === 'set' ? await clock.set({ mode: (await clock.get()).mode, now: time }) : await perform[action](time)
    context.out(json ? renderJson(reading) : renderReading(reading))
  }
})

const isTime = (text: string): boolean => Compile(IsoTime).Check(text)

const renderReading = ({ mode, now }: ClockReading): string => `${now} ${mode}\n`

/** The new time, and a table of the deliveries that were sent on the way. */
function renderAdvanced({ moments, deliveries, ...reading }: ClockAdvanced, page: Page): string {
  const counts = `${moments.length} moments, ${deliveries.length} deliveries`
  const rows = deliveries.map(delivery => renderDeliveryRow(delivery, page)).join('')
  const table = deliveries.length === 0 ? '' : `\n${renderDeliveryHead(page)}${rows}`
  return `${renderReading(reading)}${counts} on the way\n${table}`
}
