import Type from 'typebox'
import { readDuration } from '../../../client/duration.js'
import { UserId } from '../../../schema/directory.js'
import { MAX_TOKEN_SECONDS } from '../../../schema/settings.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'

export const token = clientCommand({
  name: 'token',
  summary: 'Make a bearer token of a user, and print it.',
  examples: ['token 12', 'token 12 --expires-in 1h', 'token 12 --json'],
  options: {
    user: { argument: true, flag: 'user', type: UserId, required: true, meaning: 'The id of the user.' },
    expiresIn: {
      flag: 'expires-in',
      placeholder: 'time',
      type: Type.String({ minLength: 1 }),
      check: time => (isSeconds(time) ? undefined : 'a time of whole seconds such as 90s or 1h'),
      meaning: 'How long it lives: 90s, 1h; it never expires without.'
    }
  },
  async run(client, { user, expiresIn, json }, context) {
    const expiresInSeconds = expiresIn === undefined ? undefined : secondsOf(expiresIn)
    const issued = await client.tokens.issue({ user, expiresInSeconds })
    context.out(json ? renderJson(issued) : `${issued.accessToken}\n`)
  }
})

const secondsOf = (time: string): number | undefined => {
  const ms = readDuration(time)
  return ms === undefined ? undefined : ms / 1000
}

const isSeconds = (time: string): boolean => {
  const seconds = secondsOf(time)
  return seconds !== undefined && Number.isInteger(seconds) && seconds <= MAX_TOKEN_SECONDS
}
