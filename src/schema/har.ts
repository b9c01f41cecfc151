import Type, { type Static } from 'typebox'
import { DeliveryQuery } from './calls/delivery.js'
import { RequestQuery } from './journal.js'
import { MAX_LIMIT } from './list-limit.js'

const closed = { additionalProperties: false }
const Pairs = Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))
const Size = Type.Integer({ description: 'In bytes; -1 when it is not known.' })

/** The body of a request. */
const PostData = Type.Object({
  mimeType: Type.String(),
  text: Type.String(),
  params: Pairs
})

/** The body of a response: a text, or Base64 where `encoding` says so. */
const Content = Type.Object({
  size: Type.Integer(),
  mimeType: Type.String(),
  text: Type.String(),
  encoding: Type.Optional(Type.Literal('base64')),
  comment: Type.Optional(Type.String({ description: 'What is missing of it.' }))
})

/** One exchange: a request and its response. Members that begin with `_` are the emulator's own. */
export const HarEntry = Type.Object({
  startedDateTime: Type.String({ description: "ISO 8601 in UTC, by the sandbox's clock." }),
  time: Type.Number({ description: 'In milliseconds of wall time; 0 when it was not measured.' }),
  request: Type.Object({
    method: Type.String(),
    url: Type.String(),
    httpVersion: Type.String(),
    cookies: Pairs,
    headers: Pairs,
    queryString: Pairs,
    postData: Type.Optional(PostData),
    headersSize: Size,
    bodySize: Size
  }),
  response: Type.Object({
    status: Type.Integer({ description: '0 when there is no response.' }),
    statusText: Type.String(),
    httpVersion: Type.String(),
    cookies: Pairs,
    headers: Pairs,
    content: Content,
    redirectURL: Type.String(),
    headersSize: Size,
    bodySize: Size
  }),
  cache: Type.Object({}),
  timings: Type.Object({ send: Type.Number(), wait: Type.Number(), receive: Type.Number() }),
  _id: Type.String({ description: 'The id of the request or of the delivery.' }),
  _callId: Type.Optional(Type.String({ description: 'Of a delivery: the CallID of its call.' })),
  _fault: Type.Optional(Type.String({ description: 'The id of the fault that hit it.' })),
  _reason: Type.Optional(Type.String({ description: 'Why it was refused or has failed, as in the lists.' })),
  _error: Type.Optional(Type.String({ description: 'What was wrong with the exchange.' }))
})
export type HarEntry = Static<typeof HarEntry>

/** A document in HAR 1.2, which the developer tools of browsers open. @source control-api.md "Watching and verifying" */
export const Har = Type.Object({
  log: Type.Object({
    version: Type.Literal('1.2'),
    creator: Type.Object({ name: Type.String(), version: Type.String() }),
    entries: Type.Array(HarEntry)
  })
})
export type Har = Static<typeof Har>

const selection = {
  format: Type.Enum(['har'], { description: 'The format of the export: har.' }),
  limit: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MAX_LIMIT, description: 'Only the newest, this many at most; all by default.' })
  )
}
const { limit: _requestLimit, ...ofRequests } = RequestQuery.properties
const { limit: _deliveryLimit, ...ofDeliveries } = DeliveryQuery.properties

/** The query of an export of requests: that of their list, and the format. */
export const RequestExportQuery = Type.Object({ ...ofRequests, ...selection }, closed)
export type RequestExportQuery = Static<typeof RequestExportQuery>

/** The query of an export of deliveries: that of their list, and the format. */
export const DeliveryExportQuery = Type.Object({ ...ofDeliveries, ...selection }, closed)
export type DeliveryExportQuery = Static<typeof DeliveryExportQuery>
