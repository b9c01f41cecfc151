import type { CallStatus } from '../../schema/call.js'
import type { WebhookRequest } from '../../schema/delivery.js'
import { METHODS, type StoredPhoneCallEvent } from '../../schema/phone-call-event.js'
import type { Settings } from '../../schema/settings.js'

/** What a webhook says of its call; a text is empty when it is not known. @source call-events.md §2 */
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

/** What a webhook says of the moment that it is for. */
export interface MomentFacts {
  callStatus: CallStatus
  callFlow: 'IN' | 'OUT'
}

/**
 * The request that an event is, when something happens.
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
    return { method: 'GET', url: `${target}${query}${form}`, headers: { ...headers, ...KEPT }, body: '' }
  }
  // The form is ASCII: a byte a character.
  const typed = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(form.length) }
  return { method: 'POST', url: target, headers: { ...headers, ...typed, ...KEPT }, body: form }
}

/** Where a url leads, `http://host:port`, as the dispatcher keeps receivers apart. */
export const originOf = (url: string): string => new URL(url).origin

const KEPT = { Connection: 'keep-alive' }

/** The ten parameters, in their order, in the form's own serialisation. */
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

/** What of a url is requested: the fragment stays here, and a name and a password become a header. */
function split(url: string): { target: string; host: string; authorization: { Authorization?: string } } {
  const { host, username, password } = new URL(url)
  const [, scheme = '', rest = ''] = /^(https?:\/\/)(?:[^/?#]*@)?([^#]*)/i.exec(url) ?? []
  const target = scheme + rest
  if (username === '' && password === '') return { target, host, authorization: {} }
  return { target, host, authorization: { Authorization: `Basic ${btoa(bytesOf(`${username}:${password}`))}` } }
}

/** The bytes that a percent-encoded text stands for, a character each, as btoa takes them. */
const bytesOf = (text: string): string =>
  text.replace(/%([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
