import Type, { type Static } from 'typebox'

/**
 * Operations of the vendor's services, a row for each service. Those of PhoneCallEvents have no prefix; a further
 * service prefixes its own, as in `phoneCalls.create`.
 */
const SERVICE_OPERATIONS = {
  phoneCallEvents: ['create', 'list', 'update', 'delete'],
  phoneCalls: ['phoneCalls.create', 'phoneCalls.list', 'phoneCalls.update', 'phoneCalls.delete']
} as const

const VENDOR_OPERATIONS = Object.values(SERVICE_OPERATIONS).flat()

/** Operation of a request, by the name that journal, faults and metrics share. @source control-api.md "Watching and verifying" */
export const Operation = Type.Enum([...VENDOR_OPERATIONS, 'token', 'authorize'], {
  description: 'The requested operation.'
})
export type Operation = Static<typeof Operation>

/** Operation of a fault: a vendor operation, a token request, all of these (`*`), or the delivery of a webhook. */
export const FaultOperation = Type.Enum([...VENDOR_OPERATIONS, 'token', '*', 'delivery'], {
  description: 'The operation that the fault hits; * is every operation of requests.'
})
export type FaultOperation = Static<typeof FaultOperation>
