import type { Fixture } from '../../../schema/fixture.js'

/** Whether a text has the form of a pseudonym of a recording. */
export const isPseudonym = (text: string): boolean => /^[a-z]+-[1-9]\d*$/.test(text)

/**
 * A fixture with credentials in the place of their pseudonyms.
 * @param credentials by pseudonym
 * @returns also the pseudonyms that the fixture has not, and those that it has
 */
export function putCredentials(
  fixture: Fixture,
  credentials: ReadonlyMap<string, string>
): { fixture: Fixture; unknown: string[]; present: string[] } {
  const { apps = [], tokens = [], sessions = [] } = fixture
  const present = [
    ...tokens.map(({ accessToken }) => accessToken),
    ...sessions.flatMap(({ vn, xsrfToken }) => [vn, xsrfToken]),
    ...apps.map(({ clientSecret }) => clientSecret)
  ]
  const unknown = [...credentials.keys()].filter(name => !present.includes(name))
  if (credentials.size === 0) return { fixture, unknown, present }
  const put = (name: string) => credentials.get(name) ?? name
  return {
    fixture: {
      ...fixture,
      apps: apps.map(app => ({ ...app, clientSecret: put(app.clientSecret) })),
      tokens: tokens.map(token => ({ ...token, accessToken: put(token.accessToken) })),
      sessions: sessions.map(({ user, vn, xsrfToken }) => ({ user, vn: put(vn), xsrfToken: put(xsrfToken) }))
    },
    unknown,
    present: [...new Set(present)].filter(isPseudonym)
  }
}
