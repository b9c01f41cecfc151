import {
  type ComparableDelivery,
  deliveryDifferences,
  matchesDelivery,
  problemsOfMatch
} from '../../domain/delivery-match.js'
import { ControlError } from '../../domain/errors/control.js'
import type { Reason } from '../../domain/errors/reasons.js'
import { nearest, needsWholeLog } from '../../domain/verification.js'
import type { DeliveryMatch } from '../../schema/calls/delivery.js'
import type { Problem } from '../../schema/error.js'
import type {
  CountVerification,
  DeliveriesNotVerified,
  DeliveryVerification,
  SequenceVerification,
  Verified
} from '../../schema/verification.js'
import type { Store } from '../../store/store.js'
import type { Changes } from './changes.js'
import { createWatchDeliveries } from './delivery-watch.js'
import type { EventSource } from './event-source.js'
import type { ExplainMissing } from './explain-missing.js'
import { countWhileWaiting, searchSequence } from './matching-deliveries.js'
import { type Counting, createVerify, MAX_COMPARED, MAX_NEAREST } from './verify.js'

/** Waits until deliveries are as expected. @throws ControlError `request_invalid` when it can never hold; Stopped */
export type VerifyDeliveries = (
  verification: DeliveryVerification,
  signal?: AbortSignal
) => Promise<Verified | DeliveriesNotVerified>

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
  let lastReading = Promise.resolve()

  /** Reads a long log a part in each turn of the event loop, for one verification after the other. @throws Stopped */
  const prepare = async ({ readPart }: Counting, signal: AbortSignal | undefined): Promise<void> => {
    if (!readPart?.()) return
    const reading = lastReading.then(async () => {
      do {
        await new Promise(resolve => setImmediate(resolve))
        await changes.waitFor(() => undefined, { timeoutMs: 0 }) // rejects when the emulator stops
      } while (!signal?.aborted && readPart())
    })
    lastReading = reading.catch(() => {})
    await reading
  }

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
    counting: match => countWhileWaiting(deliveries, match, watch),
    prepare,
    dropped: droppedOf,
    explain: (match, expected, dropped) => ({
      nearest: nearestOf(deliveries.newest(MAX_COMPARED), match),
      hints: explain(match, needsWholeLog(expected) ? dropped : 0)
    })
  })

  /** Explains the first step that was not found. @param found the ids of the deliveries of the steps before it */
  const explainStep = (match: DeliveryMatch, found: number[], length: number) => {
    const step = `sequence[${found.length}]`
    const last = found.at(-1)
    const lastSent = last === undefined ? null : (deliveries.comparable(last)?.sent ?? null)
    const lastName = `delivery ${last}, which is sequence[${found.length - 1}]`

    /** Why a delivery cannot be this step even if it matches. */
    const misplaced = ({ id, sent }: ComparableDelivery): string[] => {
      if (found.includes(id)) return [`is sequence[${found.indexOf(id)}] already`]
      if (sent === null) return ['has not been sent yet']
      return lastSent !== null && sent < lastSent ? [`was sent before ${lastName}`] : []
    }
    const newest = deliveries.newest(MAX_COMPARED)
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

  const verifySequence = async (
    { sequence, timeoutMs = 0 }: SequenceVerification,
    signal?: AbortSignal
  ): Promise<Verified | DeliveriesNotVerified> => {
    const steps = sequence.map(({ match }) => match)
    const search = searchSequence(deliveries, steps, watch)
    try {
      await prepare(search, signal)
      const check = () => (search.count() === steps.length ? steps.length : undefined)
      const isFound = (await changes.waitFor(check, { timeoutMs, signal })) ?? check()
      if (isFound !== undefined) return { verified: true, count: steps.length }
      const found = search.found()
      const missing = steps[found.length]
      const explanation =
        signal?.aborted || missing === undefined
          ? { nearest: [], hints: [] }
          : explainStep(missing, found, steps.length)
      return { verified: false, count: found.length, expected: steps.length, ...explanation }
    } finally {
      search.end()
    }
  }

  return async (verification, signal) => {
    checkVerification(verification)
    if (!('sequence' in verification))
      return verifyCount({ ...verification, match: ofCall(verification.match) }, signal)
    const sequence = verification.sequence.map(({ match }) => ({ match: ofCall(match) }))
    return verifySequence({ ...verification, sequence }, signal)
  }
}

/** @throws ControlError `request_invalid` without a match and a sequence, with both, or when a match always holds */
function checkVerification(verification: DeliveryVerification): void {
  const { match, count, sequence }: Partial<CountVerification & SequenceVerification> = verification
  if (sequence === undefined) {
    if (match === undefined)
      refuse('value_missing', [{ path: '$.match', message: 'is missing: give a match, or a sequence' }])
    refuse('value_malformed', problemsOfMatch(match ?? {}, ['match']))
    return
  }
  const beside = Object.entries({ match, count }).filter(([, value]) => value !== undefined)
  refuse('value_malformed', [
    ...beside.map(([name]) => ({
      path: `$.${name}`,
      message: 'cannot be combined with a sequence: give one or the other'
    })),
    ...sequence.flatMap((step, index) => problemsOfMatch(step.match, ['sequence', String(index), 'match']))
  ])
}

function refuse(reason: Reason, details: Problem[]): void {
  if (details.length > 0) throw new ControlError('request_invalid', { reason, details })
}
