import { EXTENSION_KINDS, type ExtensionKind, type Role, type User } from '../schema/directory.js'

/** How the addressed user stands to the authenticated one. */
export type Relation = 'self' | 'sameOrganization' | 'elsewhere'

/**
 * The permission matrix: whose extensions a role reaches.
 * @source page "The Service is available to Apps registered to…"
 * @assumed 0002
 */
export const REACH: Record<Role, Record<Relation, boolean>> = {
  user: { self: true, sameOrganization: false, elsewhere: false },
  organization: { self: true, sameOrganization: true, elsewhere: false },
  administrator: { self: true, sameOrganization: true, elsewhere: true }
}

/** Whether a user may use the extensions of another, or of themselves. */
export const reaches = (principal: User, target: User): boolean => REACH[principal.role][relation(principal, target)]

/** How a user stands to another. Users without an organization share none. */
export function relation(principal: User, target: User): Relation {
  if (principal.id === target.id) return 'self'
  const shared = principal.organization !== null && principal.organization === target.organization
  return shared ? 'sameOrganization' : 'elsewhere'
}

/** Whether phone call events can be assigned to a kind of extension. @source page "Path Parameters › extension" */
export const hasPhoneCallEvents = (kind: ExtensionKind): boolean => EXTENSION_KINDS[kind].hasPhoneCallEvents
