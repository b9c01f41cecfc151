import Type from 'typebox'
import { DeliveryId } from '../../../schema/calls/call.js'
import type { Delivery } from '../../../schema/calls/delivery.js'
import type { ReplayRequest } from '../../../schema/calls/replay.js'
import { METHODS } from '../../../schema/phone-call-event.js'
import { omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { type CommandLine, createCommandLine, renderJson } from '../../client-options.js'
import { checkParameterNames, PARAMETER_OPTION, parameterChanges, readParameters } from '../../parameter-option.js'
import { renderTarget } from '../../tables.js'
import { escapeControls } from '../../terminal/escape.js'
import { foldLines } from '../../terminal/fold.js'

export const replay = clientCommand({
  name: 'replay',
  summary: 'Send a webhook again, as it was or changed',
  notes: [
    'Without options the same bytes are sent again, as a further attempt of the delivery. With options a new delivery ' +
      'is sent. The command does not wait for the answer of the receiver. "uapi-emulator deliveries" lists the ids.'
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
      meaning: 'Send it to this url instead of that of the event.'
    },
    method: {
      flag: 'method',
      placeholder: 'method',
      type: Type.Enum(['GET', 'POST']),
      meaning: 'Send it with this HTTP method.'
    },
    parameter: {
      ...PARAMETER_OPTION,
      meaning: 'Replace or add a parameter; the value may be empty.'
    },
    without: {
      flag: 'without',
      placeholder: 'name',
      type: Type.String({ minLength: 1 }),
      repeatable: true,
      meaning: 'Leave a parameter out.'
    }
  },
  check: ({ parameter, without }) =>
    checkParameterNames([...readParameters(parameter).map(([name]) => name), ...without]),
  async run({ deliveries }, { id, json, webhookUrl, method, parameter, without, ...options }, context) {
    const replayed = await deliveries.replay(id, changesOf({ webhookUrl, method, parameter, without }))
    context.out(
      json ? renderJson(replayed) : foldLines(renderReplayed(replayed, createCommandLine(options)), context.page.width)
    )
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
}): ReplayRequest {
  return omitUndefined({
    url: webhookUrl,
    method: method && METHODS[method],
    parameters: parameterChanges({ parameter, without })
  })
}

function renderReplayed(delivery: Delivery, commandLine: CommandLine): string {
  const { id, replayOf, moment, extension, callId, state } = delivery
  const what = replayOf === undefined ? 'is sent again' : `replays delivery ${replayOf} with changes`
  return `Delivery ${id} ${what}: ${moment} of ${extension}, call ${callId}
  ${escapeControls(renderTarget(delivery))} → ${state}
List its attempts: ${commandLine('deliveries', '--call', callId)}
`
}
