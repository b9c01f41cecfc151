import Type from 'typebox'
import { printDuration } from '../../../client/duration.js'
import { SandboxName } from '../../../schema/sandbox.js'
import { checkAction, type Takes } from '../../action.js'
import { clientCommand, SHARED_NAMES } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { givenFixture } from '../../fixture-files.js'

const ACTIONS = { create: { may: ['name', 'fixture'] }, list: {}, end: { needs: ['name'] } } as const
const NAMES = ['create', 'list', 'end'] as const

const OPTIONS = {
  action: { argument: true, flag: 'action', type: Type.Enum([...NAMES]), required: true, meaning: 'What to do.' },
  name: {
    argument: true,
    flag: 'name',
    type: SandboxName,
    meaning: 'The name of the sandbox; a new one is given a name when it is left out.'
  },
  fixture: {
    flag: 'fixture',
    placeholder: 'name',
    type: Type.String({ minLength: 1 }),
    meaning: 'What a new one begins with: a fixture that the emulator knows by name, or a file here.'
  }
} as const

export const sandbox = clientCommand({
  name: 'sandbox',
  summary: 'Make emulators of their own on the same server, list them, end them.',
  note: 'create prints where it is. Every other command works in it with --sandbox <name>, or with that url.',
  examples: ['sandbox create worker-1', 'sandbox create --fixture call-centre --json', 'sandbox end worker-1'],
  options: OPTIONS,
  check: ({ action }, flags) => {
    const takes: Takes = ACTIONS[action]
    checkAction(action, takes, OPTIONS, flags, ['action', ...SHARED_NAMES])
  },
  async run({ sandboxes }, { action, name, fixture, json }, context) {
    switch (action) {
      case 'create': {
        const made = await sandboxes.create({ name, fixture: await givenFixture(fixture) })
        return context.out(json ? renderJson(made) : `${made.url}\n`)
      }
      case 'list': {
        const list = await sandboxes.list()
        if (json) return context.out(list.sandboxes.map(renderJson).join(''))
        const lines = list.sandboxes.map(({ name, url, idleMs }) => `${name}  ${url}  idle ${renderIdle(idleMs)}\n`)
        return context.out(lines.join('') || 'No sandboxes.\n')
      }
      case 'end':
        await sandboxes.end(name ?? '') // it is required, and was checked
        return context.out(json ? renderJson({ name, ended: true }) : `Ended ${name}.\n`)
    }
  }
})

const renderIdle = (ms: number): string => printDuration(Math.round(ms / 1000) * 1000)
