import Type from 'typebox'
import { printDuration } from '../../../client/duration.js'
import { CallOutcome, DialledNumber } from '../../../schema/calls/call-step.js'
import { MAX_LIMIT } from '../../../schema/list-limit.js'
import { DEFAULT_PHONE, type Phone } from '../../../schema/phone.js'
import { type ActionRule, actionArgument, checkAction } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { durationOption, toMs } from '../../duration-option.js'
import { OptionsInvalid } from '../../options.js'

const ACTIONS = {
  set: { required: ['number'], optional: ['outcome', 'ring', 'talk'] },
  list: {},
  show: { required: ['number'] },
  remove: { optional: ['number', 'all'] }
} satisfies Record<string, ActionRule>

const DEFAULTS = {
  ring: printDuration(DEFAULT_PHONE.ringMs),
  talk: printDuration(DEFAULT_PHONE.talkMs)
} as const

const OPTIONS = {
  action: { ...actionArgument(ACTIONS), required: true },
  number: {
    argument: true,
    flag: 'number',
    type: DialledNumber,
    meaning: 'Number of the party as it is dialled: an extension, its public number, an outside number, a feature code.'
  },
  outcome: {
    flag: 'outcome',
    placeholder: 'outcome',
    type: CallOutcome,
    meaning: `With set: its outcome when it is rung; ${DEFAULT_PHONE.outcome} by default.`
  },
  ring: durationOption('ring', `With set: how long it rings before it answers or ends; ${DEFAULTS.ring} by default.`),
  talk: durationOption('talk', `With set: how long it talks before it hangs up; ${DEFAULTS.talk} by default.`),
  all: { flag: 'all', type: Type.Boolean(), meaning: 'With remove: all phones that were set.' }
} as const

export const phone = clientCommand({
  name: 'phone',
  summary: "Set how parties behave when the vendor's API rings them",
  notes: [
    `Without a phone of its own, a number is ${DEFAULT_PHONE.outcome} after ${DEFAULTS.ring} and hangs up after ${DEFAULTS.talk}. ` +
      'set replaces a phone: options that are left out get these defaults. show prints the defaults of a number that was ' +
      'never set. remove gives a number its defaults back.'
  ],
  examples: [
    "uapi-emulator phone set '0003*211' --outcome busy --ring 2s",
    'uapi-emulator phone set +40722000111 --talk 1m',
    'uapi-emulator phone list',
    "uapi-emulator phone show '0003*211'",
    "uapi-emulator phone remove '0003*211'",
    'uapi-emulator phone remove --all'
  ],
  options: OPTIONS,
  check({ action, number, all }, flags) {
    checkAction(action, ACTIONS[action], OPTIONS, flags)
    if (action !== 'remove' || (number === undefined) === (all === true)) return
    const problem = all
      ? 'number and --all exclude each other.'
      : 'number is missing. Give one, or --all for all phones.'
    throw new OptionsInvalid([problem])
  },
  async run({ phones }, { action, number = '', json, ...options }, context) {
    const print = (phone: Phone) => context.out(json ? renderJson(phone) : renderPhone(phone))
    switch (action) {
      case 'set': {
        const { outcome, ring, talk } = options
        return print(await phones.set(number, { outcome, ringMs: toMs(ring), talkMs: toMs(talk) }))
      }
      case 'list': {
        const list = await phones.list({ limit: MAX_LIMIT })
        if (json) return context.out(list.phones.map(renderJson).join(''))
        const omitted = list.total > list.phones.length ? `The newest ${list.phones.length} of ${list.total}.\n` : ''
        return context.out(list.total === 0 ? 'No phones.\n' : list.phones.map(renderPhone).join('') + omitted)
      }
      case 'show':
        return print(await phones.get(number))
      case 'remove': {
        if (options.all) {
          const { cleared } = await phones.clear()
          return context.out(json ? renderJson({ cleared }) : `Removed all phones: ${cleared}.\n`)
        }
        await phones.remove(number)
        return context.out(json ? renderJson({ number, removed: true }) : `Removed the phone of ${number}.\n`)
      }
    }
  }
})

const renderPhone = ({ number, outcome, ringMs, talkMs }: Phone): string =>
  `${number}  ${outcome}  rings ${printDuration(ringMs)}, talks ${printDuration(talkMs)}\n`
