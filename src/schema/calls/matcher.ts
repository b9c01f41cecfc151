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
