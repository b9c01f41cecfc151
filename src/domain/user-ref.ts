/** A user as a path names them. */
export type UserRef = { kind: 'authenticated' } | { kind: 'owner' } | { kind: 'id'; id: string }

/**
 * Reads the userId of a path: `@me`, `@viewer`, `@owner`, or an id. Empty means `@me`.
 * @source page "Path Parameters › userId"; contract §2 (empty segments)
 */
export function readUserRef(text: string): UserRef {
  if (text === '' || text === '@me' || text === '@viewer') return { kind: 'authenticated' }
  if (text === '@owner') return { kind: 'owner' }
  return { kind: 'id', id: text }
}
