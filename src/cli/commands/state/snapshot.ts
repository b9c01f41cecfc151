import Type from 'typebox'
import { SNAPSHOT_NAME, type Snapshot } from '../../../schema/state.js'
import { actionArgument, checkAction } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { renderCounts } from '../../tables.js'

const ACTIONS = {
  take: { required: ['name'] },
  list: {},
  show: { required: ['name'] },
  restore: { required: ['name'] },
  remove: { required: ['name'] }
} as const

const OPTIONS = {
  action: { ...actionArgument(ACTIONS), required: true },
  name: {
    argument: true,
    flag: 'name',
    type: Type.String({ pattern: SNAPSHOT_NAME, description: 'For example before-checkout.' }),
    meaning: 'Name of the snapshot. Every action but list requires it.'
  }
} as const

export const snapshot = clientCommand({
  name: 'snapshot',
  summary: 'Take, list, show, restore and remove snapshots of the state',
  notes: [
    'take replaces a snapshot of the same name. restore is a reset to the state of the snapshot. show prints its state ' +
      'as a fixture, as export prints that of now, with every secret in plain text.'
  ],
  examples: [
    'uapi-emulator snapshot take before',
    'uapi-emulator snapshot restore before',
    'uapi-emulator snapshot list',
    'uapi-emulator snapshot show before',
    'uapi-emulator snapshot remove before'
  ],
  options: OPTIONS,
  check: ({ action }, flags) => checkAction(action, ACTIONS[action], OPTIONS, flags),
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
      case 'show': {
        const fixture = await snapshots.get(name)
        return context.out(json ? renderJson(fixture) : `${JSON.stringify(fixture, null, 2)}\n`)
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

const renderSnapshot = ({ name, createdAt, counts }: Snapshot): string =>
  `${name}  ${createdAt}  ${renderCounts(counts)}\n`
