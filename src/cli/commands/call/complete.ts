import { DialledNumber } from '../../../schema/calls/call-step.js'
import { clientCommand } from '../../client-command.js'
import { BY_HAND_EXITS, BY_HAND_NOTE, CALL_ARGUMENT, showCall } from './by-hand.js'

export const complete = clientCommand({
  name: 'complete',
  summary: 'Complete an attended transfer',
  notes: [BY_HAND_NOTE],
  examples: ["uapi-emulator complete 1479144949.4665265 --extension '0003*210'"],
  exits: BY_HAND_EXITS,
  options: {
    ...CALL_ARGUMENT,
    extension: {
      flag: 'extension',
      placeholder: 'number',
      type: DialledNumber,
      required: true,
      meaning: 'Extension that completes its transfer and leaves.'
    }
  },
  async run({ calls }, { callId, extension, ...options }, context) {
    showCall(await calls.complete(callId, { extension }), options, context)
  }
})
