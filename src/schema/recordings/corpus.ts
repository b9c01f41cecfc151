import Type, { type Static } from 'typebox'
import { lazyCheck } from '../lazy-check.js'

const closed = { additionalProperties: false }

/** The values of `credentials`: what a request of the corpus authenticates with. */
export const CORPUS_CREDENTIALS = {
  token: 'the bearer token that is given',
  lowerCase: 'the same, with the scheme in small letters',
  none: 'nothing',
  unknownToken: 'a bearer token that was never issued',
  unknownSession: 'cookies of a session that does not exist'
} as const

// Object.keys widens to string; the keys of a const table are exactly its names.
const CREDENTIAL_NAMES = Object.keys(CORPUS_CREDENTIALS) as [
  keyof typeof CORPUS_CREDENTIALS,
  ...(keyof typeof CORPUS_CREDENTIALS)[]
]

const Rule = Type.String({
  pattern: '^src/[\\w/.-]+\\.ts#\\w+$',
  description: 'A rule of the fidelity ledger: its file, and the name of what states it.'
})

/** A request of the corpus: it changes nothing. */
export const CorpusRequest = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' }),
    shows: Type.String({ description: 'What its answer shows, in a sentence without its end.' }),
    method: Type.Enum(['GET', 'HEAD', 'OPTIONS']),
    target: Type.String({
      pattern: '^/',
      description: 'Path and query, with {userId}, {extension}, {short}, {eventType}, {eventId}, {token} and {long}.'
    }),
    credentials: Type.Optional(Type.Enum(CREDENTIAL_NAMES, { default: 'token' })),
    headers: Type.Optional(
      Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } })
    ),
    body: Type.Optional(Type.String()),
    rules: Type.Array(Rule)
  },
  closed
)
export type CorpusRequest = Static<typeof CorpusRequest>

/** The requests that `compare --upstream` sends, and the rules that no such request can show. */
export const Corpus = Type.Object(
  {
    requests: Type.Array(CorpusRequest),
    exceptions: Type.Array(
      Type.Object(
        {
          rules: Type.Array(
            Type.String({ pattern: '^src/', description: 'A rule, or the beginning of the names of several.' })
          ),
          reason: Type.String()
        },
        closed
      )
    )
  },
  closed
)
export type Corpus = Static<typeof Corpus>

/** Whether a document is a corpus. Compiled once, at the first use. */
export const isCorpus = lazyCheck(Corpus)
