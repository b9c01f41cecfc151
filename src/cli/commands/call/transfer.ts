import { DialledNumber, TransferKind } from '../../../schema/calls/call-step.js'
import { clientCommand } from '../../client-command.js'
import { BY_HAND_EXITS, BY_HAND_NOTE, CALL_ARGUMENT, showCall } from './by-hand.js'

export const transfer = clientCommand({
  name: 'transfer',
  summary: 'Transfer an answered call to another party',
  notes: [
    BY_HAND_NOTE,
    'In a blind transfer the extension leaves at once. In an attended one it talks with the other party first, and ' +
      'leaves on "uapi-emulator complete".'
  ],
  examples: [
    "uapi-emulator transfer 1479144949.4665265 --from '0003*210' --to '0003*300'",
    'uapi-emulator transfer 1479144949.4665265 --from 210 --to 300 --kind attended'
  ],
  exits: BY_HAND_EXITS,
  options: {
    ...CALL_ARGUMENT,
    from: {
      flag: 'from',
      placeholder: 'extension',
      type: DialledNumber,
      required: true,
      meaning: 'Extension that transfers the call.'
    },
    to: {
      flag: 'to',
      placeholder: 'number',
      type: DialledNumber,
      required: true,
      meaning: 'Party that the call is transferred to.'
    },
    kind: {
      flag: 'kind',
      placeholder: 'kind',
      type: TransferKind,
      default: 'blind',
      meaning: 'Whether --from leaves at once or on "complete".'
    }
  },
  async run({ calls }, { callId, from, to, kind, ...options }, context) {
    showCall(await calls.transfer(callId, { from, to, kind }), options, context)
  }
})
