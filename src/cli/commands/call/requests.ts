import Type from 'typebox'
import type { Client, OptionalUndefined } from '../../../client/client.js'
import type { JournalEntry, RequestMatch } from '../../../schema/journal.js'
import { DEFAULT_LIMIT } from '../../../schema/list-limit.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { MATCH_OPTIONS, REQUEST_OPTIONS } from '../../match-options.js'
import { renderRequest, renderRequestHead, renderRequests } from '../../tables.js'
import { untilStopped } from '../../watch.js'
import { listen } from './listener.js'

export const requests = clientCommand({
  name: 'requests',
  summary: 'List the requests that came in, and what each was answered.',
  note: '--json has the headers and the bodies, too; whatever is a secret is masked.',
  examples: [
    'requests',
    'requests --operation create --status 400 --limit 10',
    "requests --path '/uapi/*' --follow --json"
  ],
  options: {
    follow: {
      flag: 'follow',
      type: Type.Boolean(),
      default: false,
      meaning: 'Go on with those that come, until Ctrl+C.'
    },
    limit: {
      flag: 'limit',
      placeholder: 'number',
      type: Type.Integer({ minimum: 1, maximum: 10_000 }),
      default: DEFAULT_LIMIT,
      meaning: 'Only the newest so many.'
    },
    ...MATCH_OPTIONS,
    ...REQUEST_OPTIONS
  },
  async run(client, { follow, limit, json, ...options }, shell) {
    const { extension, type, eventId, method, operation, status, user, path, unmatched } = options
    const match = { extension, type, eventId, method, operation, status, user, path, unmatched }
    if (!follow) {
      const list = await client.requests.list({ ...match, limit })
      return shell.out(json ? list.requests.map(renderJson).join('') : renderRequests(list))
    }
    const tell = (request: JournalEntry) => shell.out(json ? renderJson(request) : renderRequest(request))
    const first = await client.requests.list({ ...match, limit })
    if (!json) shell.out(renderRequestHead())
    first.requests.forEach(tell)
    await untilStopped(shell, async signal => {
      for await (const request of watchRequests(client, match, first.requests.at(-1)?.id, signal)) tell(request)
    })
  }
})

/** The most that a list gives at once. */
const ALL = 10_000

/** Those that come, each once. @param last the id of the last that is known already */
async function* watchRequests(
  client: Client,
  match: OptionalUndefined<RequestMatch>,
  last: string | undefined,
  signal: AbortSignal
): AsyncGenerator<JournalEntry> {
  let after = last
  const ear = listen(client, ['request'], signal, ({ type, data }) => {
    if (type === 'dropped' && data.reason === 'reset') after = undefined // ids may begin anew
    return true
  })
  try {
    await ear.opened
    while (!signal.aborted) {
      const { requests } = await client.requests.list({ ...match, limit: ALL, after })
      for (const request of requests) {
        after = request.id
        yield request
      }
      await ear.wait()
    }
  } finally {
    ear.close()
  }
}
