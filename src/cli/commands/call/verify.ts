import { resolve } from 'node:path'
import Type from 'typebox'
import { NotVerified } from '../../../client/not-verified.js'
import type { DeliveryMatch } from '../../../schema/calls/delivery.js'
import type { RequestMatch } from '../../../schema/journal.js'
import { MAX_WAIT_MS } from '../../../schema/verification.js'
import { checkAction, omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { CLIENT_EXITS, renderJson } from '../../client-options.js'
import { type CommandTable, EXIT } from '../../command.js'
import { durationOption, toMs } from '../../duration-option.js'
import { readJsonFile } from '../../fixture-files.js'
import { CONTENT_OPTIONS, DELIVERY_OPTIONS, MATCH_OPTIONS, REQUEST_OPTIONS, SENT_OPTIONS } from '../../match-options.js'
import { OptionsInvalid } from '../../options.js'
import { checkParameterNames, readParameters } from '../../parameter-option.js'

const count = (flag: string, meaning: string) =>
  ({ flag, placeholder: 'number', type: Type.Integer({ minimum: 0, maximum: 1_000_000 }), meaning }) as const

const EXPECTATION_OPTIONS = {
  count: count('count', 'Exactly this many.'),
  min: count('min', 'At least this many; 1 without --count, --min and --max.'),
  max: count('max', 'At most this many.'),
  timeout: {
    ...durationOption('timeout', 'How long to wait for them: 5s, 500ms.', {
      max: MAX_WAIT_MS,
      examples: '5s or 500ms'
    }),
    default: '0s'
  }
} as const satisfies CommandTable

const SEQUENCE_OPTION = {
  sequence: {
    flag: 'sequence',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning:
      'JSON file with a list of steps, [{"match":{}}, ...], to expect in this order. Replaces all options but --timeout.'
  }
} as const satisfies CommandTable

const OPTIONS = {
  kind: {
    argument: true,
    flag: 'kind',
    type: Type.Enum(['requests', 'deliveries']),
    required: true,
    meaning: 'Requests that were received, or deliveries of webhooks.'
  },
  ...EXPECTATION_OPTIONS,
  ...MATCH_OPTIONS,
  ...DELIVERY_OPTIONS,
  ...SENT_OPTIONS,
  ...REQUEST_OPTIONS,
  ...CONTENT_OPTIONS,
  ...SEQUENCE_OPTION
} as const

/** The conditions that apply to deliveries only. */
const OF_DELIVERIES = { ...DELIVERY_OPTIONS, ...SENT_OPTIONS, method: REQUEST_OPTIONS.method }

export const verify = clientCommand({
  name: 'verify',
  summary: 'Wait for requests or deliveries, and explain missing ones',
  notes: [
    '--call, --moment, --state, --webhook-url, --call-status, --call-flow and --parameter are for deliveries; ' +
      '--operation, --status, --user, --path, --unmatched, --query, --header and --body are for requests. If they are not as expected, the ' +
      'explanation is printed on standard error, with --json on standard output.'
  ],
  examples: [
    'uapi-emulator verify deliveries --moment dialIn --count 1 --timeout 5s',
    'uapi-emulator verify deliveries --state failed --max 0',
    'uapi-emulator verify deliveries --parameter CallerIDNum=+40700000001',
    'uapi-emulator verify requests --operation create --status 200 --min 2 --json',
    'uapi-emulator verify requests --operation list --query count=10 --header Accept=application/json'
  ],
  exits: { ...CLIENT_EXITS, 3: 'not verified' },
  options: OPTIONS,
  check: ({ kind, count, min, max, method, parameter, query, header, body, sequence }, flags) => {
    const ofKind = kind === 'requests' ? { ...REQUEST_OPTIONS, ...CONTENT_OPTIONS } : OF_DELIVERIES
    const table =
      sequence !== undefined
        ? { timeout: EXPECTATION_OPTIONS.timeout, ...SEQUENCE_OPTION }
        : { ...EXPECTATION_OPTIONS, ...MATCH_OPTIONS, ...ofKind }
    const label = `verify ${kind}${'sequence' in table ? ' --sequence' : ''}`
    checkAction(label, { optional: Object.keys(table) }, OPTIONS, flags, 'kind')
    if (count !== undefined && (min !== undefined || max !== undefined))
      throw new OptionsInvalid(['--count is an exact number, --min and --max are bounds: give one, or the other.'])
    if (kind === 'deliveries' && method !== undefined && !isSendMethod(method))
      throw new OptionsInvalid([`--method of deliveries must be GET or POST; got "${method}".`])
    for (const pairs of [parameter, query, header, body])
      checkParameterNames(readParameters(pairs).map(([name]) => name))
  },
  async run({ requests, deliveries }, { kind, count, min, max, timeout, json, ...options }, context) {
    const bounds = min === undefined && max === undefined ? undefined : omitUndefined({ min, max })
    const timeoutMs = toMs(timeout)
    const expected = { count: count ?? bounds, timeoutMs }
    const { extension, type, eventId, callId, moment, state, method, operation, status, user, path, unmatched } =
      options
    const common = { extension, type, eventId }
    const sequence = options.sequence === undefined ? undefined : await readSequence(options.sequence)
    const verifying = () => {
      if (sequence !== undefined) return (kind === 'requests' ? requests : deliveries).verify({ sequence, timeoutMs })
      return kind === 'requests'
        ? requests.verify({
            ...expected,
            match: omitUndefined({
              ...common,
              method,
              operation,
              status,
              user,
              path,
              unmatched,
              ...contentMatch(options)
            })
          })
        : deliveries.verify({
            ...expected,
            match: omitUndefined({ ...common, callId, moment, state, ...sentMatch(options) })
          })
    }
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

const isSendMethod = (method: string): method is NonNullable<DeliveryMatch['method']> =>
  method === 'GET' || method === 'POST'

/** The part of a match that is compared with the request. */
function sentMatch({
  method,
  webhookUrl: url,
  callStatus,
  callFlow,
  parameter
}: {
  method: string | undefined
  webhookUrl: string | undefined
  callStatus: string | undefined
  callFlow: string | undefined
  parameter: string[]
}) {
  return {
    method: method !== undefined && isSendMethod(method) ? method : undefined,
    url: url?.endsWith('*') ? { startsWith: url.slice(0, -1) } : url,
    callStatus,
    callFlow,
    parameters: matchersOf(parameter)
  }
}

/** The part of a match that is compared with the content of a request. */
const contentMatch = ({ query, header, body }: { query: string[]; header: string[]; body: string[] }) => ({
  query: matchersOf(query),
  headers: matchersOf(header),
  body: matchersOf(body)
})

const matchersOf = (pairs: string[]) => (pairs.length === 0 ? undefined : Object.fromEntries(readParameters(pairs)))

/** The steps of a sequence in a file. @throws OptionsInvalid when it holds no list; the emulator checks the steps */
async function readSequence(name: string): Promise<{ match: RequestMatch & DeliveryMatch }[]> {
  const label = '--sequence '
  const value = await readJsonFile({ name, path: resolve(name) }, label)
  if (Array.isArray(value)) return value
  throw new OptionsInvalid([`${label}${name}: must be a list of steps, [{"match": {…}}, …].`])
}
