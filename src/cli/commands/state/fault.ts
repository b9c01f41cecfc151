import Type from 'typebox'
import { readDuration } from '../../../client/duration.js'
import { type Fault, FaultEffect, FaultId, FaultRequest, MAX_DELAY_MS } from '../../../schema/fault.js'
import { FaultOperation } from '../../../schema/operations.js'
import { checkAction, givenOf, type Takes } from '../../action.js'
import { clientCommand, SHARED_NAMES } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import type { CommandTable } from '../../command.js'
import { MATCH_OPTIONS } from '../../match-options.js'
import { OptionsInvalid } from '../../options.js'

const EFFECTS = {
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 400, maximum: 599 }),
    meaning: 'Answer with a status, in the shape of the surface.'
  },
  code: {
    flag: 'code',
    placeholder: 'code',
    type: Type.String({ pattern: '^[a-z_]{1,64}$', description: 'For example pce_id_invalid.' }),
    meaning: 'The code of that answer.'
  },
  delay: {
    flag: 'delay',
    placeholder: 'time',
    type: Type.String({ minLength: 1 }),
    check: time => (isDelay(time) ? undefined : 'a time such as 2s or 500ms, up to 1m'),
    meaning: 'Wait so long: 2s, 500ms.'
  },
  drop: {
    flag: 'drop',
    placeholder: 'how',
    type: Type.Enum(['reset', 'empty', 'true']),
    meaning: 'Of a request: reset its connection, or close it without a byte. Of a delivery, true: do not send it.'
  },
  hold: { flag: 'hold', type: Type.Boolean(), meaning: 'Of a delivery: keep it back until it is released.' },
  duplicate: {
    flag: 'duplicate',
    placeholder: 'number',
    type: FaultEffect.properties.duplicate,
    meaning: 'Of a delivery: send it so many times more.'
  }
} as const satisfies CommandTable

const ADD_OPTIONS = {
  on: { flag: 'on', placeholder: 'operation', type: FaultOperation, meaning: 'What goes wrong; add needs it.' },
  extension: MATCH_OPTIONS.extension,
  type: MATCH_OPTIONS.type,
  times: {
    flag: 'times',
    placeholder: 'number',
    type: FaultRequest.properties.times,
    meaning: 'How often; without end when it is left out.'
  },
  skip: {
    flag: 'skip',
    placeholder: 'number',
    type: FaultRequest.properties.skip,
    meaning: 'How many pass first.'
  },
  ...EFFECTS
} as const

const NAMES = ['add', 'list', 'remove', 'clear', 'release'] as const
const ACTIONS: Record<(typeof NAMES)[number], Takes> = {
  add: { needs: ['on'], may: Object.keys(ADD_OPTIONS) },
  list: {},
  remove: { needs: ['id'] },
  clear: {},
  release: { needs: ['id'] }
}

const OPTIONS = {
  action: { argument: true, flag: 'action', type: Type.Enum([...NAMES]), needed: true, meaning: 'What to do.' },
  id: { argument: true, flag: 'id', type: FaultId, meaning: 'The fault; remove and release need it.' },
  ...ADD_OPTIONS
} as const

export const fault = clientCommand({
  name: 'fault',
  summary: 'Let requests and webhooks go wrong: counted, never random.',
  note: `add takes --on and what it does: --status (with --code), --delay, --drop, --hold or --duplicate. release sends the webhooks
that a fault keeps back; remove and clear do so, too.`,
  examples: [
    'fault add --on create --status 503 --times 1',
    'fault add --on delivery --type 3 --hold',
    'fault release 2',
    'fault list',
    'fault clear'
  ],
  options: OPTIONS,
  check: ({ action }, flags) => {
    checkAction(`fault ${action}`, ACTIONS[action], OPTIONS, flags, ['action', ...SHARED_NAMES])
    if (action === 'add' && Object.keys(EFFECTS).every(name => flags[name] === undefined))
      throw new OptionsInvalid([`What does it do? Give one of ${Object.values(EFFECTS).map(nameOf).join(', ')}.`])
  },
  async run({ faults }, { action, id = '', json, ...options }, shell) {
    switch (action) {
      case 'add': {
        const { on: operation, extension, type, times, skip } = options
        if (operation === undefined) throw new OptionsInvalid(['--on is missing.']) // the check has said so
        const on = givenOf({ operation, extension, type })
        const added = await faults.add({ on, times, skip, do: effectOf(options) })
        return shell.out(json ? renderJson(added) : renderFault(added))
      }
      case 'list': {
        const list = await faults.list()
        if (json) return shell.out(list.faults.map(renderJson).join(''))
        return shell.out(list.total === 0 ? 'No faults.\n' : list.faults.map(renderFault).join(''))
      }
      case 'remove':
        await faults.remove(id)
        return shell.out(json ? renderJson({ id, removed: true }) : `Removed fault ${id}.\n`)
      case 'clear':
        await faults.clear()
        return shell.out(json ? renderJson({ cleared: true }) : 'Removed all faults.\n')
      case 'release': {
        const { released } = await faults.release(id)
        const sent = released.length === 0 ? 'nothing was kept back' : `deliveries ${released.join(', ')}`
        return shell.out(json ? renderJson({ released }) : `Released fault ${id}: ${sent}.\n`)
      }
    }
  }
})

/** A fault in a line: what it is for, what it does, and what it did. */
export function renderFault({ id, on, do: effect, times, skip, hits, held }: Fault): string {
  const scope = Object.values(on).join(' ')
  const does = Object.entries(effect).map(([name, value]) => (value === true ? name : `${name} ${value}`))
  const counts = [
    times === null ? 'always' : `${times} times`,
    ...(skip > 0 ? [`after ${skip}`] : []),
    `${hits} so far`,
    ...(held.length > 0 ? [`keeps back deliveries ${held.join(', ')}`] : [])
  ]
  return `${id}  ${scope}: ${does.join(', ')} (${counts.join(', ')})\n`
}

/** What the options say that it does. */
const effectOf = ({
  status,
  code,
  delay,
  drop,
  hold,
  duplicate
}: {
  status: number | undefined
  code: string | undefined
  delay: string | undefined
  drop: 'reset' | 'empty' | 'true' | undefined
  hold: boolean | undefined
  duplicate: number | undefined
}): FaultEffect =>
  givenOf({
    status,
    code,
    delayMs: delay === undefined ? undefined : readDuration(delay),
    drop: drop === 'true' ? (true as const) : drop,
    hold: hold || undefined,
    duplicate
  })

const isDelay = (time: string): boolean => {
  const ms = readDuration(time)
  return ms !== undefined && ms >= 1 && ms <= MAX_DELAY_MS
}

const nameOf = ({ flag }: { flag: string }): string => `--${flag}`
