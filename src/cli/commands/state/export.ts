import Type from 'typebox'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { writeOutput } from '../../output-file.js'

export const exportState = clientCommand({
  name: 'export',
  summary: 'Print the state as a fixture',
  notes: [
    'Loading the fixture restores the same state. It contains every secret in plain text: tokens, sessions and the ' +
      'secrets of apps.'
  ],
  examples: [
    'uapi-emulator export',
    'uapi-emulator export --out state.json',
    'uapi-emulator export --sandbox worker-1 --json'
  ],
  options: {
    out: {
      flag: 'out',
      placeholder: 'file',
      type: Type.String({ minLength: 1 }),
      meaning: 'Write to this file instead, and overwrite it; a new file can be read by its owner only.'
    }
  },
  async run(client, { out, json }, context) {
    const fixture = await client.fixtures.export()
    const text = json ? renderJson(fixture) : `${JSON.stringify(fixture, null, 2)}\n`
    if (out === undefined) context.out(text)
    else writeOutput('out', out, text)
  }
})
