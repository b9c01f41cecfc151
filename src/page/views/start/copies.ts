import { BASE_URL } from '../../emulator/address.js'
import { client } from '../../emulator/client.js'
import { events } from '../../emulator/contents.js'
import { quoteWord } from '../../emulator/curl.js'
import { token } from '../../emulator/token.js'
import { findMoment } from '../../parts/labels.js'
import { printTest } from '../calls/detail/copies.js'
import { partiesWithEvents, SAMPLE, type SampleParties } from './sample-call.js'

/** @throws Error when the directory has no extension with phone call events */
function parties(): SampleParties {
  const found = partiesWithEvents()
  if (found === undefined) throw new Error('There is no extension: load a fixture first.')
  return found
}

/** A command that lists the phone call events of an extension, with a new token of its owner. @throws ClientError */
export async function makeCurl(): Promise<string> {
  const { to, user } = parties()
  const { accessToken } = await client.tokens.issue({ user })
  const url = `${BASE_URL}/uapi/extensions/@me/${to}/phoneCallEvents`
  return `curl -H ${quoteWord(`Authorization: Bearer ${accessToken}`)} ${quoteWord(url)}`
}

/**
 * The environment of an application: address, a new token, an extension, and the credentials of the first app that
 * belongs to the same user, or of any. The directory masks secrets; the export has them. @throws ClientError
 */
export async function makeEnvironment(): Promise<string> {
  const { to, user } = parties()
  const [{ accessToken }, { apps = [] }] = await Promise.all([client.tokens.issue({ user }), client.fixtures.export()])
  const usable = apps.filter(({ disabled }) => !disabled)
  const app = usable.find(one => one.user === user) ?? usable[0]
  const variables = {
    UAPI_URL: BASE_URL,
    UAPI_TOKEN: accessToken,
    UAPI_EXTENSION: to,
    ...(app && {
      UAPI_TOKEN_URL: `${BASE_URL}/oauth/token.php`,
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: app.clientSecret
    })
  }
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${/^[\w:/.@+-]+$/.test(value) ? value : quoteWord(value)}`)
    .join('\n')
}

/** The moments of the sample call at the extension that is called. */
const MOMENTS = ['dialIn', 'answerIncoming', 'hangup'] as const

/** A test over the client: it places the sample call, and verifies the webhooks of the events that are armed now. */
export async function makeTest(): Promise<string> {
  const { from, to } = parties()
  const armed = events.peek().filter(({ extension, status }) => extension === to && status !== '0')
  const fired = MOMENTS.map(moment => ({
    extension: to,
    moment,
    count: armed.filter(({ type }) => type === findMoment(moment)?.code).length
  })).filter(({ count }) => count > 0)
  return printTest(fired, { from, to, ...SAMPLE }, { url: BASE_URL, needsToken: token.peek() !== undefined })
}
