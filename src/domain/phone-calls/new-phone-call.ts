import { DIALLED_NUMBER, MAX_LEGS } from '../../schema/calls/call-step.js'
import {
  CALL_DURATION,
  MAX_CALLER_ID_LENGTH,
  MAX_NONCE_LENGTH,
  NewPhoneCall,
  NewPhoneCallQuery,
  type PlacedPhoneCall,
  WAIT_FOR_PICKUP
} from '../../schema/phone-call.js'
import type { Reason } from '../../schema/reasons.js'
import { calledNumber, type Party, type ResolveParty } from '../calls/party.js'
import { UapiError } from '../errors/uapi.js'
import { ignoredParameters, integer, type Query } from '../listing.js'
import type { Members } from '../phone-call-event.js'

/** A request of Create without its extension. Numbers are as they were sent. */
export type ParsedPhoneCall = Omit<PlacedPhoneCall, 'extension'>

/**
 * Parses body and query of Create of PhoneCalls, in the order phoneCallView, waitForPickup, callDuration, nonce.
 * @throws UapiError `phone_call_view_invalid`, `waitforpickup_invalid`, `callduration_invalid`, `nonce_invalid`
 * @source phone-calls.md "Create" (v3, clients)
 * @assumed 0022
 */
export function parseNewPhoneCall(body: Members, query: Query): ParsedPhoneCall {
  const view = firstView(body)
  const source = numbersOf(view, 'source')
  const destination = numbersOf(view, 'destination')
  if (source.length + destination.length > MAX_LEGS)
    refuse('value_out_of_range', `source and destination have at most ${MAX_LEGS} numbers together.`)
  const callerId = textOf(view, 'callerId')
  const callerDestination = textOf(view, 'callerDestination')
  const waitForPickup = integer(query, 'waitForPickup', WAIT_FOR_PICKUP, 'waitforpickup_invalid')
  const callDuration = integer(query, 'callDuration', CALL_DURATION, 'callduration_invalid')
  const nonce = nonceOf(body)
  const flags = FLAGS.flatMap(name => {
    const value = flagOf(query, name)
    return value === undefined ? [] : [[name, value]]
  })
  return {
    source,
    destination,
    waitForPickup: waitForPickup ?? WAIT_FOR_PICKUP.default,
    ...(callerId?.trim() && { callerId }), // a blank one states nothing
    ...(callerDestination !== undefined && { callerDestination }),
    ...(callDuration !== undefined && { callDuration }),
    ...(nonce !== undefined && { nonce }),
    ...Object.fromEntries(flags)
  }
}

/** The parties of a request of Create. */
export interface PhoneCallParties {
  sources: Party[]
  destinations: Party[]
}

/**
 * Resolves the parties of a request.
 * @throws UapiError `phone_call_view_invalid` when a number names nobody or is there twice, or a source cannot ring
 * @source phone-calls.md "Create"
 * @assumed 0022
 */
export function partiesOf(
  { source, destination }: Pick<ParsedPhoneCall, 'source' | 'destination'>,
  resolve: ResolveParty
): PhoneCallParties {
  const seen = new Set<string>()
  const read = (name: string, numbers: readonly string[]): Party[] =>
    numbers.map((number, index) => {
      const found = resolve(number)
      const path = `${name}[${index}]`
      if ('problem' in found) return refuse('number_unknown', `${path} ${found.problem}.`)
      const key = calledNumber(found)
      if (seen.has(key)) return refuse('number_repeated', `${path} names ${key} a second time.`)
      seen.add(key)
      return found
    })
  const sources = read('source', source)
  for (const party of sources)
    if (party.kind === 'extension' && party.extension.kind !== 'phoneTerminal')
      refuse(
        'source_kind',
        `${party.extension.number} is of the kind ${party.extension.kind}: a source is a phoneTerminal or an outside number.`
      )
  return { sources, destinations: read('destination', destination) }
}

