import type { Matcher } from './matcher.js'

/** The text that a matcher expects, in words: `210`, `one that contains "2"`, `absent`. */
export function printMatcher(matcher: Matcher): string {
  if (typeof matcher === 'string') return printText(matcher)
  if ('contains' in matcher) return `one that contains ${JSON.stringify(matcher.contains)}`
  if ('startsWith' in matcher) return `one that starts with ${JSON.stringify(matcher.startsWith)}`
  return 'absent'
}

/** A text in words: `empty` for an empty one, `absent` for undefined. */
export const printText = (text: string | undefined): string => (text === '' ? 'empty' : (text ?? 'absent'))

/** The conditions of a match in words: `type 2`, `callStatus ANSWER`, `parameter CallFlow one that …`. */
export const printMatch = (match: object): string[] =>
  Object.entries(match).flatMap(([name, expected]: [string, unknown]) => {
    if (expected === undefined) return []
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
    if (kind !== undefined) {
      return Object.entries(Object(expected)).map(
        ([key, matcher]) => `${kind} ${key} ${printMatcher(matcher as Matcher)}` // the schema of a match
      )
    }
    return [`${name} ${typeof expected === 'object' ? printMatcher(expected as Matcher) : expected}`] // only matchers are objects
  })

/** What the names in a member of a match are. */
const KINDS: Readonly<Record<string, string>> = {
  parameters: 'parameter',
  query: 'query',
  headers: 'header',
  body: 'body'
}
