import Type from 'typebox'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { givenFixture } from '../../fixture-files.js'
import { renderCounts } from '../../tables.js'

export const reset = clientCommand({
  name: 'reset',
  summary: 'Forget everything, and begin again with a fixture.',
  note: `Without --fixture it begins with what the emulator, or the sandbox, was started with. Events, requests, calls, deliveries
and faults are gone, the clock runs, and nothing of before is delivered after it. Snapshots and sandboxes stay.`,
  examples: ['reset', 'reset --fixture call-centre', 'reset --fixture ./fixtures/orders.json --sandbox worker-1'],
  options: {
    fixture: {
      flag: 'fixture',
      placeholder: 'name',
      type: Type.String({ minLength: 1 }),
      meaning: 'A fixture that the emulator knows by name, or a file here.'
    }
  },
  async run(client, { fixture, json }, context) {
    const counts = await client.reset(await givenFixture(fixture))
    context.out(json ? renderJson(counts) : `Reset: ${renderCounts(counts)}.\n`)
  }
})
