import { DIALLED_NUMBER } from '../../schema/calls/call-step.js'
import { PHONE_CALL_ACTIONS, PhoneCallAction } from '../../schema/phone-call.js'
import type { LegMark } from '../calls/call.js'
import { UapiError } from '../errors/uapi.js'
import type { Members } from '../phone-call-event.js'

/**
 * An action of Update: a blind transfer, or a mark that is set or cleared. Numbers are as they were sent. `transferred` is
 * the party that stays in the call; undefined members were left out.
 */
export type Action =
  | {
      kind: 'transfer'
      to: string
      from: string | undefined
      transferred: string | undefined
      viewId: string | undefined
    }
  | { kind: 'mark'; mark: LegMark; isSet: boolean; viewId: string | undefined }

/** The marks that actions set and clear. @source phone-calls.md "The resource" (v3) */
const MARKS = {
  OnHold: { mark: 'onHold', isSet: true },
  OffHold: { mark: 'onHold', isSet: false },
  Park: { mark: 'parked', isSet: true },
  UnPark: { mark: 'parked', isSet: false },
  StartRecording: { mark: 'recording', isSet: true },
  StopRecording: { mark: 'recording', isSet: false }
} as const

/**
 * Parses the body of Update of PhoneCalls.
 * @throws UapiError `action_invalid`; `request_not_implemented` for an action that is not emulated
 * @source phone-calls.md "The resource" (v3)
 * @assumed 0022
 */
export function parseAction(body: Members): Action {
  const { action } = body
  if (action === undefined) throw new UapiError('action_invalid', 'value_missing')
  if (typeof action !== 'string' || !isAction(action)) throw new UapiError('action_invalid', 'value_malformed')
  if (!PHONE_CALL_ACTIONS[action])
    throw new UapiError(
      'request_not_implemented',
      'action_not_emulated',
      undefined,
      `The action ${action} is not emulated.`
    )
  if (action === 'Transfer')
    return {
      kind: 'transfer',
      to: numberOf(body, 'sendCallTo') ?? missing('sendCallTo'),
      from: numberOf(body, 'transferFromNumber'),
      transferred: numberOf(body, 'transferNumber'),
      viewId: optionalText(body, 'phoneCallViewId')
    }
  if (!isMarking(action)) throw new Error(`${action} sets no mark.`) // every other emulated action is in MARKS
  return { kind: 'mark', ...MARKS[action], viewId: optionalText(body, 'phoneCallViewId') }
}

/** The members of a body that Update does not read. @source contract §1 */
export const ignoredByUpdate = (body: Members): string[] =>
  Object.keys(body).filter(name => !Object.hasOwn(PhoneCallAction.properties, name))

const isAction = (name: string): name is keyof typeof PHONE_CALL_ACTIONS => Object.hasOwn(PHONE_CALL_ACTIONS, name)

const isMarking = (name: string): name is keyof typeof MARKS => Object.hasOwn(MARKS, name)

const missing = (name: string): never => {
  throw new UapiError('action_invalid', 'value_missing', undefined, `${name} is missing.`)
}

function optionalText(body: Members, name: string): string | undefined {
  const sent = body[name]
  if (sent === undefined || typeof sent === 'string') return sent
  throw new UapiError('action_invalid', 'value_malformed', undefined, `${name} must be a text.`)
}

/** A number of a transfer. An empty one counts as left out. */
function numberOf(body: Members, name: string): string | undefined {
  const sent = optionalText(body, name)
  if (sent === undefined || sent === '') return undefined
  if (DIALLED_NUMBER.test(sent)) return sent
  throw new UapiError('action_invalid', 'value_malformed', undefined, `${name} must have 1 to 33 digits, +, * and #.`)
}
