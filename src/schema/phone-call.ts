import Type, { type Static } from 'typebox'
import { DialledNumber, MAX_LEGS } from './calls/call-step.js'
import { ExtensionNumber, UserId } from './directory.js'
import { ListQuery } from './listing.js'

/** How long the sources ring, in seconds. @source phone-calls.md "Create" (v3) */
export const WAIT_FOR_PICKUP = { minimum: 1, maximum: 86_400, default: 25 } as const

/** How long the parties talk, in seconds; by default until their phones hang up. @source phone-calls.md "Create" (v3) */
export const CALL_DURATION = { minimum: 1, maximum: 86_400 } as const

/** Maximum length of a nonce, in characters. @source phone-calls.md "Create" (decided) @assumed 0022 */
export const MAX_NONCE_LENGTH = 255

/** Maximum length of a callerId and of a callerDestination, in characters. @assumed 0022 */
export const MAX_CALLER_ID_LENGTH = 255

/** How many calls may go on before Create refuses another one. @source phone-calls.md "Create" (decided) @assumed 0022 */
export const MAX_ONGOING_CALLS = 1000

/** The codes of `status`: what a leg does. @source phone-calls.md "The resource" (v3) */
export const VIEW_STATUSES = { unknown: 0, offHook: 1, trying: 2, ringing: 3, otherSideRings: 4, onCall: 5 } as const

/** The codes of `flow`: between extensions, to the outside, from outside. @source phone-calls.md "The resource" (v3) */
export const VIEW_FLOWS = { local: 2, outgoing: 4, incoming: 8 } as const

/** The codes of `disposition`: how a leg ended. @source phone-calls.md "The resource" (v3) */
export const DISPOSITIONS = { answered: 0, busy: 1, failed: 2, noAnswer: 3, unknown: 4, notAllowed: 5 } as const

/** The actions of Update, and whether each is emulated. @source phone-calls.md "The resource" (v3) */
export const PHONE_CALL_ACTIONS = {
  Transfer: true,
  OnHold: true,
  OffHold: true,
  Park: true,
  UnPark: true,
  StartRecording: true,
  StopRecording: true,
  PickUp: false,
  BargeIn: false,
  Whisper: false,
  Monitor: false,
  TransferToVoicemail: false
} as const

/** The members of a PhoneCall that `fields` can select. */
export const PHONE_CALL_FIELDS = [
  'id',
  'nonce',
  'extension',
  'ownerId',
  'ownerName',
  'published',
  'answered',
  'phoneCallView',
  'links'
] as const

/** The members that a list of PhoneCalls can be filtered by. @source phone-calls.md "The resource" (v3) */
export const PHONE_CALL_FILTER_FIELDS = ['id', 'published'] as const

/** A code, by the setting `phoneCallNumbers` as text or as a number. @source contract §4 */
const code = (codes: Readonly<Record<string, number>>, meaning: string) =>
  Type.Unsafe<string | number>({
    type: ['string', 'integer'],
    description: `${meaning}: ${Object.entries(codes)
      .map(([name, value]) => `${value} ${name}`)
      .join(', ')}. A number with the setting phoneCallNumbers: number.`
  })

const date = (meaning: string) => Type.String({ description: `${meaning}, for example 2012-07-10T18:16:12+03:00.` })

/** The form of the id of a PhoneCall. Ours have 20 characters. @assumed 0022 */
export const PHONE_CALL_ID = /^[A-Za-z0-9]{1,255}$/

/** The id of a PhoneCall: the CallAPIID of its webhooks. @source phone-calls.md "What then happens" (recorded) */
export const PhoneCallId = Type.String({
  pattern: PHONE_CALL_ID.source,
  description: 'The id of a PhoneCall, 20 characters: the CallAPIID of its webhooks.'
})
export type PhoneCallId = Static<typeof PhoneCallId>

/** A call as one of its extensions sees it. @source phone-calls.md "The resource" (v3) */
export const PhoneCallView = Type.Object({
  id: Type.String({ description: 'Its place among the views: 00, 01, …' }),
  extension: ExtensionNumber,
  source: Type.Array(Type.String()),
  destination: Type.Array(Type.String()),
  callerId: Type.Optional(Type.String({ description: 'For example John Doe <4242425>.' })),
  flow: code(VIEW_FLOWS, 'The flow'),
  status: code(VIEW_STATUSES, 'The status'),
  ringing: Type.Optional(date('When it began to ring')),
  answered: Type.Optional(date('When it was answered')),
  onHold: Type.Optional(date('When it was put on hold')),
  parked: Type.Optional(date('When it was parked')),
  recording: Type.Optional(date('When recording began')),
  disposition: code(DISPOSITIONS, 'How it ended')
})
export type PhoneCallView = Static<typeof PhoneCallView>

/** A call that is going on. @source phone-calls.md "The resource" (v3) */
export const PhoneCall = Type.Object({
  id: PhoneCallId,
  nonce: Type.Optional(Type.String()),
  extension: Type.String({ description: 'The extension that is charged.' }),
  ownerId: Type.Optional(UserId),
  ownerName: Type.Optional(Type.String({ description: "The name of the owner's organization." })),
  published: date('When it was placed'),
  answered: Type.Optional(date('When it was answered')),
  phoneCallView: Type.Array(PhoneCallView),
  links: Type.Object({ self: Type.String() })
})
export type PhoneCall = Static<typeof PhoneCall>

