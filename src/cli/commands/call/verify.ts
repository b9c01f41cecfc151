import Type from 'typebox'
import { readDuration } from '../../../client/duration.js'
import { NotVerified } from '../../../client/not-verified.js'
import { CallId, DeliveryState, MomentName } from '../../../schema/call.js'
import { MAX_WAIT_MS } from '../../../schema/verification.js'
import { checkAction, givenOf } from '../../action.js'
import { clientCommand, SHARED_NAMES } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { type CommandTable, EXIT } from '../../command.js'
import { MATCH_OPTIONS, REQUEST_OPTIONS } from '../../match-options.js'
import { OptionsInvalid } from '../../options.js'

const DELIVERY_OPTIONS = {
  callId: { flag: 'call', placeholder: 'id', type: CallId, meaning: 'Only those of a call.' },
  moment: { flag: 'moment', placeholder: 'moment', type: MomentName, meaning: 'Only those of a moment of their call.' },
  state: { flag: 'state', placeholder: 'state', type: DeliveryState, meaning: 'Only those in a state.' }
} as const

const many = (flag: string, meaning: string) =>
  ({ flag, placeholder: 'number', type: Type.Integer({ minimum: 0, maximum: 1_000_000 }), meaning }) as const

const COUNT_OPTIONS = {
  count: many('count', 'Exactly so many.'),
  min: many('min', 'At least so many; 1 where nothing is said of how many.'),
  max: many('max', 'At most so many.'),
  timeout: {
    flag: 'timeout',
    placeholder: 'time',
    type: Type.String({ minLength: 1 }),
    default: '0',
    check: time =>
      (readDuration(time) ?? Infinity) <= MAX_WAIT_MS ? undefined : 'a time such as 5s or 500ms, up to 1m',
    meaning: 'How long to wait for them: 5s, 500ms.'
  }
} as const satisfies CommandTable

const OPTIONS = {
  what: {
    argument: true,
    flag: 'what',
    type: Type.Enum(['requests', 'deliveries']),
    required: true,
    meaning: 'What is expected: requests that came in, or webhooks.'
  },
  ...COUNT_OPTIONS,
  ...MATCH_OPTIONS,
  ...DELIVERY_OPTIONS,
  ...REQUEST_OPTIONS
} as const

export const verify = clientCommand({
  name: 'verify',
  summary: 'Wait for requests or webhooks, and explain those that did not come.',
  note: `--call, --moment and --state are for deliveries; --method, --operation, --status, --user, --path and --unmatched for requests.`,
  examples: [
    "verify deliveries --extension '0003*210' --moment dialIn --count 1 --timeout 5s",
    'verify deliveries --state failed --max 0',
    'verify requests --operation create --status 200 --min 2 --json'
  ],
  exits: `Exit codes: 0 verified, 1 no emulator, or it fails, 2 bad options, or the emulator refuses them, 3 not verified: what came
instead is explained, with --json on standard output.`,
  options: OPTIONS,
  check: ({ what, count, min, max }, flags) => {
    const own = what === 'requests' ? REQUEST_OPTIONS : DELIVERY_OPTIONS
    const may = Object.keys({ ...COUNT_OPTIONS, ...MATCH_OPTIONS, ...own })
    checkAction(`verify ${what}`, { may }, OPTIONS, flags, ['what', ...SHARED_NAMES])
    if (count !== undefined && (min !== undefined || max !== undefined))
      throw new OptionsInvalid(['--count is how many exactly, --min and --max are bounds: give one, or the other.'])
  },
  async run({ requests, deliveries }, { what, count, min, max, timeout, json, ...options }, context) {
    const bounds = min === undefined && max === undefined ? undefined : givenOf({ min, max })
    const expected = { count: count ?? bounds, timeoutMs: readDuration(timeout) }
    const { extension, type, eventId, callId, moment, state, method, operation, status, user, path, unmatched } =
      options
    const common = { extension, type, eventId }
    const verifying = () =>
      what === 'requests'
        ? requests.verify({
            ...expected,
            match: givenOf({ ...common, method, operation, status, user, path, unmatched })
          })
        : deliveries.verify({ ...expected, match: givenOf({ ...common, callId, moment, state }) })
    try {
      const verified = await verifying()
      context.out(json ? renderJson(verified) : `Verified: ${verified.count} ${what}.\n`)
      return EXIT.ok
    } catch (error) {
      if (!(error instanceof NotVerified)) throw error
      if (json) context.out(renderJson({ verified: false, ...explanationOf(error) }))
      else context.err(`${error.message}\n`)
      return EXIT.notVerified
    }
  }
})

const explanationOf = ({ count, expected, nearest, hints }: NotVerified) => ({ count, expected, nearest, hints })
