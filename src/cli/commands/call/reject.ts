import { UnansweredOutcome } from '../../../schema/calls/call-step.js'
import { clientCommand } from '../../client-command.js'
import { BY_HAND_EXITS, BY_HAND_NOTE, CALL_ARGUMENT, numberOption, showCall } from './by-hand.js'

export const reject = clientCommand({
  name: 'reject',
  summary: 'Reject a call at a ringing party',
  notes: [BY_HAND_NOTE],
  examples: ["uapi-emulator reject 1479144949.4665265 --number '0003*210' --outcome noAnswer"],
  exits: BY_HAND_EXITS,
  options: {
    ...CALL_ARGUMENT,
    number: { ...numberOption('Party that does not take the call.'), required: true },
    outcome: {
      flag: 'outcome',
      placeholder: 'outcome',
      type: UnansweredOutcome,
      default: 'busy',
      meaning: 'Why it does not take the call.'
    }
  },
  async run({ calls }, { callId, number, outcome, ...options }, context) {
    showCall(await calls.reject(callId, { number, outcome }), options, context)
  }
})
