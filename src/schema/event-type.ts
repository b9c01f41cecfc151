import Type, { type Static } from 'typebox'

/**
 * The types of phone call event. The wire codes are in this table only.
 * @source page "PhoneCallEvents Service" (the five events); contract §1 (their codes, from the v3 wiki)
 */
export const EVENT_TYPES = [
  { code: '0', name: 'dialIn', label: 'Dial-In', meaning: 'a call is received by the extension' },
  { code: '1', name: 'dialOut', label: 'Dial-Out', meaning: 'a call is placed by the extension' },
  { code: '2', name: 'hangup', label: 'Hangup', meaning: 'the extension hangs up' },
  { code: '3', name: 'answerIncoming', label: 'Answer on incoming call', meaning: 'an incoming call is answered' },
  { code: '4', name: 'answerOutgoing', label: 'Answer on outgoing call', meaning: 'the other party answers' }
] as const

/** The types as text, for messages and documents: `0 (Dial-In), 1 (Dial-Out), …`. */
export const EVENT_TYPE_LIST = EVENT_TYPES.map(({ code, label }) => `${code} (${label})`).join(', ')

/** The wire code of an event type, `"0"` to `"4"`. */
export const EventType = Type.Enum(
  EVENT_TYPES.map(type => type.code),
  { description: `The type of the PhoneCallEvent: ${EVENT_TYPE_LIST}.` }
)
export type EventType = Static<typeof EventType>

type Row = (typeof EVENT_TYPES)[number]

/** The row of an event type. @param code on the wire; undefined is returned for an unknown one */
export const findEventType = (code: string): Row | undefined => EVENT_TYPES.find(type => type.code === code)

/** The event type that each moment fires, by the name of the moment. */
export const TYPE_OF_MOMENT = Object.fromEntries(EVENT_TYPES.map(({ name, code }) => [name, code])) as {
  [T in Row as T['name']]: T['code'] // Object.fromEntries loses which key has which value
}
