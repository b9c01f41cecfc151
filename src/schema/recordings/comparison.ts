import Type, { type Static } from 'typebox'
import { lazyCheck } from '../lazy-check.js'

/** What can differ between what a PBX did and what the emulator does, each with its words. */
export const DIFFERENCE_KINDS = {
  status: 'the status',
  headerMissing: 'a header that the emulator does not send',
  headerExtra: 'a header that only the emulator sends',
  headerCase: 'the letter case of the name of a header',
  headerValue: 'the value of a header',
  body: 'the kind of the body',
  memberMissing: 'a member that the emulator does not send',
  memberExtra: 'a member that only the emulator sends',
  memberOrder: 'the order of the members',
  kind: 'the kind of a value',
  value: 'a value',
  form: 'the form of an id, a time or an address',
  identity: 'the thing that an id names',
  entries: 'the number of entries',
  entryOrder: 'the order of the entries',
  noAnswer: 'the answer: one side has none',
  webhookMissing: 'a webhook that the emulator does not send',
  webhookExtra: 'a webhook that only the emulator sends',
  webhookOrder: 'the order of the webhooks of a call',
  method: 'the method of a webhook',
  contentType: 'the content type of a webhook',
  parameterMissing: 'a parameter that the emulator does not send',
  parameterExtra: 'a parameter that only the emulator sends',
  parameterOrder: 'the order of the parameters'
} as const

// Object.keys widens to string; the keys of a const table are exactly its kinds.
const KIND_NAMES = Object.keys(DIFFERENCE_KINDS) as [
  keyof typeof DIFFERENCE_KINDS,
  ...(keyof typeof DIFFERENCE_KINDS)[]
]

export const DifferenceKind = Type.Enum(KIND_NAMES, { description: 'What differs.' })
export type DifferenceKind = Static<typeof DifferenceKind>

/** Where a difference occurred: in a line of a recording, or at a request of the corpus. */
export const DifferencePlace = Type.Object({
  file: Type.Optional(Type.String({ description: 'The recording.' })),
  line: Type.Optional(Type.Integer({ minimum: 1 })),
  request: Type.Optional(Type.String({ description: 'The name of the request in the corpus.' })),
  method: Type.String(),
  target: Type.String({ description: 'Path and query, with pseudonyms in the place of secrets.' })
})
export type DifferencePlace = Static<typeof DifferencePlace>

/** A difference, however often it occurred. */
export const Difference = Type.Object({
  key: Type.String({ description: 'The same in each run. `--accept` reads it.' }),
  kind: DifferenceKind,
  operation: Type.String({ description: 'The method, and the path with its parameters in braces; or webhook.' }),
  member: Type.Optional(Type.String({ description: 'The header, the parameter, or the JSON path of the member.' })),
  recorded: Type.String({ description: 'What the PBX did, in words.' }),
  emulator: Type.String({ description: 'What the emulator did, in words.' }),
  count: Type.Integer({ minimum: 1 }),
  places: Type.Array(DifferencePlace, { minItems: 1, description: 'The first places where it occurred.' })
})
export type Difference = Static<typeof Difference>

/** Something that was not compared, and why. */
export const NotCompared = Type.Object({
  file: Type.Optional(Type.String()),
  line: Type.Optional(Type.Integer({ minimum: 1 })),
  request: Type.Optional(Type.String()),
  reason: Type.String()
})
export type NotCompared = Static<typeof NotCompared>

/** What `compare --json` prints. */
export const Comparison = Type.Object({
  exchanges: Type.Integer({ minimum: 0, description: 'How many answers were compared.' }),
  webhooks: Type.Integer({ minimum: 0, description: 'How many recorded webhooks were compared.' }),
  differences: Type.Array(Difference),
  accepted: Type.Array(Type.String(), { description: 'The keys of the accepted differences that occurred.' }),
  notCompared: Type.Array(NotCompared)
})
export type Comparison = Static<typeof Comparison>

/** The file of `--accept`: what `compare --json` printed, or the keys of known differences. */
export const AcceptedDifferences = Type.Object({
  differences: Type.Array(Type.Object({ key: Type.String({ minLength: 1 }) })),
  accepted: Type.Optional(Type.Array(Type.String()))
})
export type AcceptedDifferences = Static<typeof AcceptedDifferences>

/** Whether a document is one of accepted differences. Compiled once, at the first use. */
export const isAcceptedDifferences = lazyCheck(AcceptedDifferences)
