import { UserId } from '../../../schema/directory.js'
import { MAX_TOKEN_SECONDS } from '../../../schema/settings.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { durationOption, toMs } from '../../duration-option.js'

export const token = clientCommand({
  name: 'token',
  summary: 'Issue a bearer token of a user and print it',
  examples: ['uapi-emulator token 12', 'uapi-emulator token 12 --expires-in 1h', 'uapi-emulator token 12 --json'],
  options: {
    user: { argument: true, flag: 'user', type: UserId, required: true, meaning: 'Id of the user.' },
    expiresIn: {
      ...durationOption('expires-in', 'Lifetime: 90s, 1h; without it the token never expires.', {
        max: MAX_TOKEN_SECONDS * 1000,
        multipleOf: 1000,
        examples: '90s or 1h'
      })
    }
  },
  async run(client, { user, expiresIn, json }, context) {
    const lifetime = toMs(expiresIn)
    const expiresInSeconds = lifetime === undefined ? undefined : lifetime / 1000
    const issued = await client.tokens.issue({ user, expiresInSeconds })
    context.out(json ? renderJson(issued) : `${issued.accessToken}\n`)
  }
})
