import Type from 'typebox'
import { SNAPSHOT_NAME, type Snapshot } from '../../../schema/state.js'
import { checkAction, type Takes } from '../../action.js'
import { clientCommand, SHARED_NAMES } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { renderCounts } from '../../tables.js'

const ACTIONS = {
  take: { needs: ['name'] },
  list: {},
  restore: { needs: ['name'] },
  remove: { needs: ['name'] }
} as const
const NAMES = ['take', 'list', 'restore', 'remove'] as const

const OPTIONS = {
  action: { argument: true, flag: 'action', type: Type.Enum([...NAMES]), required: true, meaning: 'What to do.' },
  name: {
    argument: true,
    flag: 'name',
    type: Type.String({ pattern: SNAPSHOT_NAME, description: 'For example before-checkout.' }),
    meaning: 'The name of the snapshot; list needs none.'
  }
} as const

export const snapshot = clientCommand({
  name: 'snapshot',
  summary: 'Put the state by under a name, and go back to it.',
  note: 'Taking one puts it in place of what had that name. Restoring one is a reset to it.',
  examples: ['snapshot take before', 'snapshot restore before', 'snapshot list', 'snapshot remove before'],
  options: OPTIONS,
  check: ({ action }, flags) => {
    const takes: Takes = ACTIONS[action]
    checkAction(action, takes, OPTIONS, flags, ['action', ...SHARED_NAMES])
  },
  async run({ snapshots }, { action, name = '', json }, context) {
    switch (action) {
      case 'take': {
        const taken = await snapshots.take(name)
        return context.out(json ? renderJson(taken) : renderSnapshot(taken))
      }
      case 'list': {
        const list = await snapshots.list()
        if (json) return context.out(list.snapshots.map(renderJson).join(''))
        return context.out(list.total === 0 ? 'No snapshots.\n' : list.snapshots.map(renderSnapshot).join(''))
      }
      case 'restore': {
        const counts = await snapshots.restore(name)
        return context.out(json ? renderJson({ name, counts }) : `Restored ${name}: ${renderCounts(counts)}.\n`)
      }
      case 'remove':
        await snapshots.remove(name)
        return context.out(json ? renderJson({ name, removed: true }) : `Removed ${name}.\n`)
    }
  }
})

/** A snapshot in a line. */
const renderSnapshot = ({ name, createdAt, counts }: Snapshot): string =>
  `${name}  ${createdAt}  ${renderCounts(counts)}\n`
