/** The public API of the package. */

export { type ConnectOptions, connectEmulator, type Emulator, type TakenSnapshot } from './client/emulator.js'
export { ClientError } from './client/errors.js'
export { NotVerified } from './client/not-verified.js'
export type { Call, CallOutcome, CallRequest } from './schema/call.js'
export type { PhoneCallEventCollection } from './schema/collection.js'
export type { Delivery, DeliveryMatch } from './schema/delivery.js'
export type { Fixture } from './schema/fixture.js'
export type { JournalEntry, RequestMatch } from './schema/journal.js'
export type { PhoneCallEvent } from './schema/phone-call-event.js'
export type { Settings } from './schema/settings.js'
export type { DeliveryVerification, RequestVerification } from './schema/verification.js'
export { type StartOptions, startEmulator } from './start-emulator.js'
