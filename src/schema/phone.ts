import Type, { type Static } from 'typebox'
import { CallOutcome, DialledNumber, MAX_CALL_MS } from './calls/call-step.js'
import { Limit } from './list-limit.js'

const closed = { additionalProperties: false }

/** How a party behaves whose phone was never set: it answers after half a second and talks for 30 seconds. @source control-api.md "State" */
export const DEFAULT_PHONE = { outcome: 'answered', ringMs: 500, talkMs: 30_000 } as const

const Duration = (meaning: string, defaultMs: number) =>
  Type.Integer({ minimum: 0, maximum: MAX_CALL_MS, default: defaultMs, description: `${meaning}, in milliseconds.` })

const number = DialledNumber
const behaviour = {
  outcome: CallOutcome,
  ringMs: Duration('How long it rings before it answers or ends', DEFAULT_PHONE.ringMs),
  talkMs: Duration('How long it talks before it hangs up', DEFAULT_PHONE.talkMs)
}

/** How a party behaves when a request of the vendor's API rings it. @source control-api.md "State" */
export const Phone = Type.Object({ number, ...behaviour }, closed)
export type Phone = Static<typeof Phone>

/** A phone of a fixture, or as it is set: members that are left out have their defaults. */
export const FixturePhone = Type.Object({ number, ...Type.Partial(Type.Object(behaviour)).properties }, closed)
export type FixturePhone = Static<typeof FixturePhone>

/** A phone as it is set over the control API. `number` may repeat that of the path. @source control-api.md "State" */
export const PhoneSetting = Type.Partial(Type.Object({ number, ...behaviour }), closed)
export type PhoneSetting = Static<typeof PhoneSetting>

/** The query of the list of phones. */
export const PhoneQuery = Type.Partial(Type.Object({ limit: Limit, after: number }), closed)
export type PhoneQuery = Static<typeof PhoneQuery>

/** The phones that were set, in the order in which their numbers were first set. */
export const PhoneList = Type.Object({
  phones: Type.Array(Phone),
  total: Type.Integer({ description: 'How many match, before `limit`.' })
})
export type PhoneList = Static<typeof PhoneList>

/** The number of phones that were removed. */
export const PhonesCleared = Type.Object({ cleared: Type.Integer() })
export type PhonesCleared = Static<typeof PhonesCleared>

/** The behaviour of a phone, without its number. */
export type PhoneBehaviour = Omit<Phone, 'number'>
