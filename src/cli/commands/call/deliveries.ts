import Type from 'typebox'
import type { Table } from '../../../config.js'
import { CallId, DeliveryState } from '../../../schema/call.js'
import type { Delivery } from '../../../schema/delivery.js'
import { EventType } from '../../../schema/event-type.js'
import { DEFAULT_LIMIT } from '../../../schema/list-limit.js'
import { CLIENT_EXITS, CLIENT_OPTIONS, CLIENT_USAGE, JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { clientEnvironment, withClient } from '../../connect.js'
import { readOptions } from '../../options.js'
import { renderChange, renderDeliveries, renderHead } from '../../tables.js'
import { untilStopped, watchDeliveries } from '../../watch.js'

const OPTIONS = {
  follow: {
    flag: 'follow',
    type: Type.Boolean(),
    default: false,
    meaning: 'Go on with those that come, and with what becomes of each, until Ctrl+C.'
  },
  ...JSON_OPTION,
  callId: { flag: 'call', placeholder: 'id', type: CallId, meaning: 'Only those of a call.' },
  extension: {
    flag: 'extension',
    placeholder: 'number',
    type: Type.String({ minLength: 1 }),
    meaning: 'Only those of an extension, for example 0003*210.'
  },
  type: { flag: 'type', placeholder: 'type', type: EventType, meaning: 'Only those of events of a type.' },
  state: { flag: 'state', placeholder: 'state', type: DeliveryState, meaning: 'Only those in a state.' },
  limit: {
    flag: 'limit',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: 10_000 }),
    default: DEFAULT_LIMIT,
    meaning: 'Only the newest so many.'
  },
  ...CLIENT_OPTIONS
} as const satisfies Table

export const deliveries: Command = {
  name: 'deliveries',
  summary: 'List the webhooks that were sent, or are owed, and what became of each.',
  usage: `${CLIENT_USAGE}

Examples:
  uapi-emulator deliveries
  uapi-emulator deliveries --state failed --limit 10
  uapi-emulator deliveries --extension '0003*210' --follow --json

${CLIENT_EXITS}`,
  options: OPTIONS,

  async run(flags, shell) {
    const options = readOptions(OPTIONS, flags, clientEnvironment(shell.environment))
    const { follow, json, limit, callId, extension, type, state } = options
    const match = { callId, extension, type, state }
    return withClient(options, async client => {
      if (!follow) {
        const list = await client.deliveries.list({ ...match, limit })
        shell.out(json ? list.deliveries.map(renderJson).join('') : renderDeliveries(list))
        return EXIT.ok
      }
      const look = () => client.deliveries.list({ ...match, limit: Math.max(limit, WATCHED) })
      const first = await look()
      const tell = (delivery: Delivery) => shell.out(json ? renderJson(delivery) : renderChange(delivery))
      if (!json) shell.out(renderHead())
      first.deliveries.slice(-limit).forEach(tell)
      await untilStopped(shell, async signal => {
        for await (const delivery of watchDeliveries(client, { match, look, first }, signal)) tell(delivery)
      })
      return EXIT.ok
    })
  }
}

/** How many are looked at again and again for what becomes of them. */
const WATCHED = 1000
