import { type DirectoryLookup, type ResolveParty, resolverFrom } from '../../domain/calls/party.js'
import type { StoredCall } from '../../store/calls.js'
import type { Store } from '../../store/store.js'
import { createPhoneLookup, type PhoneLookup } from '../phones.js'

/** What calls read from the directory. */
export interface CallDirectory extends DirectoryLookup {
  /** Resolves numbers within a call, as its first extension dials them; in a call of the vendor's API, the charged one. */
  resolverOf(call: Pick<StoredCall, 'legs' | 'phoneCall'>): ResolveParty
  phoneOf: PhoneLookup
}

/** Reads the directory of a store. */
export function createCallDirectory(store: Store): CallDirectory {
  const { directory } = store
  const lookup: DirectoryLookup = {
    extended: directory.findExtension,
    publicNumber: directory.findPublic,
    short(number, { owner }) {
      const organization = directory.findUser(owner)?.organization
      return organization ? directory.findShort(number, organization) : undefined
    }
  }
  return {
    ...lookup,
    phoneOf: createPhoneLookup(store),
    resolverOf({ legs, phoneCall }) {
      const number = phoneCall?.extension ?? legs.find(({ extension }) => extension !== null)?.extension ?? ''
      const extension = lookup.extended(number)
      return resolverFrom(extension && { kind: 'extension', written: number, extension }, lookup)
    }
  }
}
