import { UserId } from '../../../schema/directory.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'

export const session = clientCommand({
  name: 'session',
  summary: 'Open a session of a user, and print the headers that it asks for.',
  note: 'curl reads headers that are printed like these: curl -H @headers.txt …',
  examples: ['session 12 > headers.txt', 'session 12 --json'],
  options: { user: { argument: true, flag: 'user', type: UserId, required: true, meaning: 'The id of the user.' } },
  async run(client, { user, json }, context) {
    const opened = await client.sessions.open({ user })
    context.out(json ? renderJson(opened) : `cookie: ${opened.cookie}\nx-xsrf-token: ${opened.xsrfToken}\n`)
  }
})
