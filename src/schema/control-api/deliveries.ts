import Type from 'typebox'
import { DeliveryId } from '../calls/call.js'
import { Delivery, DeliveryList, DeliveryQuery } from '../calls/delivery.js'
import { ReplayRequest } from '../calls/replay.js'
import { DeliveryExportQuery, Har } from '../har.js'
import { DeliveriesNotVerified, DeliveryVerification, Idle, IdleQuery, Verified } from '../verification.js'
import type { ControlOperation } from './operation.js'

const params = Type.Object({ id: DeliveryId })

/** Webhooks of calls. @source control-api.md "Calls and deliveries", "Watching and verifying" */
export const DELIVERIES = {
  listDeliveries: {
    method: 'GET',
    path: '/deliveries',
    tag: 'Deliveries',
    summary: 'List the deliveries',
    description: 'In the order in which they were sent. Those that were never sent come last.',
    query: DeliveryQuery,
    responses: { 200: DeliveryList }
  },
  exportDeliveries: {
    method: 'GET',
    path: '/deliveries/export',
    tag: 'Deliveries',
    summary: 'Export the attempts of deliveries as HAR',
    description:
      'The deliveries of the list, with the same query, as a document in HAR 1.2: an entry for each attempt, with status 0 ' +
      'and `_error` for one without a response. Secrets are masked. The connection is closed in the middle when the state is ' +
      'replaced meanwhile.',
    query: DeliveryExportQuery,
    responses: { 200: Har },
    streamed: true
  },
  getDelivery: {
    method: 'GET',
    path: '/deliveries/{id}',
    tag: 'Deliveries',
    summary: 'Get a delivery with its request and attempts',
    params,
    responses: { 200: Delivery },
    errors: ['delivery_unknown']
  },
  replayDelivery: {
    method: 'POST',
    path: '/deliveries/{id}/replay',
    tag: 'Deliveries',
    summary: 'Replay a delivery',
    description:
      'Sends the same bytes again, as a new attempt. With changes it sends a new delivery, and answers that one, with ' +
      '`replayOf`. It does not wait for the outcome.',
    params,
    body: ReplayRequest,
    responses: { 200: Delivery },
    errors: ['delivery_unknown', 'delivery_state', 'state_replaced']
  },
  verifyDeliveries: {
    method: 'POST',
    path: '/deliveries/verify',
    reads: true,
    tag: 'Deliveries',
    summary: 'Verify deliveries',
    description:
      'Waits up to `timeoutMs` for the expected number of deliveries that match, or for a sequence of them in the order of sending.',
    body: DeliveryVerification,
    responses: { 200: Verified, 409: DeliveriesNotVerified }
  },
  waitUntilIdle: {
    method: 'GET',
    path: '/idle',
    tag: 'Deliveries',
    summary: 'Wait until idle',
    description: 'Answers when no call step is due and no delivery is pending or in flight.',
    query: IdleQuery,
    responses: { 200: Idle },
    errors: ['wait_timeout']
  }
} as const satisfies Record<string, ControlOperation>
