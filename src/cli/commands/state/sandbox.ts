import Type from 'typebox'
import { printDuration } from '../../../client/duration.js'
import { SandboxName } from '../../../schema/sandbox.js'
import { actionArgument, checkAction } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { resolveFixture } from '../../fixture-files.js'

const ACTIONS = { create: { optional: ['name', 'fixture'] }, list: {}, end: { required: ['name'] } } as const

const OPTIONS = {
  action: { ...actionArgument(ACTIONS), required: true },
  name: {
    argument: true,
    flag: 'name',
    type: SandboxName,
    meaning: 'Name of the sandbox; create picks one when it is left out.'
  },
  fixture: {
    flag: 'fixture',
    placeholder: 'name',
    type: Type.String({ minLength: 1 }),
    meaning: 'Fixture of a new sandbox: a name that the emulator has, or a local file.'
  }
} as const

export const sandbox = clientCommand({
  name: 'sandbox',
  summary: 'Create, list and end sandboxes',
  notes: [
    'A sandbox is an independent emulator on the same server. create prints its URL. Other commands use it with ' +
      '--sandbox <name>, or with that URL as --url.'
  ],
  examples: [
    'uapi-emulator sandbox create worker-1',
    'uapi-emulator sandbox create --fixture call-centre --json',
    'uapi-emulator sandbox end worker-1'
  ],
  options: OPTIONS,
  check: ({ action }, flags) => checkAction(action, ACTIONS[action], OPTIONS, flags),
  async run({ sandboxes }, { action, name, fixture, json }, context) {
    switch (action) {
      case 'create': {
        const created = await sandboxes.create({ name, fixture: await resolveFixture(fixture) })
        return context.out(json ? renderJson(created) : `${created.url}\n`)
      }
      case 'list': {
        const list = await sandboxes.list()
        if (json) return context.out(list.sandboxes.map(renderJson).join(''))
        const lines = list.sandboxes.map(({ name, url, idleMs }) => `${name}  ${url}  idle ${renderIdle(idleMs)}\n`)
        return context.out(lines.join('') || 'No sandboxes.\n')
      }
      case 'end':
        await sandboxes.end(name ?? '') // check() requires it
        return context.out(json ? renderJson({ name, ended: true }) : `Ended ${name}.\n`)
    }
  }
})

const renderIdle = (ms: number): string => printDuration(Math.round(ms / 1000) * 1000)
