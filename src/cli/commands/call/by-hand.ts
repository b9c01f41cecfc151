import type { ValuesOf } from '../../../option-table.js'
import { type Call, CallId } from '../../../schema/calls/call.js'
import { DialledNumber } from '../../../schema/calls/call-step.js'
import { type CLIENT_OPTIONS, createCommandLine, renderJson } from '../../client-options.js'
import type { CommandTable, RunContext } from '../../command.js'
import { renderCall } from '../../timeline.js'

/** The call that a command drives by hand. */
export const CALL_ARGUMENT = {
  callId: { argument: true, flag: 'callId', type: CallId, required: true, meaning: 'CallID of any leg of the call.' }
} as const satisfies CommandTable

/** The option `--number`: a leg of the call. */
export const numberOption = (meaning: string) =>
  ({ flag: 'number', placeholder: 'number', type: DialledNumber, meaning }) as const

/** The paragraph of help text on driving a call. */
export const BY_HAND_NOTE =
  "For a call that was placed with --manual or by the vendor's API, or whose steps are all done. Prints the call " +
  'afterwards, with the commands that are possible next.'

/** Exit codes of the commands that drive a call. */
export const BY_HAND_EXITS = {
  0: 'success',
  1: 'no emulator answers, no such call, or not possible in its state',
  2: 'invalid options, or the emulator refuses the request'
} as const

/** Prints a call after a command has driven it. */
export function showCall(
  call: Call,
  { json, ...options }: { json: boolean } & ValuesOf<typeof CLIENT_OPTIONS>,
  { out, page }: RunContext
): void {
  out(json ? renderJson(call) : renderCall(call, createCommandLine(options), page))
}
