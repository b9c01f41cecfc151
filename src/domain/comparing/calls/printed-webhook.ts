import {
  ANSWERED_HANGUP_STATUSES,
  CALL_STATUSES,
  type CallStatus,
  type MomentName
} from '../../../schema/calls/call.js'
import type { Settings } from '../../../schema/settings.js'
import { statusOf, webhookForm } from '../../calls/webhook.js'
import { requestOf } from '../../calls/webhook-request.js'
import { readOwnWebhook, type SentWebhook } from '../sent-webhook.js'
import type { SeenMoment } from './seen-call.js'

const NAMES: Record<SeenMoment['stage'], Record<'in' | 'out', MomentName>> = {
  dial: { in: 'dialIn', out: 'dialOut' },
  answer: { in: 'answerIncoming', out: 'answerOutgoing' },
  hangup: { in: 'hangup', out: 'hangup' }
}

/** The name of a moment. */
export const momentOf = ({ stage, leg }: Pick<SeenMoment, 'stage' | 'leg'>): MomentName => NAMES[stage][leg.direction]

/** The webhook that the emulator would send for a moment with the values of a recorded one: its parameters and their order. */
export function printedWebhook({ webhook, stage, leg }: SeenMoment, settings: Settings): SentWebhook {
  const { value, method, address } = webhook
  const status = CALL_STATUSES.find(known => known === value('CallStatus')) ?? 'CALLING'
  const answered: readonly CallStatus[] = Object.values(ANSWERED_HANGUP_STATUSES)
  const endsAnswered = stage === 'hangup' && answered.includes(status)
  const { callStatus, callFlow } = statusOf({ callStatus: status, endsAnswered }, leg.direction, settings)
  const id = value('CallID')
  const parameters = {
    callerIdNum: value('CallerIDNum'),
    callerIdName: value('CallerIDName'),
    callerExtension: value('CallerExtension'),
    calledExtension: value('CalledExtension'),
    calledNumber: value('CalledNumber'),
    calledDid: value('CalledDID')
  }
  const form = webhookForm(
    {
      moment: momentOf({ stage, leg }),
      leg: { callId: /^\d+\.\d{7}$/.test(id) ? id : '0000000000.0000000', direction: leg.direction, parameters },
      callApiId: value('CallAPIID'),
      callStatus,
      callFlow
    },
    settings.absentParameters
  )
  const url = `http://receiver${address}`
  return readOwnWebhook(requestOf({ method: method === 'GET' ? 'GET' : 'POST', url, form, headers: {} }))
}
