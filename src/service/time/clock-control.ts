import { ControlError } from '../../domain/errors/control.js'
import { isRealTime } from '../../domain/timestamp.js'
import type { Delivery } from '../../schema/calls/delivery.js'
import type { ClockAdvance, ClockAdvanced, ClockReading, ClockSetting } from '../../schema/clock.js'
import type { Store } from '../../store/store.js'
import { printMoment } from '../calls/print-call.js'
import type { SandboxClock } from './clock.js'
import type { Timekeeper } from './timekeeper.js'

/** The clock of a sandbox, for tests to read, set and move. @source control-api.md "Calls and deliveries" */
export interface ClockService {
  get(): ClockReading
  /** @throws ControlError `request_invalid` when the time does not exist; `state_replaced`; Stopped */
  set(setting: ClockSetting): Promise<ClockReading>
  /**
   * Moves the clock forward. Resolves when all steps on the way are performed and their deliveries are settled.
   * @returns the clock, and the moments and deliveries on the way
   * @throws ControlError `request_invalid` when the time does not exist or is in the past; `state_replaced`; Stopped
   */
  advance(advance: ClockAdvance): Promise<ClockAdvanced>
}

/** How many moments, and how many deliveries, an answer lists at most. */
const MAX_LISTED = 1000

/** Checks times, and lists the moments and deliveries of an advance. */
export function createClockService({
  store: { moments, deliveries },
  findDelivery,
  clock,
  timekeeper
}: {
  store: Store
  findDelivery: (id: number) => Delivery | undefined
  clock: SandboxClock
  timekeeper: Timekeeper
}): ClockService {
  /** @param delayed the ids of the deliveries that waited for the clock */
  const listSince = (seq: number, delayed: number[]): Pick<ClockAdvanced, 'moments' | 'deliveries'> => {
    const added = moments.since(seq, MAX_LISTED)
    const printed = added.map(moment => {
      const { callId } = moment
      return { callId, ...printMoment(moment, deliveries.ofCall(callId)) }
    })
    const created = printed.flatMap(({ armed }) => armed.map(({ deliveryId }) => Number(deliveryId)))
    const earlier = delayed.filter(id => !created.includes(id))
    const ids = [...earlier, ...created].slice(-MAX_LISTED)
    return { moments: printed, deliveries: ids.flatMap(id => findDelivery(id) ?? []) }
  }

  return {
    get: clock.reading,
    async set(setting) {
      checkTime('$.now', setting.now)
      await timekeeper.set(setting)
      return clock.reading()
    },
    async advance(advance) {
      checkTime('$.to', advance.to)
      let lastSeq = 0
      const delayed = await timekeeper.advance(advance, () => {
        lastSeq = moments.lastSeq()
      })
      return { ...clock.reading(), ...listSince(lastSeq, delayed) }
    }
  }
}

/** @throws ControlError `request_invalid` */
function checkTime(path: string, time: string | undefined): void {
  if (time === undefined || isRealTime(time)) return
  const message = `must be a time that exists; got ${time}`
  throw new ControlError('request_invalid', { details: [{ path, message }] })
}
