import Type, { type Static } from 'typebox'
import { lazyCheck } from '../lazy-check.js'

/** The version of recordings that this program writes and reads. */
export const RECORDING_VERSION = 1

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })
const At = Type.String({
  description: 'ISO 8601 in UTC, with milliseconds.',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$'
})
const Milliseconds = Type.Number({ minimum: 0, description: 'In milliseconds of wall time.' })

/** The first line of a recording. */
export const RecordingStart = Type.Object(
  {
    recording: Type.Literal('uapi-emulator'),
    version: Type.Integer({ minimum: 1 }),
    at: At,
    emulator: Type.String({ description: 'The version of the program that wrote it.' }),
    upstream: Type.Optional(Type.String({ description: 'Scheme, host and port of the PBX; absent for webhooks.' }))
  },
  closed
)
export type RecordingStart = Static<typeof RecordingStart>

/** Why a body was not kept: it is larger than the limit, its coding is not known, or it is not what its coding says. */
export const OMISSIONS = ['too_large', 'unknown_coding', 'undecodable'] as const
export type Omission = (typeof OMISSIONS)[number]

/** A body, decoded where it was compressed, with pseudonyms in the place of secrets. */
export const RecordedBody = Type.Union([
  Type.Object({ text: Type.String() }, closed),
  Type.Object({ base64: Type.String({ description: 'Bytes that are not UTF-8.' }) }, closed),
  Type.Object({ omitted: Type.Enum([...OMISSIONS]), bytes: Count }, closed)
])
export type RecordedBody = Static<typeof RecordedBody>

/** Names and values of headers as they were sent: their order, their case, and names that repeat. */
export const RecordedHeaders = Type.Array(
  Type.Array(Type.String(), { minItems: 2, maxItems: 2, description: 'Name and value.' })
)
export type RecordedHeaders = Static<typeof RecordedHeaders>

/** A request as it came. */
export const RecordedRequest = Type.Object(
  {
    method: Type.String(),
    target: Type.String({ description: 'Path and query as they were sent.' }),
    headers: RecordedHeaders,
    body: Type.Optional(RecordedBody)
  },
  closed
)
export type RecordedRequest = Static<typeof RecordedRequest>

/** A response as it came. */
export const RecordedResponse = Type.Object(
  {
    status: Type.Integer({ minimum: 100, maximum: 599 }),
    statusText: Type.String(),
    headers: RecordedHeaders,
    body: Type.Optional(RecordedBody)
  },
  closed
)
export type RecordedResponse = Static<typeof RecordedResponse>

/** What went wrong between the proxy and the other side: a word to compare, and a sentence. */
export const RecordedFailure = Type.Object({ code: Type.String(), message: Type.String() }, closed)
export type RecordedFailure = Static<typeof RecordedFailure>

/** A request to the PBX and its answer. With a failure the answer is missing, or it is what came before. */
export const RecordedExchange = Type.Object(
  {
    exchange: Type.Integer({ minimum: 1, description: 'Its number, in the order in which requests came.' }),
    at: At,
    ms: Milliseconds,
    request: RecordedRequest,
    response: Type.Optional(RecordedResponse),
    failure: Type.Optional(RecordedFailure)
  },
  closed
)
export type RecordedExchange = Static<typeof RecordedExchange>

/** A webhook of the PBX, and the answer that it got: after `ms`. */
export const RecordedWebhook = Type.Object(
  {
    webhook: Type.Integer({ minimum: 1, description: 'Its number, in the order in which webhooks came.' }),
    at: At,
    ms: Milliseconds,
    request: RecordedRequest,
    response: Type.Optional(Type.Object({ status: Type.Integer() }, closed)),
    failure: Type.Optional(RecordedFailure)
  },
  closed
)
export type RecordedWebhook = Static<typeof RecordedWebhook>

/** A line of a recording after the first one. */
export type RecordingEntry = RecordedExchange | RecordedWebhook

/** Whether a value is the first line of a recording. */
export const isRecordingStart = lazyCheck(RecordingStart)
/** Whether a value is an exchange. */
export const isRecordedExchange = lazyCheck(RecordedExchange)
/** Whether a value is a webhook. */
export const isRecordedWebhook = lazyCheck(RecordedWebhook)