/** The answer of Create and Update. */
export const PhoneCalls = Type.Array(PhoneCall)
export type PhoneCalls = Static<typeof PhoneCalls>

/** The answer of Delete. */
export const DeletedPhoneCalls = Type.Array(Type.Object({ id: PhoneCallId }))
export type DeletedPhoneCalls = Static<typeof DeletedPhoneCalls>

const numbers = Type.Union([DialledNumber, Type.Array(DialledNumber, { minItems: 1, maxItems: MAX_LEGS })])

/** The body of Create, as documented. The domain validates it. @source phone-calls.md "Create" (v3, clients) */
export const NewPhoneCall = Type.Object({
  extension: Type.String({ description: 'The Phone Terminal that is charged; it need not be a party.' }),
  phoneCallView: Type.Array(
    Type.Object({
      source: numbers,
      destination: numbers,
      callerId: Type.Optional(
        Type.String({
          maxLength: MAX_CALLER_ID_LENGTH,
          description: 'The caller that the destination sees, for example John Doe <4242425>.'
        })
      ),
      callerDestination: Type.Optional(
        Type.String({ maxLength: MAX_CALLER_ID_LENGTH, description: 'Kept with the call; it has no effect.' })
      )
    }),
    { minItems: 1, description: 'The first entry is read.' }
  ),
  nonce: Type.Optional(Type.String({ maxLength: MAX_NONCE_LENGTH, description: 'Returned with the call.' }))
})
export type NewPhoneCall = Static<typeof NewPhoneCall>

/** The query of Create, as documented. */
export const NewPhoneCallQuery = Type.Partial(
  Type.Object({
    waitForPickup: Type.Integer({
      ...WAIT_FOR_PICKUP,
      description: 'Seconds until the call is cancelled because no source has picked up.'
    }),
    callDuration: Type.Integer({ ...CALL_DURATION, description: 'Seconds from the answer until the call is ended.' }),
    allowPublicTransfer: Type.Boolean({ description: 'Kept with the call; it has no effect.' }),
    video: Type.Boolean({ description: 'Kept with the call; it has no effect.' }),
    accessRequestToken: ListQuery.properties.accessRequestToken
  })
)
export type NewPhoneCallQuery = Static<typeof NewPhoneCallQuery>

/** The query of List, as documented. The domain validates it. @source phone-calls.md "The resource" (v3) */
export const PhoneCallListQuery = Type.Partial(
  Type.Object({
    count: ListQuery.properties.count,
    startIndex: ListQuery.properties.startIndex,
    filterBy: Type.Enum([...PHONE_CALL_FILTER_FIELDS], { description: 'The field to filter by.' }),
    filterOp: ListQuery.properties.filterOp,
    filterValue: ListQuery.properties.filterValue,
    fields: Type.String({ description: `A comma separated list of ${PHONE_CALL_FIELDS.join(', ')}, or @all.` }),
    accessRequestToken: ListQuery.properties.accessRequestToken
  })
)
export type PhoneCallListQuery = Static<typeof PhoneCallListQuery>

// The keys of a const table are exactly its actions.
const ACTION_NAMES = Object.keys(PHONE_CALL_ACTIONS) as [
  keyof typeof PHONE_CALL_ACTIONS,
  ...(keyof typeof PHONE_CALL_ACTIONS)[]
]

const NOT_EMULATED = ACTION_NAMES.filter(name => !PHONE_CALL_ACTIONS[name])

/** The body of Update, as documented. @source phone-calls.md "The resource" (v3) */
export const PhoneCallAction = Type.Object({
  action: Type.Enum(ACTION_NAMES, {
    description: `What is done with the call. ${NOT_EMULATED.join(', ')} answer 501.`
  }),
  phoneCallViewId: Type.Optional(
    Type.String({ description: 'The view that is changed; by default those of the extension.' })
  ),
  format: Type.Optional(Type.String({ description: 'StartRecording: the format of the file; nothing is recorded.' })),
  sendCallTo: Type.Optional(Type.String({ description: 'Transfer: the number that the call is transferred to.' })),
  transferFromNumber: Type.Optional(
    Type.String({ description: 'Transfer: the extension that transfers; by default that of the path.' })
  ),
  transferNumber: Type.Optional(Type.String({ description: 'Transfer: the party that is transferred.' }))
})
export type PhoneCallAction = Static<typeof PhoneCallAction>

/** What a request of the vendor's API said about the call that it placed. */
export const PlacedPhoneCall = Type.Object({
  extension: ExtensionNumber,
  source: Type.Array(DialledNumber),
  destination: Type.Array(DialledNumber),
  callerId: Type.Optional(Type.String()),
  callerDestination: Type.Optional(Type.String()),
  nonce: Type.Optional(Type.String()),
  waitForPickup: Type.Integer({ description: 'Seconds until it is cancelled because no source has picked up.' }),
  callDuration: Type.Optional(Type.Integer({ description: 'Seconds from the answer until it is ended.' })),
  allowPublicTransfer: Type.Optional(Type.Boolean()),
  video: Type.Optional(Type.Boolean())
})
export type PlacedPhoneCall = Static<typeof PlacedPhoneCall>
