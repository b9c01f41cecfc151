/** The public face of the package. */

export { type AppOptions, buildApp, type Emulator } from './app.js'
export type { PhoneCallEventCollection } from './schema/collection.js'
export type { Fixture } from './schema/fixture.js'
export type { PhoneCallEvent } from './schema/phone-call-event.js'
