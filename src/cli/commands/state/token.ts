import Type from 'typebox'
import { parseDuration } from '../../../client/duration.js'
import { UserId } from '../../../schema/directory.js'
import { MAX_TOKEN_SECONDS } from '../../../schema/settings.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'

export const token = clientCommand({
  name: 'token',
  summary: 'Issue a bearer token of a user and print it',
  examples: ['uapi-emulator token 12', 'uapi-emulator token 12 --expires-in 1h', 'uapi-emulator token 12 --json'],
  options: {
    user: { argument: true, flag: 'user', type: UserId, required: true, meaning: 'Id of the user.' },
    expiresIn: {
      flag: 'expires-in',
      placeholder: 'time',
      type: Type.String({ minLength: 1 }),
      check: time => (isLifetime(time) ? undefined : 'a time of whole seconds such as 90s or 1h'),
      meaning: 'Lifetime: 90s, 1h; without it the token never expires.'
    }
  },
  async run(client, { user, expiresIn, json }, context) {
    const expiresInSeconds = expiresIn === undefined ? undefined : parseSeconds(expiresIn)
    const issued = await client.tokens.issue({ user, expiresInSeconds })
    context.out(json ? renderJson(issued) : `${issued.accessToken}\n`)
  }
})

const parseSeconds = (time: string): number | undefined => {
  const ms = parseDuration(time)
  return ms === undefined ? undefined : ms / 1000
}

const isLifetime = (time: string): boolean => {
  const seconds = parseSeconds(time)
  return seconds !== undefined && Number.isInteger(seconds) && seconds <= MAX_TOKEN_SECONDS
}
