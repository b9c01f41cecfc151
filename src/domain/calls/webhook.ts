import type { CallStatus } from '../../schema/call.js'
import type { WebhookRequest } from '../../schema/delivery.js'
import { METHODS, type StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import type { Settings } from '../../schema/settings.js'

/** The parameters of a webhook that describe its call; unknown ones are empty. @source call-events.md §2 */
export interface CallFacts {
  callId: string
  callApiId: string
  callerIdNum: string
  callerIdName: string
  callerExtension: string
  calledExtension: string
  calledDid: string
  calledNumber: string
}

/** The parameters of a webhook that describe its moment. */
export interface MomentFacts {
  callStatus: CallStatus
  callFlow: 'IN' | 'OUT'
}

/**
 * The request of a webhook: of a phone call event, at a moment of a call.
 * @source call-events.md §2 "The request" (v5, clients)
 * @assumed 0016
 */
export function webhookOf(
  { method, url }: Pick<StoredPhoneCallEvent, 'method' | 'url'>,
  call: CallFacts,
  moment: MomentFacts,
  { callFlowCase }: Pick<Settings, 'callFlowCase'>
): WebhookRequest {
  const form = parametersOf(call, moment, callFlowCase)
  const { target, host, authorization } = split(url)
  const headers = { Host: host, 'User-Agent': 'uapi-emulator', Accept: '*/*', ...authorization }
  if (method === METHODS.GET) {
    const query = target.includes('?') ? (/[?&]$/.test(target) ? '' : '&') : '?'
    return { method: 'GET', url: `${target}${query}${form}`, headers: { ...headers, ...KEEP_ALIVE }, body: '' }
  }
  // The form is ASCII, so its length in bytes is that in characters.
  const typed = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(form.length) }
  return { method: 'POST', url: target, headers: { ...headers, ...typed, ...KEEP_ALIVE }, body: form }
}

/** The origin of a url, `http://host:port`: the dispatcher limits deliveries by it. */
export const originOf = (url: string): string => new URL(url).origin

const KEEP_ALIVE = { Connection: 'keep-alive' }

/** The ten parameters in the documented order, form-encoded. */
function parametersOf(
  call: CallFacts,
  { callStatus, callFlow }: MomentFacts,
  flowCase: Settings['callFlowCase']
): string {
  return new URLSearchParams([
    ['CallID', call.callId],
    ['CallerIDNum', call.callerIdNum],
    ['CallerIDName', call.callerIdName],
    ['CalledDID', call.calledDid],
    ['CalledExtension', call.calledExtension],
    ['CallerExtension', call.callerExtension],
    ['CalledNumber', call.calledNumber],
    ['CallStatus', callStatus],
    ['CallFlow', flowCase === 'lower' ? callFlow.toLowerCase() : callFlow],
    ['CallAPIID', call.callApiId]
  ]).toString()
}

/** The parts of a url that are sent: without its fragment, and with its user and password as a header. */
function split(url: string): { target: string; host: string; authorization: { Authorization?: string } } {
  const { host, username, password } = new URL(url)
  const [, scheme = '', rest = ''] = /^(https?:\/\/)(?:[^/?#]*@)?([^#]*)/i.exec(url) ?? []
  const target = scheme + rest
  if (username === '' && password === '') return { target, host, authorization: {} }
  return { target, host, authorization: { Authorization: `Basic ${btoa(bytesOf(`${username}:${password}`))}` } }
}

/** The bytes of a percent-encoded text, one a character, as btoa takes them. */
const bytesOf = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
