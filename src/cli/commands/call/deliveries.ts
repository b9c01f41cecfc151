import type { Delivery } from '../../../schema/calls/delivery.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { DELIVERY_OPTIONS, HAR_OPTION, LIST_OPTIONS, MATCH_OPTIONS } from '../../match-options.js'
import { checkHar, writeHar } from '../../output-file.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { renderDeliveries, renderDeliveryChange, renderDeliveryHead } from '../../tables.js'
import { watchDeliveries } from '../../watch.js'

export const deliveries = clientCommand({
  name: 'deliveries',
  summary: 'List deliveries: webhooks, sent and pending, with their outcome',
  examples: [
    'uapi-emulator deliveries',
    'uapi-emulator deliveries --har webhooks.har',
    'uapi-emulator deliveries --state failed --limit 10',
    "uapi-emulator deliveries --extension '0003*210' --follow --json"
  ],
  options: {
    follow: LIST_OPTIONS.follow,
    callId: DELIVERY_OPTIONS.callId,
    extension: MATCH_OPTIONS.extension,
    type: MATCH_OPTIONS.type,
    state: DELIVERY_OPTIONS.state,
    limit: LIST_OPTIONS.limit,
    ...HAR_OPTION
  },
  check: checkHar,
  async run(client, { follow, json, limit, har, callId, extension, type, state }, context) {
    const match = { callId, extension, type, state }
    if (har !== undefined) return context.out(writeHar(har, await client.deliveries.export({ ...match, limit })))
    if (!follow) {
      const all = await client.deliveries.list({ ...match, limit })
      return context.out(json ? all.deliveries.map(renderJson).join('') : renderDeliveries(all, context.page))
    }
    const list = () => client.deliveries.list({ ...match, limit: Math.max(limit, WATCHED) })
    const print = (delivery: Delivery) =>
      context.out(json ? renderJson(delivery) : renderDeliveryChange(delivery, context.page))
    const first = await list()
    if (!json) context.out(renderDeliveryHead(context.page))
    first.deliveries.slice(-limit).forEach(print)
    await runUntilStopped(context, async signal => {
      for await (const delivery of watchDeliveries(client, { match, list, first }, signal)) print(delivery)
    })
  }
})

/** How many of the newest deliveries are compared for changes, even if --limit prints fewer. */
const WATCHED = 1000