/** The members and parameters of a request that Create does not read. @source contract §1, §2.4 */
export function ignoredByCreate(body: Members, query: Query): string[] {
  const { phoneCallView } = body
  const [first, ...others] = Array.isArray(phoneCallView) ? phoneCallView : []
  const isRead = Object.hasOwn.bind(undefined, NewPhoneCall.properties.phoneCallView.items.properties)
  const isObject = typeof first === 'object' && first !== null
  return [
    ...Object.keys(body).filter(name => !Object.hasOwn(NewPhoneCall.properties, name)),
    ...(isObject ? Object.keys(first).filter(name => !isRead(name)) : []),
    ...others.map((_, index) => `phoneCallView[${index + 1}]`).slice(0, 10),
    ...ignoredParameters(query, NewPhoneCallQuery),
    ...FLAGS.filter(name => query[name] !== undefined && flagOf(query, name) === undefined)
  ]
}

const refuse = (reason: Reason, remedy: string): never => {
  throw new UapiError('phone_call_view_invalid', reason, undefined, remedy)
}

function firstView({ phoneCallView }: Members): Members {
  if (phoneCallView === undefined) refuse('value_missing', 'phoneCallView is missing.')
  if (!Array.isArray(phoneCallView)) return refuse('value_malformed', 'phoneCallView must be an array.')
  const [view]: unknown[] = phoneCallView
  if (view === undefined) return refuse('value_empty', 'phoneCallView has no entry.')
  if (typeof view !== 'object' || view === null || Array.isArray(view))
    return refuse('value_malformed', 'The entry of phoneCallView must be an object.')
  return view as Members // a parsed JSON object
}

/** A number or a list of numbers: clients send both. @source phone-calls.md "Create" (clients) */
function numbersOf(view: Members, name: 'source' | 'destination'): string[] {
  const sent = view[name]
  if (sent === undefined) refuse('value_missing', `${name} is missing.`)
  const numbers: unknown[] = Array.isArray(sent) ? sent : [sent]
  if (numbers.length === 0) refuse('value_empty', `${name} has no number.`)
  if (numbers.length > MAX_LEGS) refuse('value_out_of_range', `${name} has more than ${MAX_LEGS} numbers.`)
  return numbers.map(number =>
    typeof number === 'string' && DIALLED_NUMBER.test(number)
      ? number
      : refuse(
          'value_malformed',
          `${name} must be a text such as "0003*210", or a list of them: 1 to 33 digits, +, * and #.`
        )
  )
}

/** A text of at most so many characters, which are code points. SQLite cannot return a NUL or a lone surrogate as it was stored. */
const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && !isLonger(value, maxLength) && !value.includes('\0') && value.isWellFormed()

const isLonger = (text: string, maxLength: number): boolean => [...text].length > maxLength

function textOf(view: Members, name: 'callerId' | 'callerDestination'): string | undefined {
  const sent = view[name]
  if (sent === undefined || isText(sent, MAX_CALLER_ID_LENGTH)) return sent
  return refuse('value_malformed', `${name} must be a text of at most ${MAX_CALLER_ID_LENGTH} characters.`)
}

function nonceOf({ nonce }: Members): string | undefined {
  if (nonce === undefined || isText(nonce, MAX_NONCE_LENGTH)) return nonce
  throw new UapiError(
    'nonce_invalid',
    typeof nonce === 'string' && isLonger(nonce, MAX_NONCE_LENGTH) ? 'value_too_long' : 'value_malformed'
  )
}

/** Parameters that are only kept with the call. One that is neither true nor false is ignored. @source phone-calls.md "Create" (v3) @assumed 0022 */
const FLAGS = ['allowPublicTransfer', 'video'] as const

function flagOf(query: Query, name: (typeof FLAGS)[number]): boolean | undefined {
  const sent = query[name]
  if (sent === 'true' || sent === '1') return true
  return sent === 'false' || sent === '0' ? false : undefined
}
