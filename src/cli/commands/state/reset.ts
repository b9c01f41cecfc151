import Type from 'typebox'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { resolveFixture } from '../../fixture-files.js'
import { renderCounts } from '../../tables.js'

export const reset = clientCommand({
  name: 'reset',
  summary: 'Clear the state and load the initial fixtures again',
  notes: [
    'Removes phone call events, requests, calls, deliveries and faults, and lets the clock run. Pending deliveries are ' +
      'discarded. Snapshots and sandboxes stay.'
  ],
  examples: [
    'uapi-emulator reset',
    'uapi-emulator reset --fixture call-centre',
    'uapi-emulator reset --fixture ./fixtures/orders.json --sandbox worker-1'
  ],
  options: {
    fixture: {
      flag: 'fixture',
      placeholder: 'name',
      type: Type.String({ minLength: 1 }),
      meaning:
        'Fixture to load instead of those that the emulator or the sandbox was started with: a name that the emulator has, or a local file.'
    }
  },
  async run(client, { fixture, json }, context) {
    const counts = await client.reset(await resolveFixture(fixture))
    context.out(json ? renderJson(counts) : `Reset: ${renderCounts(counts)}.\n`)
  }
})
