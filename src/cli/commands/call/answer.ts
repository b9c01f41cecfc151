import { clientCommand } from '../../client-command.js'
import { BY_HAND_EXITS, BY_HAND_NOTE, CALL_ARGUMENT, numberOption, showCall } from './by-hand.js'

export const answer = clientCommand({
  name: 'answer',
  summary: 'Answer a call',
  notes: [BY_HAND_NOTE],
  examples: [
    'uapi-emulator answer 1479144949.4665265',
    "uapi-emulator answer 1479144949.4665265 --number '0003*210' --json"
  ],
  exits: BY_HAND_EXITS,
  options: {
    ...CALL_ARGUMENT,
    number: numberOption('Party that answers; needed when several ring.')
  },
  async run({ calls }, { callId, number, ...options }, context) {
    showCall(await calls.answer(callId, { number }), options, context)
  }
})
