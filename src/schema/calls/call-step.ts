import Type, { type Static, type TSchema } from 'typebox'
import { UtcTime } from '../time.js'

/**
 * The outcomes of a call: the CallStatus of its hangup, and whether it reached the called extension.
 * @source call-events.md §1 (v5): the six values of CallStatus
 * @assumed 0015
 */
export const OUTCOMES = {
  answered: { callStatus: 'ANSWER', reaches: true, meaning: 'the called party answers' },
  busy: { callStatus: 'BUSY', reaches: true, meaning: 'the called party is in another call' },
  noAnswer: { callStatus: 'NOANSWER', reaches: true, meaning: 'nobody answers' },
  cancelled: { callStatus: 'CANCEL', reaches: true, meaning: 'the caller gives up' },
  congestion: { callStatus: 'CONGESTION', reaches: false, meaning: 'no such number' },
  unavailable: { callStatus: 'CHANUNAVAIL', reaches: false, meaning: 'no phone is registered' }
} as const

// Object.keys widens to string; the keys of a const table are exactly its outcomes.
const OUTCOME_NAMES = Object.keys(OUTCOMES) as [keyof typeof OUTCOMES, ...(keyof typeof OUTCOMES)[]]

export const CallOutcome = Type.Enum(OUTCOME_NAMES, { description: 'How the call ends.' })
export type CallOutcome = Static<typeof CallOutcome>

/** The maximum time between two steps of a call, in milliseconds: a day. @source control-api.md "Calls and deliveries" */
export const MAX_CALL_MS = 86_400_000

/** The maximum number of steps of a script. @source control-api.md "Calls and deliveries" */
export const MAX_STEPS = 1000

/** The maximum number of legs beside that of the caller. @source control-api.md "Calls and deliveries" */
export const MAX_LEGS = 100

const closed = { additionalProperties: false }

const dialled = '[0-9+*#]{1,33}'

/** The form of a number as it is dialled. */
export const DIALLED_NUMBER = new RegExp(`^${dialled}$`)

/** A number as it is dialled. */
export const DialledNumber = Type.String({
  pattern: DIALLED_NUMBER.source,
  description: 'An extension (0003*210, its short or its public number), an outside number, or a feature code (*72).'
})

/** The called party, or several extensions that ring at once. */
export const Called = Type.Union([
  DialledNumber,
  Type.Array(DialledNumber, {
    minItems: 1,
    maxItems: MAX_LEGS,
    description: 'Extensions that ring at once.'
  })
])
export type Called = Static<typeof Called>

/** How a leg ends that was not answered. */
export const UnansweredOutcome = Type.Enum(
  OUTCOME_NAMES.filter(name => name !== 'answered'),
  { description: 'Why it did not take the call.' }
)

export const TransferKind = Type.Enum(['blind', 'attended'], {
  description: '`blind`: the transferring party leaves at once; `attended`: it leaves on `complete`.'
})

/** The members of a transfer. */
export const Transfer = Type.Object(
  {
    from: describe(DialledNumber, 'The extension that transfers.'),
    to: describe(DialledNumber, 'The party that the call is transferred to.'),
    kind: TransferKind
  },
  closed
)
export type Transfer = Static<typeof Transfer>

/** The members of a step that name its verb. @source control-api.md "Calls and deliveries" */
const verbs = {
  ring: Type.Optional(Called),
  answer: Type.Optional(describe(DialledNumber, 'Answers the ringing leg of this number.')),
  reject: Type.Optional(describe(DialledNumber, 'Ends the ringing leg of this number, with `outcome`.')),
  transfer: Type.Optional(Transfer),
  complete: Type.Optional(describe(DialledNumber, 'Completes the attended transfer of this extension.')),
  hangup: Type.Optional(
    Type.String({ pattern: `^(${dialled}|all)$`, description: 'Ends the leg of this number, or `all` legs.' })
  )
} as const

/** The names of the verbs. */
export const VERB_NAMES = Object.keys(verbs) as [keyof typeof verbs, ...(keyof typeof verbs)[]] // the keys of a const table
/** One of them. */
export type VerbName = keyof typeof verbs

const members = {
  ...verbs,
  via: Type.Optional(describe(DialledNumber, 'With `ring`: the called IVR or queue that leads to the party.')),
  outcome: Type.Optional(CallOutcome)
}

/**
 * A step of a call: one verb with its members, and how long after the step before it. The domain checks which members
 * belong together.
 */
export const Step = Type.Object(
  {
    afterMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_CALL_MS,
        default: 0,
        description: 'How long after the step before it, in milliseconds.'
      })
    ),
    ...members
  },
  closed
)
export type Step = Static<typeof Step>

/** A step that is still to come, and when it is due. */
export const NextStep = Type.Object({ at: UtcTime("by the sandbox's clock"), ...members })
export type NextStep = Static<typeof NextStep>

function describe<Schema extends TSchema>(schema: Schema, description: string): Schema {
  return { ...schema, description }
}
