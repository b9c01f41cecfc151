import { CallOutcome } from '../../../schema/calls/call-step.js'
import { clientCommand } from '../../client-command.js'
import { BY_HAND_EXITS, BY_HAND_NOTE, CALL_ARGUMENT, numberOption, showCall } from './by-hand.js'

export const hangup = clientCommand({
  name: 'hangup',
  summary: 'Hang up a party of a call, or all of them',
  notes: [BY_HAND_NOTE],
  examples: [
    'uapi-emulator hangup 1479144949.4665265',
    "uapi-emulator hangup 1479144949.4665265 --number '0003*210' --outcome noAnswer"
  ],
  exits: BY_HAND_EXITS,
  options: {
    ...CALL_ARGUMENT,
    number: numberOption('Party that hangs up; without it, all parties.'),
    outcome: {
      flag: 'outcome',
      placeholder: 'outcome',
      type: CallOutcome,
      meaning: 'How the leg or call ends. By default cancelled while it rings, answered after the answer.'
    }
  },
  async run({ calls }, { callId, number, outcome, ...options }, context) {
    showCall(await calls.hangup(callId, { number, outcome }), options, context)
  }
})
