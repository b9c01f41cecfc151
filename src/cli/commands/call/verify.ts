import Type from 'typebox'
import { parseDuration } from '../../../client/duration.js'
import { NotVerified } from '../../../client/not-verified.js'
import { MAX_WAIT_MS } from '../../../schema/verification.js'
import { checkAction, omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { CLIENT_EXITS, renderJson } from '../../client-options.js'
import { type CommandTable, EXIT } from '../../command.js'
import { DELIVERY_OPTIONS, MATCH_OPTIONS, REQUEST_OPTIONS } from '../../match-options.js'
import { OptionsInvalid } from '../../options.js'

const count = (flag: string, meaning: string) =>
  ({ flag, placeholder: 'number', type: Type.Integer({ minimum: 0, maximum: 1_000_000 }), meaning }) as const

const EXPECTATION_OPTIONS = {
  count: count('count', 'Exactly this many.'),
  min: count('min', 'At least this many; 1 without --count, --min and --max.'),
  max: count('max', 'At most this many.'),
  timeout: {
    flag: 'timeout',
    placeholder: 'time',
    type: Type.String({ minLength: 1 }),
    default: '0',
    check: time =>
      (parseDuration(time) ?? Infinity) <= MAX_WAIT_MS ? undefined : 'a time such as 5s or 500ms, up to 1m',
    meaning: 'How long to wait for them: 5s, 500ms.'
  }
} as const satisfies CommandTable

const OPTIONS = {
  kind: {
    argument: true,
    flag: 'kind',
    type: Type.Enum(['requests', 'deliveries']),
    required: true,
    meaning: 'Received requests, or deliveries of webhooks.'
  },
  ...EXPECTATION_OPTIONS,
  ...MATCH_OPTIONS,
  ...DELIVERY_OPTIONS,
  ...REQUEST_OPTIONS
} as const

export const verify = clientCommand({
  name: 'verify',
  summary: 'Wait for requests or deliveries, and explain missing ones',
  notes: [
    '--call, --moment and --state are for deliveries; --method, --operation, --status, --user, --path and --unmatched ' +
      'are for requests. The explanation is printed on standard error, with --json on standard output.'
  ],
  examples: [
    "uapi-emulator verify deliveries --extension '0003*210' --moment dialIn --count 1 --timeout 5s",
    'uapi-emulator verify deliveries --state failed --max 0',
    'uapi-emulator verify requests --operation create --status 200 --min 2 --json'
  ],
  exits: { ...CLIENT_EXITS, 3: 'not verified' },
  options: OPTIONS,
  check: ({ kind, count, min, max }, flags) => {
    const ofKind = kind === 'requests' ? REQUEST_OPTIONS : DELIVERY_OPTIONS
    const optional = Object.keys({ ...EXPECTATION_OPTIONS, ...MATCH_OPTIONS, ...ofKind })
    checkAction(`verify ${kind}`, { optional }, OPTIONS, flags, 'kind')
    if (count !== undefined && (min !== undefined || max !== undefined))
      throw new OptionsInvalid(['--count is an exact number, --min and --max are bounds: give one, or the other.'])
  },
  async run({ requests, deliveries }, { kind, count, min, max, timeout, json, ...options }, context) {
    const bounds = min === undefined && max === undefined ? undefined : omitUndefined({ min, max })
    const expected = { count: count ?? bounds, timeoutMs: parseDuration(timeout) }
    const { extension, type, eventId, callId, moment, state, method, operation, status, user, path, unmatched } =
      options
    const common = { extension, type, eventId }
    const verifying = () =>
      kind === 'requests'
        ? requests.verify({
            ...expected,
            match: omitUndefined({ ...common, method, operation, status, user, path, unmatched })
          })
        : deliveries.verify({ ...expected, match: omitUndefined({ ...common, callId, moment, state }) })
    try {
      const verified = await verifying()
      context.out(json ? renderJson(verified) : `Verified: ${verified.count} ${kind}.\n`)
      return EXIT.ok
    } catch (error) {
      if (!(error instanceof NotVerified)) throw error
      const { count, expected, nearest, hints } = error
      if (json) context.out(renderJson({ verified: false, count, expected, nearest, hints }))
      else context.err(`${error.message}\n`)
      return EXIT.notVerified
    }
  }
})
