import { ACCESS } from './control-api/access.js'
import { CALLS } from './control-api/calls.js'
import { CAUGHT } from './control-api/caught.js'
import { CLOCK } from './control-api/clock.js'
import { DELIVERIES } from './control-api/deliveries.js'
import { EVENTS } from './control-api/events.js'
import { FAULTS } from './control-api/faults.js'
import { PHONES } from './control-api/phones.js'
import { REQUESTS } from './control-api/requests.js'
import { SANDBOXES } from './control-api/sandboxes.js'
import { SNAPSHOTS } from './control-api/snapshots.js'
import { STATE } from './control-api/state.js'
import { WATCHING } from './control-api/watching.js'

/**
 * Every operation of the control API, by its name. The routes of http/control, the methods of the client and the
 * OpenAPI document are read from this table. To add an operation, add its row here, its handler in http/control and its
 * method in client/methods.ts: the compiler and test/81-control-api.test.ts name what is missing.
 */
export const CONTROL_API = {
  ...STATE,
  ...ACCESS,
  ...EVENTS,
  ...PHONES,
  ...SNAPSHOTS,
  ...SANDBOXES,
  ...CALLS,
  ...DELIVERIES,
  ...CAUGHT,
  ...REQUESTS,
  ...FAULTS,
  ...WATCHING,
  ...CLOCK
}

/** The table as a type: the request and the answer of each operation are derived from it. */
export type ControlApi = typeof CONTROL_API

/** The name of an operation: its `operationId`. */
export type OperationName = keyof ControlApi
