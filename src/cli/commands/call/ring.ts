import { DialledNumber } from '../../../schema/calls/call-step.js'
import { clientCommand } from '../../client-command.js'
import { BY_HAND_EXITS, BY_HAND_NOTE, CALL_ARGUMENT, numberOption, showCall } from './by-hand.js'

export const ring = clientCommand({
  name: 'ring',
  summary: 'Ring further parties of a call',
  notes: [BY_HAND_NOTE],
  examples: [
    "uapi-emulator ring 1479144949.4665265 --number '0003*211'",
    "uapi-emulator ring 1479144949.4665265 --number '0003*211' --via '0003*300'"
  ],
  exits: BY_HAND_EXITS,
  options: {
    ...CALL_ARGUMENT,
    number: { ...numberOption('Party that rings.'), required: true, repeatable: true },
    via: {
      flag: 'via',
      placeholder: 'extension',
      type: DialledNumber,
      meaning: 'Called IVR or queue that leads to the party.'
    }
  },
  async run({ calls }, { callId, number, via, ...options }, context) {
    const called = number.length > 1 ? number : (number[0] ?? '')
    showCall(await calls.ring(callId, { number: called, via }), options, context)
  }
})
