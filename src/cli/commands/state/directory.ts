import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { renderExtensions, renderUsers } from './directory-tables.js'

export const users = clientCommand({
  name: 'users',
  summary: 'List the users',
  examples: ['uapi-emulator users', 'uapi-emulator users --json'],
  options: {},
  async run(client, { json }, { out, page }) {
    const { users } = await client.directory()
    out(json ? users.map(renderJson).join('') : renderUsers(users, page))
  }
})

export const extensions = clientCommand({
  name: 'extensions',
  summary: 'List the extensions',
  examples: ['uapi-emulator extensions', 'uapi-emulator extensions --json'],
  options: {},
  async run(client, { json }, { out, page }) {
    const { extensions } = await client.directory()
    out(json ? extensions.map(renderJson).join('') : renderExtensions(extensions, page))
  }
})
