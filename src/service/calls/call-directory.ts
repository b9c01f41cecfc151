import { type DirectoryLookup, type ResolveParty, resolverFrom } from '../../domain/calls/party.js'
import type { StoredCall } from '../../store/calls.js'
import type { Store } from '../../store/store.js'

/** Lookups of numbers in the directory of a store. */
export function lookupIn({ directory }: Store): DirectoryLookup {
  return {
    extended: directory.findExtension,
    publicNumber: directory.findPublic,
    short(number, { owner }) {
      const organization = directory.findUser(owner)?.organization
      return organization ? directory.findShort(number, organization) : undefined
    }
  }
}

/** Resolves numbers within a call, as its first extension dials them. */
export function resolverOf({ legs }: Pick<StoredCall, 'legs'>, lookup: DirectoryLookup): ResolveParty {
  const number = legs.find(({ extension }) => extension !== null)?.extension ?? ''
  const extension = lookup.extended(number)
  return resolverFrom(extension && { kind: 'extension', written: number, extension }, lookup)
}
