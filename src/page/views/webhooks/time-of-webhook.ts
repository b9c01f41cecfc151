import type { Delivery } from '../../../schema/calls/delivery.js'
import { calls } from '../../emulator/contents.js'

/** When a webhook was first sent; before, when its moment was, if its call is still known. */
export function timeOfWebhook({ id, callId, attempts }: Delivery): string | undefined {
  const [first] = attempts
  if (first !== undefined) return first.at
  const moments = calls.find(callId)?.moments ?? []
  return moments.find(({ armed }) => armed.some(({ deliveryId }) => deliveryId === id))?.at
}
