import type { JournalEntry } from '../../../schema/journal.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { HAR_OPTION, LIST_OPTIONS, MATCH_OPTIONS, REQUEST_OPTIONS } from '../../match-options.js'
import { checkHar, writeHar } from '../../output-file.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { renderRequestHead, renderRequestRow, renderRequests } from '../../tables.js'
import { watchRequests } from '../../watch.js'

export const requests = clientCommand({
  name: 'requests',
  summary: 'List received requests with their answers',
  notes: ['--json includes headers and bodies, with secrets masked.'],
  examples: [
    'uapi-emulator requests',
    'uapi-emulator requests --har requests.har',
    'uapi-emulator requests --operation create --status 400 --limit 10',
    "uapi-emulator requests --path '/uapi/*' --follow --json"
  ],
  options: { ...LIST_OPTIONS, ...HAR_OPTION, ...MATCH_OPTIONS, ...REQUEST_OPTIONS },
  check: checkHar,
  async run(client, { follow, limit, json, har, ...options }, context) {
    const { extension, type, eventId, method, operation, status, user, path, unmatched } = options
    const match = { extension, type, eventId, method, operation, status, user, path, unmatched }
    if (har !== undefined) return context.out(writeHar(har, await client.requests.export({ ...match, limit })))
    const list = await client.requests.list({ ...match, limit })
    if (!follow) return context.out(json ? list.requests.map(renderJson).join('') : renderRequests(list, context.page))
    const print = (request: JournalEntry) =>
      context.out(json ? renderJson(request) : renderRequestRow(request, context.page))
    if (!json) context.out(renderRequestHead(context.page))
    list.requests.forEach(print)
    await runUntilStopped(context, async signal => {
      for await (const request of watchRequests(client, match, list.requests.at(-1)?.id, signal)) print(request)
    })
  }
})
