import Type from 'typebox'
import { printDuration } from '../../../client/duration.js'
import {
  type Fault,
  FaultEffect,
  FaultId,
  FaultRequest,
  MAX_CLOCK_DELAY_MS,
  REQUEST_DROPS
} from '../../../schema/fault.js'
import { FaultOperation } from '../../../schema/operations.js'
import { type ActionRule, actionArgument, checkAction, omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import type { CommandTable } from '../../command.js'
import { durationOption, toMs } from '../../duration-option.js'
import { DELIVERY_OPTIONS, MATCH_OPTIONS, SENT_OPTIONS } from '../../match-options.js'
import { OptionsInvalid, optionLabel } from '../../options.js'
import { checkParameterNames, parameterChanges, readParameters } from '../../parameter-option.js'

const EFFECTS = {
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 400, maximum: 599 }),
    meaning: 'Answer with this status and an error body.'
  },
  code: {
    flag: 'code',
    placeholder: 'code',
    type: Type.String({ pattern: '^[a-z_]{1,64}$', description: 'For example pce_id_invalid.' }),
    meaning: 'Error code of that answer.'
  },
  delay: durationOption('delay', 'Delay the answer or the webhook: 2s, 500ms.', {
    min: 1,
    max: MAX_CLOCK_DELAY_MS,
    examples: '2s or 500ms'
  }),
  drop: {
    flag: 'drop',
    placeholder: 'how',
    type: Type.Enum([...REQUEST_DROPS, 'true']),
    meaning:
      'For requests, reset: reset the connection; empty: close it without an answer; truncate: close it after half of ' +
      'the answer; garbage: after bytes that are no HTTP. For deliveries, true: do not send.'
  },
  hold: { flag: 'hold', type: Type.Boolean(), meaning: 'For deliveries: hold back until released.' },
  duplicate: {
    flag: 'duplicate',
    placeholder: 'number',
    type: FaultEffect.properties.duplicate,
    meaning: 'For deliveries: send this many additional times.'
  },
  parameter: { ...SENT_OPTIONS.parameter, meaning: 'For deliveries: change this parameter, or add it.' },
  without: {
    flag: 'without',
    placeholder: 'name',
    type: Type.String({ minLength: 1 }),
    repeatable: true,
    meaning: 'For deliveries: leave out this parameter.'
  }
} as const satisfies CommandTable

/** Options that go with an effect. */
const REFINEMENTS = {
  concurrent: {
    flag: 'concurrent',
    type: Type.Boolean(),
    meaning: 'With --duplicate: send the copies at the same time.'
  },
  clock: {
    flag: 'clock',
    placeholder: 'clock',
    type: FaultEffect.properties.clock,
    meaning: 'With --delay of a delivery: wall time, or the clock of the sandbox, which may be frozen.'
  }
} as const satisfies CommandTable

const ADD_OPTIONS = {
  on: {
    flag: 'on',
    placeholder: 'operation',
    type: FaultOperation,
    meaning: 'Operation that fails, or "delivery" for webhooks; required by add.'
  },
  extension: MATCH_OPTIONS.extension,
  type: MATCH_OPTIONS.type,
  callId: DELIVERY_OPTIONS.callId,
  eventId: MATCH_OPTIONS.eventId,
  moment: DELIVERY_OPTIONS.moment,
  times: {
    flag: 'times',
    placeholder: 'number',
    type: FaultRequest.properties.times,
    meaning: 'How many times it applies; without it, always.'
  },
  skip: {
    flag: 'skip',
    placeholder: 'number',
    type: FaultRequest.properties.skip,
    meaning: 'How many matching requests or deliveries pass before it applies.'
  },
  ...EFFECTS,
  ...REFINEMENTS
} as const

const ACTIONS = {
  add: { required: ['on'], optional: Object.keys(ADD_OPTIONS) },
  list: {},
  remove: { required: ['id'] },
  clear: {},
  release: { required: ['id'] }
} satisfies Record<string, ActionRule>

const OPTIONS = {
  action: { ...actionArgument(ACTIONS), required: true },
  id: { argument: true, flag: 'id', type: FaultId, meaning: 'Id of the fault; required by remove and release.' },
  ...ADD_OPTIONS
} as const

