import Type, { type Static } from 'typebox'

import { Called, CallOutcome, DialledNumber, MAX_CALL_MS, MAX_STEPS, Step, UnansweredOutcome } from './call-step.js'

const closed = { additionalProperties: false }
const TEXT = '^[^\\u0000\\uD800-\\uDFFF]*$' // SQLite cannot return these as they were stored

const Duration = (meaning: string) =>
  Type.Integer({ minimum: 0, maximum: MAX_CALL_MS, default: 0, description: `${meaning}, in milliseconds.` })

/** The request of a new call. @source control-api.md "Calls and deliveries" */
export const CallRequest = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        pattern: '^[0-9+*]{1,33}$',
        description: 'The caller: an extension, or an outside number. Left out: an outside caller without number.'
      })
    ),
    to: Called,
    outcome: Type.Optional(CallOutcome),
    ringMs: Type.Optional(Duration('How long it rings')),
    talkMs: Type.Optional(Duration('How long the parties talk')),
    answeredBy: Type.Optional(
      Type.String({
        pattern: '^[0-9+*]{1,33}$',
        description: 'Which of several extensions answers; the first by default.'
      })
    ),
    steps: Type.Optional(
      Type.Array(Step, {
        minItems: 1,
        maxItems: MAX_STEPS,
        description: 'The script: what happens after the call is placed.'
      })
    ),
    manual: Type.Optional(
      Type.Boolean({ default: false, description: 'The call rings until the verbs of this API drive it.' })
    ),
    callerName: Type.Optional(
      Type.String({
        maxLength: 255,
        pattern: TEXT,
        description: 'CallerIDName. By default the name in the directory, or the number.'
      })
    ),
    callerNumber: Type.Optional(
      Type.String({ maxLength: 80, pattern: TEXT, description: 'CallerIDNum, any text; empty when it is withheld.' })
    ),
    dialled: Type.Optional(
      Type.String({
        ...DialledNumber,
        description: 'CalledNumber, if the caller dialled another number than `to`; for example 003258422544.'
      })
    ),
    calledDid: Type.Optional(
      Type.String({
        pattern: '^\\+?[0-9]{0,33}$',
        description: 'CalledDID: the public number that the call came by; it is sent without its +.'
      })
    ),
    callId: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,12}\\.[0-9]{7}$',
        description: 'CallID of the first leg of an extension, for identical runs; other legs count up from it.'
      })
    ),
    callApiId: Type.Optional(Type.String({ pattern: '^[a-z0-9]{20}$', description: 'CallAPIID, for identical runs.' }))
  },
  closed
)
export type CallRequest = Static<typeof CallRequest>

/** Rings further parties, by hand. @source control-api.md "Calls and deliveries" */
export const RingRequest = Type.Object({ number: Called, via: Type.Optional(DialledNumber) }, closed)
export type RingRequest = Static<typeof RingRequest>

/** Answers a ringing leg, by hand; without a number, the only one that rings. */
export const AnswerRequest = Type.Object({ number: Type.Optional(DialledNumber) }, closed)
export type AnswerRequest = Static<typeof AnswerRequest>

/** Ends a ringing leg that does not take the call, by hand. */
export const RejectRequest = Type.Object({ number: DialledNumber, outcome: UnansweredOutcome }, closed)
export type RejectRequest = Static<typeof RejectRequest>

/** Completes an attended transfer, by hand. */
export const CompleteRequest = Type.Object({ extension: DialledNumber }, closed)
export type CompleteRequest = Static<typeof CompleteRequest>

/** Ends a leg, by hand; without a number, all legs. */
export const HangupRequest = Type.Object(
  { number: Type.Optional(DialledNumber), outcome: Type.Optional(CallOutcome) },
  closed
)
export type HangupRequest = Static<typeof HangupRequest>
