import { timingSafeEqual } from 'node:crypto'

/** Length of access tokens, refresh tokens and authorization codes, in characters. @source contract §7 */
export const TOKEN_LENGTH = 40

/** Length of each part of a browser session, in characters, as in the page's cURLs. @source page "Code Examples" */
export const SESSION_LENGTHS = { vn: 31, xsrfToken: 16, device: 26 } as const

/** Whether two secrets are equal, compared in a time that reveals only their length. */
export function isSameSecret(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}
