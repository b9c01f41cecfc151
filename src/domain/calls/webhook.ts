import { ANSWERED_HANGUP_STATUSES, type CallFlow, type CallStatus, type MomentName } from '../../schema/calls/call.js'
import type { WebhookRequest } from '../../schema/calls/delivery.js'
import { METHODS, type StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import type { Settings } from '../../schema/settings.js'
import type { Leg, LegMoment } from './call.js'
import { requestOf } from './webhook-request.js'

/** A moment of a leg, as webhooks report it. */
export interface ReportedMoment {
  moment: MomentName
  leg: Pick<Leg, 'callId' | 'direction' | 'parameters'>
  callApiId: string
  callStatus: CallStatus
  callFlow: CallFlow
}

/**
 * CallStatus and CallFlow of a moment, by the settings.
 * @source call-events.md §1 (recorded): CallFlow in lower case, UNKNOWN at the end of an answered leg; contract §4
 * @assumed 0015
 */
export const statusOf = (
  { callStatus, endsAnswered }: Pick<LegMoment, 'callStatus' | 'endsAnswered'>,
  direction: Leg['direction'],
  { hangupStatus, callFlowCase }: Pick<Settings, 'hangupStatus' | 'callFlowCase'>
): { callStatus: CallStatus; callFlow: CallFlow } => ({
  callStatus: endsAnswered ? ANSWERED_HANGUP_STATUSES[hangupStatus] : callStatus,
  callFlow: callFlowCase === 'lower' ? direction : direction === 'in' ? 'IN' : 'OUT'
})

/**
 * The parameters of a webhook in their order, form-encoded.
 * @param absent whether the parameters that recorded webhooks lack are left out
 * @source call-events.md §2 (recorded): the order; no CalledNumber in a Dial-In, no CalledExtension in a call outside
 * @assumed 0016
 */
export function webhookForm(
  { moment, leg: { callId, direction, parameters }, callApiId, callStatus, callFlow }: ReportedMoment,
  absent: Settings['absentParameters']
): string {
  const isOmitted = absent === 'omit'
  const { calledExtension } = parameters
  const pairs: [string, string][] = [
    ['CallID', callId ?? ''],
    ['CallerIDNum', parameters.callerIdNum],
    ['CallerIDName', parameters.callerIdName],
    ['CalledDID', parameters.calledDid]
  ]
  if (!isOmitted || direction === 'in' || calledExtension !== '') pairs.push(['CalledExtension', calledExtension])
  pairs.push(['CallStatus', callStatus], ['CallFlow', callFlow], ['CallerExtension', parameters.callerExtension])
  if (!isOmitted || moment !== 'dialIn') pairs.push(['CalledNumber', parameters.calledNumber])
  pairs.push(['CallAPIID', callApiId])
  return new URLSearchParams(pairs).toString()
}

/**
 * The request of a webhook of a phone call event.
 * @param form its parameters, form-encoded
 * @source call-events.md §2 "The request" (v5, clients; recorded: POST sends a form)
 * @assumed 0016
 */
export const webhookOf = (
  { method, url }: Pick<StoredPhoneCallEvent, 'method' | 'url'>,
  form: string
): WebhookRequest => requestOf({ method: method === METHODS.GET ? 'GET' : 'POST', url, form, headers: HEADERS })

const HEADERS = { 'User-Agent': 'uapi-emulator', Accept: '*/*', Connection: 'keep-alive' }

/** The origin of a url, `http://host:port`. The deliveries in flight to one origin are limited. */
export const originOf = (url: string): string => new URL(url).origin
