import type { ContentMatch } from '../../schema/calls/matcher.js'
import { printMatcher } from '../../schema/calls/print-matcher.js'
import { MASK } from '../../schema/state.js'
import type { RequestContent } from '../request-content.js'
import { type ContentMatcher, contentMatchersOf, matchesAny, printTexts, textsOf } from '../request-match.js'

/** How many of the texts are listed. */
const MAX_LISTED = 5

/** Explains, in sentences, which matchers of a match hold for none of some requests, and what these have instead. */
export const explainContent = (contents: readonly RequestContent[], match: ContentMatch): string[] =>
  contents.length === 0
    ? []
    : contentMatchersOf(match)
        .filter(one => !contents.some(content => matchesAny(textsOf(content, one), one.matcher)))
        .map(one => explain(contents, one))

function explain(contents: readonly RequestContent[], one: ContentMatcher): string {
  const { label, part, name, matcher } = one
  const expected = `No request has a ${label} as expected (${printMatcher(matcher)})`
  const found = [...new Set(contents.flatMap(content => textsOf(content, one) ?? []))]
  if (found.length === 0) {
    const reason = contents.map(({ body }) => (part === 'body' && body.kind === 'unreadable' ? body.reason : undefined))
    const unreadable = reason.find(text => text !== undefined)
    if (unreadable !== undefined)
      return `${expected}: the body of ${counted(reason.filter(text => text !== undefined).length)} cannot be read, because ${unreadable}. Match its text by the key $.`
    const names = namesOf(contents, part)
    const similar = names.find(other => other.toLowerCase() === name.replace(/^\$\./, '').toLowerCase())
    if (similar !== undefined && part !== 'headers') return `No request has a ${label}: the name is ${similar}.`
    return `No request has a ${label}; ${names.length === 0 ? 'there is none at all' : `there are ${list(names)}`}.`
  }
  const there = `${expected}; there were ${list(found.map(text => printTexts([text])))}.`
  if (typeof matcher !== 'object' || !('absent' in matcher)) {
    if (found.some(text => text.includes(MASK)))
      return `${there} Secrets are compared as they are masked: expect ${MASK} in place of the secret, or {"startsWith": …} or {"absent": true}.`
    const text = typeof matcher === 'string' ? matcher.toLowerCase() : undefined
    const other = found.find(found => found.toLowerCase() === text)
    if (other !== undefined) return `${there} One differs only in letter case.`
  }
  return there
}

const counted = (count: number): string => (count === 1 ? 'one request' : `${count} requests`)

const list = (texts: readonly string[]): string =>
  texts.length <= MAX_LISTED
    ? texts.join(', ')
    : `${texts.slice(0, MAX_LISTED).join(', ')} and ${texts.length - MAX_LISTED} more`

/** The names that a part of requests has. */
const namesOf = (contents: readonly RequestContent[], part: keyof ContentMatch): string[] => [
  ...new Set(
    contents.flatMap(({ query, headers, body }) => {
      if (part === 'query') return [...query.keys()]
      if (part === 'headers') return [...headers.keys()]
      if (body.kind === 'form') return [...body.values.keys()]
      return body.kind === 'json' ? Object.keys(Object(body.value)) : []
    })
  )
]
