import type { Delivery } from '../../../schema/calls/delivery.js'
import type { DeliveryVerification } from '../../../schema/verification.js'
import { decodeForm, partsOf } from './parameters.js'

/** Parameters that differ in every run. */
const VOLATILE = /^Call(?:API)?ID$/

/** States that a webhook only passes through. */
const PASSING = /^(?:pending|sending)$/

/** Longer values do not fit into a verification. */
const MAX_VALUE = 8192

/**
 * A verification that a webhook satisfies, and that holds in another run: without ids, and without values that are not
 * UTF-8. Of a name that was sent several times the last value counts.
 * @source control-api.md "Watching and verifying"
 */
export function verificationOf(delivery: Delivery, eventUrl?: string): DeliveryVerification {
  const { extension, moment, state, request } = delivery
  const { url, form } = partsOf(request, eventUrl)
  const last = new Map(decodeForm(form).map(parameter => [parameter.name, parameter]))
  const parameters = [...last.values()]
    .filter(
      ({ name, value, bytes }) =>
        name !== '' && !VOLATILE.test(name) && bytes === undefined && fits(name, 255) && fits(value)
    )
    .slice(0, 100)
    .map(({ name, value }) => [name, value] as const)
  return {
    match: {
      extension,
      moment,
      method: request.method,
      url: request.method === 'POST' ? url : { startsWith: url },
      ...(!PASSING.test(state) && { state }),
      parameters: Object.fromEntries(parameters)
    }
  }
}

const fits = (text: string, most = MAX_VALUE): boolean => text.length <= most && !/[\0\uFFFD]/.test(text)

/** The verification as a call of the client. */
export const clientCode = (verification: DeliveryVerification): string =>
  `await client.deliveries.verify(${JSON.stringify(verification, null, 2)})`
