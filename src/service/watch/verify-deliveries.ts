import {
  type ComparableDelivery,
  deliveryDifferences,
  matchesDelivery,
  problemsOfMatch
} from '../../domain/delivery-match.js'
import { nearest, needsWholeLog } from '../../domain/verification.js'
import type { DeliveryMatch } from '../../schema/calls/delivery.js'
import type { DeliveriesNotVerified, DeliveryVerification, Verified } from '../../schema/verification.js'
import type { Store } from '../../store/store.js'
import type { Changes, Subjects } from './changes.js'
import { createWatchDeliveries } from './delivery-watch.js'
import type { EventSource } from './event-source.js'
import type { ExplainMissing } from './explain-missing.js'
import { countWhileWaiting, searchSequence } from './matching-deliveries.js'
import { createSharedReads } from './shared-reads.js'
import {
  checkVerification,
  createReadTogether,
  createVerify,
  createVerifySequence,
  MAX_COMPARED,
  MAX_NEAREST
} from './verify.js'

/** Waits until deliveries are as expected. @throws ControlError `request_invalid` when it can never hold; Stopped */
export type VerifyDeliveries = (
  verification: DeliveryVerification,
  signal?: AbortSignal
) => Promise<Verified | DeliveriesNotVerified>

/** The events that change what is verified. */
const SUBJECTS: Subjects = ['pending', 'delivery']

/** Verifies the delivery log, by number or by order. @source control-api.md "Watching and verifying" */
export function createVerifyDeliveries({
  store: { calls, deliveries },
  changes,
  eventSource,
  explain
}: {
  store: Store
  changes: Changes
  eventSource: EventSource
  explain: ExplainMissing
}): VerifyDeliveries {
  const watch = createWatchDeliveries(eventSource)
  const prepare = createReadTogether(changes)
  const reads = createSharedReads(deliveries, eventSource)
  let active = 0 // verifications that have not ended

  /** How many deliveries were dropped that may have matched: of a call that is in the log, only those of the call. */
  const droppedOf = ({ callId }: DeliveryMatch): number => {
    const call = callId === undefined ? undefined : calls.find(callId)
    if (call === undefined) return deliveries.dropped()
    return deliveries.droppedOfCall(call.callId)
  }

  /** A match with the `callId` of the call, which deliveries have, in place of that of any leg. */
  const ofCall = (match: DeliveryMatch): DeliveryMatch =>
    match.callId === undefined ? match : { ...match, callId: calls.callIdOf(match.callId) }

  /** @param differMore further differences; they are listed, but do not change which deliveries are nearest */
  const nearestOf = (
    newest: ComparableDelivery[],
    match: DeliveryMatch,
    differMore: (delivery: ComparableDelivery) => string[] = () => []
  ): DeliveriesNotVerified['nearest'] =>
    nearest(newest, entry => deliveryDifferences(entry, match), MAX_NEAREST).flatMap(({ entry, differs }) => {
      const delivery = deliveries.find(entry.id)
      return delivery === undefined ? [] : [{ delivery, differs: [...differs, ...differMore(entry)] }]
    })

  const verifyCount = createVerify<DeliveryMatch, DeliveriesNotVerified>({
    changes,
    on: SUBJECTS,
    counting: match => countWhileWaiting(reads, match, watch),
    prepare,
    dropped: droppedOf,
    explain: (match, expected, dropped) => ({
      nearest: nearestOf(reads.newest(MAX_COMPARED), match),
      hints: explain(match, needsWholeLog(expected) ? dropped : 0)
    })
  })

  /** Explains the first step that was not found. @param found the ids of the deliveries of the steps before it */
  const explainStep = (match: DeliveryMatch, found: number[], length: number) => {
    const step = `sequence[${found.length}]`
    const last = found.at(-1)
    const lastSent = last === undefined ? null : (reads.comparable(last)?.sent ?? null)
    const lastName = `delivery ${last}, which is sequence[${found.length - 1}]`

    /** Why a delivery cannot be this step even if it matches. */
    const misplaced = ({ id, sent }: ComparableDelivery): string[] => {
      if (found.includes(id)) return [`is sequence[${found.indexOf(id)}] already`]
      if (sent === null) return ['has not been sent yet']
      return lastSent !== null && sent < lastSent ? [`was sent before ${lastName}`] : []
    }
    const newest = reads.newest(MAX_COMPARED)
    const reasons = newest
      .filter(one => matchesDelivery(one, match))
      .flatMap(one => misplaced(one).map(reason => `Delivery ${one.id} matches ${step}, but ${reason}.`))
    const summary =
      last === undefined
        ? `${step} was not found: it is the first of ${length} steps.`
        : `${step} was not found after ${lastName}: ${found.length} of ${length} steps were.`
    return {
      nearest: nearestOf(newest, match, misplaced),
      hints: [summary, ...reasons.slice(-MAX_NEAREST), ...explain(match, droppedOf(match))]
    }
  }

  const verifySequence = createVerifySequence({
    changes,
    on: SUBJECTS,
    searching: (steps: DeliveryMatch[]) => searchSequence(reads, steps, watch),
    prepare,
    explain: explainStep
  })

  const verify: VerifyDeliveries = (verification, signal) => {
    if (!('sequence' in verification))
      return verifyCount({ ...verification, match: ofCall(verification.match) }, signal)
    const sequence = verification.sequence.map(({ match }) => ({ match: ofCall(match) }))
    return verifySequence({ ...verification, sequence }, signal)
  }

  return async (verification, signal) => {
    checkVerification(verification, problemsOfMatch)
    active += 1
    try {
      return await verify(verification, signal)
    } finally {
      active -= 1
      if (active === 0) reads.clear()
    }
  }
}