export const fault = clientCommand({
  name: 'fault',
  summary: 'Inject faults into requests and webhooks',
  notes: [
    'add needs --on and at least one effect: --status (with --code), --delay, --drop, --hold, --duplicate, --parameter or --without. Faults ' +
      'apply in order and by count, never at random. release sends the webhooks that a fault holds back; so do remove ' +
      'and clear.'
  ],
  examples: [
    'uapi-emulator fault add --on create --status 503 --times 1',
    'uapi-emulator fault add --on delivery --type 3 --hold',
    'uapi-emulator fault add --on delivery --moment hangup --duplicate 1 --concurrent',
    'uapi-emulator fault release 2',
    'uapi-emulator fault list',
    'uapi-emulator fault clear'
  ],
  options: OPTIONS,
  check: ({ action, parameter, without }, flags) => {
    checkAction(`fault ${action}`, ACTIONS[action], OPTIONS, flags)
    checkParameterNames([...readParameters(parameter).map(([name]) => name), ...without])
    if (action === 'add' && Object.keys(EFFECTS).every(name => [flags[name]].flat()[0] === undefined))
      throw new OptionsInvalid([
        `The effect is missing. Give one of ${Object.values(EFFECTS).map(optionLabel).join(', ')}.`
      ])
  },
  async run({ faults }, { action, id = '', json, ...options }, context) {
    switch (action) {
      case 'add': {
        const { on: operation, extension, type, callId, eventId, moment, times, skip } = options
        if (operation === undefined) throw new OptionsInvalid(['--on is missing.']) // check() has thrown before
        const on = omitUndefined({ operation, extension, type, callId, eventId, moment })
        const added = await faults.add({ on, times, skip, do: effectOf(options) })
        return context.out(json ? renderJson(added) : renderFault(added))
      }
      case 'list': {
        const list = await faults.list()
        if (json) return context.out(list.faults.map(renderJson).join(''))
        return context.out(list.total === 0 ? 'No faults.\n' : list.faults.map(renderFault).join(''))
      }
      case 'remove':
        await faults.remove(id)
        return context.out(json ? renderJson({ id, removed: true }) : `Removed fault ${id}.\n`)
      case 'clear':
        await faults.clear()
        return context.out(json ? renderJson({ cleared: true }) : 'Removed all faults.\n')
      case 'release': {
        const { released } = await faults.release(id)
        const sent = released.length === 0 ? 'nothing was held back' : `deliveries ${released.join(', ')}`
        return context.out(json ? renderJson({ released }) : `Released fault ${id}: ${sent}.\n`)
      }
    }
  }
})

/** A fault as a line: id, scope, effects, and how often it applies and has applied. */
function renderFault({ id, on, do: effect, times, skip, hits, held }: Fault): string {
  const scope = Object.values(on).join(' ')
  const effects = Object.entries(effect).map(([name, value]) => {
    if (name === 'delayMs') return `delay ${printDuration(Number(value))}`
    return value === true ? name : `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`
  })
  const counts = [
    times === null ? 'always' : `${times} times`,
    ...(skip > 0 ? [`after ${skip}`] : []),
    `${hits} so far`,
    ...(held.length > 0 ? [`holds back deliveries ${held.join(', ')}`] : [])
  ]
  return `${id}  ${scope}: ${effects.join(', ')} (${counts.join(', ')})\n`
}

/** The effect that the options of `add` describe. */
const effectOf = ({
  status,
  code,
  delay,
  drop,
  hold,
  duplicate,
  concurrent,
  clock,
  parameter,
  without
}: {
  status: number | undefined
  code: string | undefined
  delay: string | undefined
  drop: (typeof REQUEST_DROPS)[number] | 'true' | undefined
  hold: boolean | undefined
  duplicate: number | undefined
  concurrent: boolean | undefined
  clock: FaultEffect['clock'] | undefined
  parameter: string[]
  without: string[]
}): FaultEffect => {
  const parameters = parameterChanges({ parameter, without })
  return omitUndefined({
    status,
    code,
    delayMs: toMs(delay),
    drop: drop === 'true' ? (true as const) : drop,
    hold: hold || undefined,
    duplicate,
    concurrent: concurrent || undefined,
    clock,
    change: parameters && { parameters }
  })
}
