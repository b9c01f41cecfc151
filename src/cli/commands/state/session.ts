import { UserId } from '../../../schema/directory.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'

export const session = clientCommand({
  name: 'session',
  summary: 'Open a browser session of a user and print its headers',
  notes: ['curl can read them from a file: curl -H @headers.txt …'],
  examples: ['uapi-emulator session 12 > headers.txt', 'uapi-emulator session 12 --json'],
  options: { user: { argument: true, flag: 'user', type: UserId, required: true, meaning: 'Id of the user.' } },
  async run(client, { user, json }, context) {
    const opened = await client.sessions.open({ user })
    context.out(json ? renderJson(opened) : `cookie: ${opened.cookie}\nx-xsrf-token: ${opened.xsrfToken}\n`)
  }
})
