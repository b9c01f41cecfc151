import type { Database } from './database.js'
import { createStatementCache } from './lazy-statement.js'

/** How many revoked credentials of each kind are remembered. @source control-api.md "State" */
export const MAX_REVOKED = 1_000

/** The tables of each kind: the valid credentials, the revoked ones, and the column that identifies one. */
const TABLES = {
  token: { valid: 'tokens', revoked: 'revoked_tokens', key: 'access_token' },
  session: { valid: 'sessions', revoked: 'revoked_sessions', key: 'vn' }
} as const

/** Selects credentials by columns: all of them when it is empty. */
export type CredentialMatch = Partial<Record<'access_token' | 'vn' | 'user' | 'client_id', string>>

/** Revokes credentials of one kind, and remembers the last ones. */
export function createRevocations({ sql }: Database, kind: keyof typeof TABLES) {
  const { valid, revoked, key } = TABLES[kind]
  const statement = createStatementCache(sql.prepare)
  const trim = sql.prepare(`
    DELETE FROM ${revoked} WHERE seq <= (SELECT seq FROM ${revoked} ORDER BY seq DESC LIMIT 1 OFFSET ${MAX_REVOKED})`)
  const find = sql.prepare<[string], object>(`SELECT 1 FROM ${revoked} WHERE ${key} = ?`)

  return {
    /** Deletes the matching credentials and remembers them, within a transaction. @returns how many */
    revoke(match: CredentialMatch): number {
      const where = ['1', ...Object.keys(match).map(column => `${column} = @${column}`)].join(' AND ')
      const remember = `INSERT OR REPLACE INTO ${revoked} (${key}) SELECT ${key} FROM ${valid} WHERE ${where}`
      statement(`${remember} LIMIT ${MAX_REVOKED}`).run(match)
      trim.run()
      return statement(`DELETE FROM ${valid} WHERE ${where}`).run(match).changes
    },
    /** Whether a credential that is no longer valid is remembered as revoked. */
    isRevoked: (credential: string): boolean => find.get(credential) !== undefined
  }
}
