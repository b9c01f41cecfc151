import Type from 'typebox'
import { parseDuration } from '../../../client/duration.js'
import { type Fault, FaultEffect, FaultId, FaultRequest, MAX_CLOCK_DELAY_MS } from '../../../schema/fault.js'
import { FaultOperation } from '../../../schema/operations.js'
import { type ActionRule, actionArgument, checkAction, omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import type { CommandTable } from '../../command.js'
import { DELIVERY_OPTIONS, MATCH_OPTIONS } from '../../match-options.js'
import { OptionsInvalid, optionLabel } from '../../options.js'

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
  delay: {
    flag: 'delay',
    placeholder: 'time',
    type: Type.String({ minLength: 1 }),
    check: time =>
      isDelay(time) ? undefined : 'a time such as 2s or 500ms, up to 1m; with --clock sandbox up to a day',
    meaning: 'Delay the answer or the webhook: 2s, 500ms.'
  },
  drop: {
    flag: 'drop',
    placeholder: 'how',
    type: Type.Enum(['reset', 'empty', 'true']),
    meaning:
      'For requests, reset: reset the connection; empty: close it without an answer. For deliveries, true: do not send.'
  },
  hold: { flag: 'hold', type: Type.Boolean(), meaning: 'For deliveries: hold back until released.' },
  duplicate: {
    flag: 'duplicate',
    placeholder: 'number',
    type: FaultEffect.properties.duplicate,
    meaning: 'For deliveries: send this many additional times.'
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
  eventId: { ...MATCH_OPTIONS.eventId, meaning: 'For deliveries: only those of this phone call event.' },
  callId: { ...DELIVERY_OPTIONS.callId, meaning: 'For deliveries: only those of this call, which may come later.' },
  moment: { ...DELIVERY_OPTIONS.moment, meaning: 'For deliveries: only those of this moment of their call.' },
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
  clock: {
    flag: 'clock',
    placeholder: 'clock',
    type: FaultEffect.properties.clock,
    meaning: 'For deliveries, with --delay: the clock that it goes by; wall without it.'
  },
  concurrent: {
    flag: 'concurrent',
    type: Type.Boolean(),
    meaning: 'For deliveries, with --duplicate: send them all at the same time.'
  }
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
    'add needs --on and at least one effect: --status (with --code), --delay, --drop, --hold or --duplicate. Faults ' +
      'apply in order and by count, never at random. release sends the webhooks that a fault holds back; so do remove ' +
      'and clear.'
  ],
  examples: [
    'uapi-emulator fault add --on create --status 503 --times 1',
    'uapi-emulator fault add --on delivery --type 3 --hold',
    'uapi-emulator fault add --on delivery --moment hangup --duplicate 2 --concurrent',
    'uapi-emulator fault release 2',
    'uapi-emulator fault list',
    'uapi-emulator fault clear'
  ],
  options: OPTIONS,
  check: ({ action }, flags) => {
    checkAction(`fault ${action}`, ACTIONS[action], OPTIONS, flags)
    if (action === 'add' && Object.keys(EFFECTS).every(name => flags[name] === undefined))
      throw new OptionsInvalid([
        `The effect is missing. Give one of ${Object.values(EFFECTS).map(optionLabel).join(', ')}.`
      ])
  },
  async run({ faults }, { action, id = '', json, ...options }, context) {
    switch (action) {
      case 'add': {
        const { on: operation, extension, type, eventId, callId, moment, times, skip } = options
        if (operation === undefined) throw new OptionsInvalid(['--on is missing.']) // check() has thrown before
        const on = omitUndefined({ operation, extension, type, eventId, callId, moment })
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
  const effects = Object.entries(effect).map(([name, value]) =>
    value === true ? name : `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`
  )
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
  clock,
  concurrent
}: {
  status: number | undefined
  code: string | undefined
  delay: string | undefined
  drop: 'reset' | 'empty' | 'true' | undefined
  hold: boolean | undefined
  duplicate: number | undefined
  clock: FaultEffect['clock']
  concurrent: boolean | undefined
}): FaultEffect =>
  omitUndefined({
    status,
    code,
    delayMs: delay === undefined ? undefined : parseDuration(delay),
    drop: drop === 'true' ? (true as const) : drop,
    hold: hold || undefined,
    duplicate,
    clock,
    concurrent: concurrent || undefined
  })

const isDelay = (time: string): boolean => {
  const ms = parseDuration(time)
  return ms !== undefined && ms >= 1 && ms <= MAX_CLOCK_DELAY_MS
}
