import { Session, Token } from '../../../schema/directory.js'
import type { Fixture } from '../../../schema/fixture.js'
import { lazyCheck } from '../../../schema/lazy-check.js'

/** Whether a text has the form of a pseudonym of a recording. */
export const isPseudonym = (text: string): boolean => /^[a-z]+-[1-9]\d*$/.test(text)

/**
 * A fixture with credentials in the place of their pseudonyms.
 * @param credentials by pseudonym
 * @returns also the pseudonyms that the fixture has not, those whose value it cannot have, and those that it has
 */
export function putCredentials(
  fixture: Fixture,
  credentials: ReadonlyMap<string, string>
): { fixture: Fixture; unknown: string[]; unusable: string[]; present: string[] } {
  const { apps = [], tokens = [], sessions = [] } = fixture
  const places = [
    ...tokens.map(({ accessToken }): [string, Check] => [accessToken, isToken]),
    ...sessions.flatMap(({ vn, xsrfToken }): [string, Check][] => [
      [vn, isSecret],
      [xsrfToken, isSecret]
    ]),
    ...apps.map(({ clientSecret }): [string, Check] => [clientSecret, isSecret])
  ]
  const names = new Set(places.map(([name]) => name))
  const unknown = [...credentials.keys()].filter(name => !names.has(name))
  const values = [...credentials.values()]
  const isRepeated = (value: string) => names.has(value) || values.indexOf(value) !== values.lastIndexOf(value)
  const wrong = places.flatMap(([name, isValid]) => {
    const value = credentials.get(name)
    return value !== undefined && (!isValid(value) || isRepeated(value)) ? [name] : []
  })
  const report = { unknown, unusable: [...new Set(wrong)], present: [...names].filter(isPseudonym) }
  if (credentials.size === 0) return { fixture, ...report }
  const put = (name: string) => credentials.get(name) ?? name
  return {
    fixture: {
      ...fixture,
      apps: apps.map(app => ({ ...app, clientSecret: put(app.clientSecret) })),
      tokens: tokens.map(token => ({ ...token, accessToken: put(token.accessToken) })),
      sessions: sessions.map(({ user, vn, xsrfToken }) => ({ user, vn: put(vn), xsrfToken: put(xsrfToken) }))
    },
    ...report
  }
}

type Check = (value: unknown) => boolean

const isToken = lazyCheck(Token.properties.accessToken)
const isSecret = lazyCheck(Session.properties.vn)
