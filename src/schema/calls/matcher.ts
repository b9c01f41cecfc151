import Type from 'typebox'

const closed = { additionalProperties: false }

/** A text without lone surrogates. The longest fits a url of an event with its parameters. */
const Text = Type.String({
  maxLength: 8192,
  pattern: '^[^\\uD800-\\uDFFF]*$',
  description: 'A text of whole Unicode characters.'
})

/** How a text is compared: it is equal, contains, starts with, or is absent. */
export type Matcher = string | { contains: string } | { startsWith: string } | { absent: true }

/** A matcher of a text. @source control-api.md "Watching and verifying" */
export const Matcher = Type.Unsafe<Matcher>(
  Type.Union([
    Text,
    Type.Object(
      {
        contains: Type.Optional(Text),
        startsWith: Type.Optional(Text),
        absent: Type.Optional(Type.Literal(true))
      },
      { ...closed, minProperties: 1, maxProperties: 1 }
    )
  ])
)

/** The maximum number of parameters in one match. */
const MAX_PARAMETERS = 100

/** Matchers of texts by their names. @param name what the names are */
const MatchersOf = (name: string, description?: string) =>
  Type.Record(Type.String({ pattern: '^[^\\u0000\\uD800-\\uDFFF]{1,255}$', description: name }), Matcher, {
    ...closed,
    maxProperties: MAX_PARAMETERS,
    ...(description !== undefined && { description })
  })

/** Matchers of the parameters of a webhook, by name. */
export const ParameterMatchers = MatchersOf('The name of a parameter.')

/** Matchers of the query, the headers and the body of a request. @source control-api.md "Watching and verifying" */
export const ContentMatchers = {
  query: MatchersOf(
    'The name of a parameter.',
    'Parameters of the query, decoded. Of a repeated name any value may match.'
  ),
  headers: MatchersOf(
    'The name of a header.',
    'Headers, in any letter case. Of a repeated header any value may match. Secrets are compared as they are masked.'
  ),
  body: MatchersOf(
    'A JSON path such as $.a.b[0], $ for the whole text, or the name of a form parameter or JSON member.',
    'Members of a JSON body or parameters of a form. What is no text is compared as compact JSON. Secrets are compared as they are masked.'
  )
}
/** The matchers of the content of a request. */
export type ContentMatch = { [Part in keyof typeof ContentMatchers]?: Record<string, Matcher> }

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
