import {
  EXTENSION_KINDS,
  type Extension,
  type ExtensionKind,
  type ExtensionNumber,
  type Role,
  type User
} from '../schema/directory.js'
import { UapiError } from './errors/uapi.js'

/** The segments of a request's path, as they were sent; undefined when the path lacks one. */
export interface EventAddress {
  userId: string
  extension: string
  eventType?: string | undefined
  eventId?: string | undefined
}

/** An extension in a path: its extended number, or its short one within an organization. */
export type ExtensionRef = { kind: 'extended'; number: ExtensionNumber } | { kind: 'short'; number: string }

/** The extension segment that addresses the user's own extension; only PhoneCalls has it. @source phone-calls.md "Paths" (v3) */
export const SELF = '@self'

/**
 * Parses the extension of a path: `0003*210`, or `210`.
 * @throws UapiError `extension_invalid`
 * @source page "Path Parameters › extension": "Cannot be set to @self."; contract §2
 */
export function parseExtensionRef(text: string): ExtensionRef {
  if (text === '') throw new UapiError('extension_invalid', 'extension_missing')
  if (text === SELF) throw new UapiError('extension_invalid', 'extension_self')
  if (!/^[0-9*]+$/.test(text)) throw new UapiError('extension_invalid', 'extension_malformed')
  return { kind: text.includes('*') ? 'extended' : 'short', number: text }
}

/** Whether a number has the form of an extended one. */
export const isExtended = (number: string): boolean => /^[0-9]+\*[0-9]+$/.test(number)

/** The short number of an extended one: `210` of `0003*210`. */
export const shortNumber = (number: ExtensionNumber): string => number.slice(number.indexOf('*') + 1)

/**
 * The public numbers of an extension, each once: `publicNumber`, then those of `publicNumbers`.
 * @source control-api.md "State"
 * @assumed 0008
 */
export function publicNumbersOf({ publicNumber, publicNumbers }: Partial<Extension>): string[] {
  const first = publicNumber === undefined ? [] : [publicNumber]
  return publicNumbers === undefined ? first : [...new Set([...first, ...publicNumbers])]
}

/** A user in a path. */
export type UserRef = { kind: 'authenticated' } | { kind: 'owner' } | { kind: 'id'; id: string }

/**
 * Parses the userId of a path: `@me` or `@viewer` (the principal and the users that its role reaches), `@owner`, or an id.
 * Empty means `@me`.
 * @source page "Path Parameters › userId"; contract §2 (empty segments)
 */
export function parseUserRef(text: string): UserRef {
  if (text === '' || text === '@me' || text === '@viewer') return { kind: 'authenticated' }
  if (text === '@owner') return { kind: 'owner' }
  return { kind: 'id', id: text }
}

/** The relation of the authenticated user to the addressed one. */
export type Relation = 'self' | 'sameOrganization' | 'elsewhere'

/**
 * The permission matrix: the users whose extensions a role may access.
 * @source page "The Service is available to Apps registered to…"
 * @assumed 0002
 */
export const REACH: Record<Role, Record<Relation, boolean>> = {
  user: { self: true, sameOrganization: false, elsewhere: false },
  organization: { self: true, sameOrganization: true, elsewhere: false },
  administrator: { self: true, sameOrganization: true, elsewhere: true }
}

/** Whether a user may access the extensions of another user, or their own. */
export const reaches = (principal: User, target: User): boolean => REACH[principal.role][relation(principal, target)]

/** The relation of one user to another. Users without an organization share none. */
export function relation(principal: User, target: User): Relation {
  if (principal.id === target.id) return 'self'
  const shared = principal.organization !== null && principal.organization === target.organization
  return shared ? 'sameOrganization' : 'elsewhere'
}

/** Whether extensions of a kind can have phone call events. @source page "Path Parameters › extension" */
export const hasPhoneCallEvents = (kind: ExtensionKind): boolean => EXTENSION_KINDS[kind].hasPhoneCallEvents
