import Type from 'typebox'
import { DeliveryId } from '../../../schema/calls/call.js'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { METHODS, type Method } from '../../../schema/phone-call-event.js'
import { omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { type CommandLine, createCommandLine, renderJson } from '../../client-options.js'
import { OptionsInvalid } from '../../options.js'
import { renderTarget } from '../../tables.js'

/** What a replay changes. @source control-api.md "Calls and deliveries" */
export interface ReplayChanges {
  url?: string
  method?: Method
  /** The new value of a parameter, by its name; null leaves it out. */
  parameters?: Record<string, string | null>
}

/** A delivery that may replay another one. */
type ReplayedDelivery = Delivery & { replayOf?: string }

/** Sends a delivery again. */
type Replay = (id: string, changes: ReplayChanges) => Promise<ReplayedDelivery>

export const replay = clientCommand({
  name: 'replay',
  summary: 'Send a webhook again, as it was or changed',
  notes: [
    'Without options the same bytes are sent again, as a further attempt of the delivery. With options a new delivery ' +
      'is sent. The command does not wait for the answer of the receiver.'
  ],
  examples: [
    'uapi-emulator replay 1',
    'uapi-emulator replay 1 --webhook-url http://127.0.0.1:8080/hook --method POST',
    "uapi-emulator replay 1 --parameter CallerIDName='Ana Pop' --without CalledDID"
  ],
  options: {
    id: { argument: true, flag: 'id', type: DeliveryId, required: true, meaning: 'Id of the delivery.' },
    webhookUrl: {
      flag: 'webhook-url',
      placeholder: 'url',
      type: Type.String({ minLength: 1 }),
      meaning: 'Receiver, instead of that of the phone call event.'
    },
    method: {
      flag: 'method',
      placeholder: 'method',
      type: Type.Enum(['GET', 'POST']),
      meaning: 'HTTP method.'
    },
    parameter: {
      flag: 'parameter',
      placeholder: 'name=value',
      type: Type.String({ pattern: '^[^=]+=', description: 'For example CallStatus=ANSWER.' }),
      repeatable: true,
      meaning: 'Parameter with its new value, which may be empty.'
    },
    without: {
      flag: 'without',
      placeholder: 'name',
      type: Type.String({ minLength: 1 }),
      repeatable: true,
      meaning: 'Parameter that is left out.'
    }
  },
  check: ({ parameter, without }) => {
    const names = [...parameter.map(nameOf), ...without]
    const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index))
    if (repeated.size > 0)
      throw new OptionsInvalid([...repeated].map(name => `Parameter ${name} is given more than once: give one value.`))
  },
  async run({ deliveries }, { id, json, webhookUrl, method, parameter, without, ...options }, context) {
    const send: Replay = deliveries.replay
    const replayed = await send(id, changesOf({ webhookUrl, method, parameter, without }))
    context.out(json ? renderJson(replayed) : renderReplayed(replayed, createCommandLine(options)))
  }
})

/** The changes that the options describe; empty without any. */
export function changesOf({
  webhookUrl,
  method,
  parameter,
  without
}: {
  webhookUrl: string | undefined
  method: keyof typeof METHODS | undefined
  parameter: string[]
  without: string[]
}): ReplayChanges {
  return omitUndefined({
    url: webhookUrl,
    method: method && METHODS[method],
    parameters: parametersOf({ parameter, without })
  })
}

/** The changes of parameters that the options describe; undefined without any. */
export function parametersOf({
  parameter,
  without
}: {
  parameter: string[]
  without: string[]
}): Record<string, string | null> | undefined {
  const values = parameter.map(pair => [nameOf(pair), pair.slice(pair.indexOf('=') + 1)] as const)
  const changes = [...values, ...without.map(name => [name, null] as const)]
  return changes.length === 0 ? undefined : Object.fromEntries(changes)
}

const nameOf = (pair: string): string => pair.slice(0, pair.indexOf('='))

function renderReplayed(delivery: ReplayedDelivery, commandLine: CommandLine): string {
  const { id, replayOf, moment, extension, callId, state } = delivery
  const what = replayOf === undefined ? 'is sent again' : `replays delivery ${replayOf} with changes`
  return `Delivery ${id} ${what}: ${moment} of ${extension}, call ${callId}
  ${renderTarget(delivery)} → ${state}
Its answer: ${commandLine('deliveries', '--call', callId)}
`
}
