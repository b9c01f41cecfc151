import { FIELDS, FILTER_FIELDS } from '../../../schema/listing.js'
import { PHONE_CALL_FIELDS, PHONE_CALL_FILTER_FIELDS, PHONE_CALL_ID } from '../../../schema/phone-call.js'
import { parseExtensionRef, SELF } from '../../addressing.js'
import { UapiError, type UapiErrorCode } from '../../errors/uapi.js'
import { parseListing } from '../../listing.js'
import {
  parseEventId,
  parseEventType,
  parseNewPhoneCallEvent,
  parsePhoneCallEventPatch
} from '../../phone-call-event.js'
import { parseAction } from '../../phone-calls/action.js'
import { parseNewPhoneCall } from '../../phone-calls/new-phone-call.js'
import { membersOf } from '../resources.js'
import type { SeenExchange, SeenOperation } from '../seen-exchange.js'

/** The first code with which the emulator refuses the values of a request, whatever its state; undefined when they are valid. */
export function expectedRefusal(seen: SeenExchange): UapiErrorCode | undefined {
  const { operation } = seen
  const check = operation === undefined ? undefined : CHECKS[operation]
  try {
    check?.(seen)
    return undefined
  } catch (error) {
    if (error instanceof UapiError) return error.code
    throw error
  }
}

const EVENTS = { filterFields: FILTER_FIELDS, fields: FIELDS, isSorted: true }
const CALLS = { filterFields: PHONE_CALL_FILTER_FIELDS, fields: PHONE_CALL_FIELDS, isSorted: false }

const CHECKS: Partial<Record<SeenOperation, (seen: SeenExchange) => void>> = {
  create({ address: { extension = '', eventType }, sent }) {
    parseExtensionRef(extension)
    const type = eventType === undefined ? undefined : parseEventType(eventType, 'pcet_type_invalid')
    parseNewPhoneCallEvent(membersOf(sent), type)
  },
  list({ address, query }) {
    checkEventAddress(address)
    parseListing(query, EVENTS)
  },
  update({ address, sent }) {
    checkEventAddress({ ...address, eventType: address.eventType ?? '', id: address.id ?? '' })
    parsePhoneCallEventPatch(membersOf(sent))
  },
  delete: ({ address }) => checkEventAddress(address),
  'phoneCalls.create': ({ sent, query }) => void parseNewPhoneCall(membersOf(sent), query),
  'phoneCalls.list'({ address, query }) {
    checkCallAddress(address)
    parseListing(query, CALLS)
  },
  'phoneCalls.update'({ address, sent }) {
    checkCallAddress(address)
    parseAction(membersOf(sent))
  },
  'phoneCalls.delete': ({ address }) => checkCallAddress(address)
}

function checkEventAddress({ extension = '', eventType, id }: SeenExchange['address']): void {
  parseExtensionRef(extension)
  if (eventType !== undefined) parseEventType(eventType, 'pce_type_invalid')
  if (id !== undefined) parseEventId(id)
}

function checkCallAddress({ extension = '', id }: SeenExchange['address']): void {
  if (extension !== SELF) parseExtensionRef(extension)
  if (id !== undefined && !PHONE_CALL_ID.test(id))
    throw new UapiError('phone_call_id_invalid', 'phone_call_id_malformed')
}
