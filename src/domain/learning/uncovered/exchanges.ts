import { UAPI_ERRORS, type UapiErrorCode } from '../../errors/uapi.js'
import { membersOf } from '../resources.js'
import type { SeenExchange, SeenOperation } from '../seen-exchange.js'
import { errorCodeOf, headerOf, isSuccess } from '../seen-exchange.js'
import { differencesOfAnswer } from './answers.js'
import { expectedRefusal } from './expected-refusal.js'
import { quote, type Report } from './findings.js'
import { readOAuthExchange } from './oauth.js'

/** The statuses with which each operation succeeds in the emulator. */
const SUCCESSES: Record<Exclude<SeenOperation, 'token' | 'authorize'>, readonly number[]> = {
  create: [200],
  list: [200, 204],
  update: [200],
  delete: [200, 204],
  'phoneCalls.create': [200],
  'phoneCalls.list': [200],
  'phoneCalls.update': [200],
  'phoneCalls.delete': [200]
}

/** The operations in sentences. */
const NAMES: Record<keyof typeof SUCCESSES, string> = {
  create: 'Create',
  list: 'List',
  update: 'Update',
  delete: 'Delete',
  'phoneCalls.create': 'Create of PhoneCalls',
  'phoneCalls.list': 'List of PhoneCalls',
  'phoneCalls.update': 'Update of PhoneCalls',
  'phoneCalls.delete': 'Delete of PhoneCalls'
}

/** Reports what the emulator would answer differently, whatever its settings. */
export function readUncoveredExchange(seen: SeenExchange, report: Report): void {
  const { recorded, operation, place, status } = seen
  if (recorded.failure !== undefined) report('unread', `The PBX gave no whole answer: ${recorded.failure.code}.`, place)
  if (status === undefined) return
  const { body } = recorded.response ?? {}
  if (body !== undefined && 'omitted' in body)
    report('unread', `A body of the PBX was not recorded, and is not compared: ${body.omitted}.`, place)
  else if (recorded.failure === undefined) {
    if (operation === 'token' || operation === 'authorize') readOAuthExchange(seen, report)
    else if (operation === undefined) readForeign(seen, report)
    else readOperation(seen, operation, report)
  }
}

function readOperation(seen: SeenExchange, operation: keyof typeof SUCCESSES, report: Report): void {
  const { status = 0, place } = seen
  const name = NAMES[operation]
  if (status >= 400) {
    readError(seen, name, report)
    return
  }
  if (!isSuccess(seen)) {
    report('status', `${name} answers ${status}.`, place)
    return
  }
  if (!SUCCESSES[operation].includes(status)) {
    report(
      'status',
      `${name} succeeds with ${status}; in the emulator with ${SUCCESSES[operation].join(' or ')}.`,
      place
    )
    return
  }
  const refusal = expectedRefusal(seen)
  if (refusal !== undefined)
    report('status', `${name} accepts a request that the emulator refuses with ${refusal}.`, place)
  if (status !== 204) readContentType(seen, report)
  for (const text of new Set(differencesOfAnswer(seen))) report('body', `${name}: ${text}`, place)
}

/** Requests that no emulated service has. @source contract §6: 501 `request_not_implemented` */
function readForeign(seen: SeenExchange, report: Report): void {
  const { path, status, place, recorded } = seen
  const isVendor = path.startsWith('/uapi')
  if (isVendor && status === 501) return
  const service = path
    .split('/')
    .slice(1, isVendor ? 3 : 2)
    .join('/')
  const { method } = recorded.request
  if (isVendor)
    report(
      'service',
      `${method} /${serviceOf(path) ?? service} answers ${status}; the emulator 501, because it is not emulated.`,
      place
    )
  else if (status !== 404) report('service', `${method} /${service} answers ${status}; it is not emulated.`, place)
}

/** The service of a path: `extensions/…/callRecordings`, or the first word. */
function serviceOf(path: string): string | undefined {
  const [, ofExtension] = /^\/uapi\/extensions\/[^/]*\/[^/]*\/([^/]+)/.exec(path) ?? []
  return ofExtension && `uapi/extensions/…/${ofExtension}`
}

function readError(seen: SeenExchange, name: string, report: Report): void {
  const { status = 0, answer, place } = seen
  const code = errorCodeOf(seen)
  if (answer === undefined || code === undefined) {
    report('error', `${name} refuses with ${status} and another body than {"error":{"code","message"}}.`, place)
    return
  }
  readContentType(seen, report)
  const { error, ...others } = membersOf(answer)
  const { code: _, message, ...further } = membersOf(error)
  for (const member of [...Object.keys(others), ...Object.keys(further).map(member => `error.${member}`)])
    report('body', `Errors have the member ${member}, which the emulator does not send.`, place)
  if (!isCode(code)) {
    report('error', `${name} refuses with ${status} and the code ${quote(code)}, which the emulator has not.`, place)
    return
  }
  const statuses: number[] = code === 'access_denied' ? [401, 403] : [UAPI_ERRORS[code].status]
  if (!statuses.includes(status))
    report('status', `The code ${code} has the status ${status}; in the emulator ${statuses.join(' or ')}.`, place)
  if (typeof message !== 'string') report('body', `The message of ${code} is no text.`, place)
  else if (!message.startsWith(UAPI_ERRORS[code].message))
    report('form', `The message of ${code} is another one: ${quote(message)}.`, place)
  readReason(seen, name, code, report)
}

/** Compares a refusal for its values with the checks of the emulator. What depends on the state is not judged. */
function readReason(seen: SeenExchange, name: string, code: UapiErrorCode, report: Report): void {
  if (!OF_VALUES.test(code)) return
  const expected = expectedRefusal(seen)
  if (expected === code || (expected === undefined && OF_STATE.has(code))) return
  const other = expected === undefined ? 'accepts the request' : `refuses it with ${expected}`
  report('error', `${name} refuses a request with ${code}; the emulator ${other}.`, seen.place)
}

const isCode = (code: string): code is UapiErrorCode => Object.hasOwn(UAPI_ERRORS, code)

/** The codes of values that a request has. */
const OF_VALUES = /^(?!user_|extension_|request_|headers_|content_).*_invalid$/

/** The codes that an id can also have because there is nothing with it. */
const OF_STATE: ReadonlySet<string> = new Set(['pce_id_invalid', 'phone_call_id_invalid', 'phone_call_view_invalid'])

function readContentType({ recorded, place }: SeenExchange, report: Report): void {
  const type = headerOf(recorded.response?.headers ?? [], 'content-type')
  const [media = ''] = (type ?? '').split(';')
  if (media.trim().toLowerCase() !== 'application/json')
    report(
      'form',
      `The content type of JSON is ${type === undefined ? 'not stated' : quote(type)}; in the emulator application/json.`,
      place
    )
}
