import { isExtended } from '../domain/addressing.js'
import type { Party } from '../domain/calls/party.js'
import { ControlError, unknownAfter } from '../domain/errors/control.js'
import { indexDirectory, unknownName } from '../domain/fixtures/check.js'
import { DIALLED_NUMBER } from '../schema/calls/call-step.js'
import { DEFAULT_LIMIT } from '../schema/list-limit.js'
import {
  DEFAULT_PHONE,
  type FixturePhone,
  type Phone,
  type PhoneBehaviour,
  type PhoneList,
  type PhoneQuery,
  type PhoneSetting,
  type PhonesCleared
} from '../schema/phone.js'
import type { Store } from '../store/store.js'
import type { EventSource } from './watch/event-source.js'

/** How parties behave when a request of the vendor's API rings them. @source control-api.md "State" */
export interface PhoneService {
  /** The phones that were set, in the order in which their numbers were first set. @throws ControlError `request_invalid` */
  list(query: PhoneQuery): PhoneList
  /** The phone of a number; the defaults when it was never set. @throws ControlError `request_invalid` */
  get(number: string): Phone
  /** Replaces the phone of a number: members that are left out get their defaults. @throws ControlError `request_invalid` */
  set(number: string, setting: PhoneSetting): Phone
  /** Gives a number its defaults back. @throws ControlError `request_invalid`, `phone_unknown` when it was never set */
  remove(number: string): void
  /** Gives all numbers their defaults back. */
  clear(): PhonesCleared
}

/** Reads and writes the phones of the store. Publishes `state`. */
export function createPhoneService({
  store: { directory, phones, write },
  eventSource
}: {
  store: Store
  eventSource: EventSource
}): PhoneService {
  const announce = () => eventSource.publish('state', { change: 'phones' })

  /** @throws ControlError `request_invalid` when the number is malformed, or the extended number of no extension */
  const check = (number: string): void => {
    if (!DIALLED_NUMBER.test(number)) throw invalidNumber(number)
    if (!isExtended(number) || directory.findExtension(number) !== undefined) return
    const { extensions } = indexDirectory({ extensions: directory.extensions() })
    const details = [{ path: IN_PATH, message: unknownName(number, extensions) }]
    throw new ControlError('request_invalid', { reason: 'extension_unknown', details })
  }

  return {
    list({ limit = DEFAULT_LIMIT, after }) {
      if (after !== undefined && phones.find(after) === undefined) throw unknownAfter('phone that was set')
      const { page, total } = phones.list(limit, after)
      return { phones: page, total }
    },
    get(number) {
      check(number)
      return { number, ...(phones.find(number) ?? DEFAULT_PHONE) }
    },
    set(number, { number: repeated = number, ...behaviour }) {
      check(number)
      if (repeated !== number) {
        const message = `must be the number of the path, ${number}, or be left out; got "${repeated}"`
        throw new ControlError('request_invalid', { details: [{ path: '$.number', message }] })
      }
      const phone = completePhone({ number, ...behaviour })
      write(() => phones.save(phone))
      announce()
      return phone
    },
    remove(number) {
      check(number)
      if (!write(() => phones.remove(number))) throw new ControlError('phone_unknown')
      announce()
    },
    clear() {
      const cleared = write(() => phones.clear())
      announce()
      return { cleared }
    }
  }
}

/** Finds how a party behaves that is rung. @source control-api.md "State" */
export type PhoneLookup = (party: Party) => PhoneBehaviour

/**
 * Creates the lookup of phones: the phone of the number as it was dialled, then that of the extended number of the
 * extension it leads to, then the defaults.
 */
export function createPhoneLookup({ phones }: Pick<Store, 'phones'>): PhoneLookup {
  return party => {
    const found = phones.find(party.written)
    if (found !== undefined) return found
    return (party.kind === 'extension' ? phones.find(party.extension.number) : undefined) ?? DEFAULT_PHONE
  }
}

/** A phone with the defaults of the members that were left out. */
export const completePhone = ({
  number,
  outcome = DEFAULT_PHONE.outcome,
  ringMs = DEFAULT_PHONE.ringMs,
  talkMs = DEFAULT_PHONE.talkMs
}: FixturePhone): Phone => ({ number, outcome, ringMs, talkMs })

const IN_PATH = '{number}'

function invalidNumber(given: string): ControlError {
  const message =
    'must be 1 to 33 of the characters 0-9 + * #, which a path has percent-encoded (# as %23); ' +
    `got ${JSON.stringify(given.slice(0, 64))}`
  return new ControlError('request_invalid', { details: [{ path: IN_PATH, message }] })
}
