import type { ContentMatch, Matcher } from '../schema/calls/matcher.js'
import { printMatcher, printText } from '../schema/calls/print-matcher.js'
import type { RequestMatch } from '../schema/journal.js'
import { matchesText } from './delivery-match.js'
import { parseJsonPath } from './json-path.js'
import { type RequestContent, textsAt } from './request-content.js'
import { type Problem, printPath } from './schema-check.js'

/** A matcher of one text of a request, and the name of that text in messages: `query count`. */
export interface ContentMatcher {
  part: keyof ContentMatch
  name: string
  label: string
  matcher: Matcher
}

/** The matchers of the query, the headers and the body in a match, in this order. */
export const contentMatchersOf = ({ query, headers, body }: ContentMatch): ContentMatcher[] =>
  Object.entries({ query, headers, body } as const).flatMap(([part, matchers]) =>
    Object.entries(matchers ?? {}).map(([name, matcher]) => ({
      part: part as keyof ContentMatch, // the three members above
      name,
      label: `${part === 'headers' ? 'header' : part} ${name}`,
      matcher
    }))
  )

/** Yields what differs between the content of a request and a match: `query count is 5, expected 6`. */
export function* contentDifferences(content: RequestContent, match: ContentMatch): Generator<string, void> {
  for (const one of contentMatchersOf(match)) {
    const texts = textsOf(content, one)
    if (matchesAny(texts, one.matcher)) continue
    const { body } = content
    const actual =
      texts === undefined && body.kind === 'unreadable' ? `unreadable, because ${body.reason}` : printTexts(texts ?? [])
    yield `${one.label} is ${actual}, expected ${printMatcher(one.matcher)}`
  }
}

/** The texts that a matcher compares; undefined when the body cannot be read. */
export const textsOf = (
  { query, headers, body }: RequestContent,
  { part, name }: Pick<ContentMatcher, 'part' | 'name'>
): readonly string[] | undefined => {
  if (part === 'body') return textsAt(body, name)
  return (part === 'query' ? query.get(name) : headers.get(name.toLowerCase())) ?? []
}

/** Whether any of several texts matches; none may be there for `absent`. Texts that cannot be read match nothing. */
export function matchesAny(texts: readonly string[] | undefined, matcher: Matcher): boolean {
  if (texts === undefined) return false
  if (texts.length === 0) return matchesText(undefined, matcher)
  return texts.some(text => matchesText(text, matcher))
}

/** Texts in a message, long ones cut. */
export const printTexts = (texts: readonly string[]): string =>
  texts.length === 0 ? printText(undefined) : texts.map(text => printText(shorten(text))).join(', ')

/** The problems of a match: keys of a body that are no JSON path, names that no header can have. @param keys the path of the match in its document */
export const problemsOfRequestMatch = ({ headers = {}, body = {} }: RequestMatch, keys: string[]): Problem[] => [
  ...Object.keys(headers)
    .filter(name => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    .map(name => ({
      path: printPath([...keys, 'headers', name]),
      message: 'is no name of a header: letters, digits and hyphens, as in X-Request-Id'
    })),
  ...Object.keys(body)
    .filter(key => key.startsWith('$') && parseJsonPath(key) === undefined)
    .map(key => ({
      path: printPath([...keys, 'body', key]),
      message:
        'is no JSON path: expected members and indexes, as in $.a.b[0] or $["a b"], or $ for the whole text. Wildcards and filters are not supported'
    }))
]

const MAX_SHOWN = 200

const shorten = (text: string): string =>
  text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN).replace(/[\uD800-\uDBFF]$/, '')}…` // no half of a character
