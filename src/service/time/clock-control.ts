import { ControlError } from '../../domain/errors/control.js'
import { isRealTime } from '../../domain/timestamp.js'
import type { ClockAdvance, ClockAdvanced, ClockReading, ClockSetting } from '../../schema/clock.js'
import type { Store } from '../../store/store.js'
import { printMoment } from '../calls/calls.js'
import type { SandboxClock } from './clock.js'
import type { Timekeeper } from './timekeeper.js'

/** The clock, as tests use it. @source control-api.md "Calls and deliveries" */
export interface ClockService {
  get(): ClockReading
  /** @throws ControlError `request_invalid` when the time does not exist */
  set(setting: ClockSetting): Promise<ClockReading>
  /**
   * Moves it on; answers when what is due on the way has happened and was answered.
   * @throws ControlError `request_invalid` when the time does not exist, or lies behind; Stopped
   */
  advance(advance: ClockAdvance): Promise<ClockAdvanced>
}

/** How much of what happened on the way is told. */
const TOLD = 1000

/** Lets tests set the clock of a sandbox, and tells them what that made happen. */
export function createClockService({
  store: { moments, deliveries },
  clock,
  timekeeper
}: {
  store: Store
  clock: SandboxClock
  timekeeper: Timekeeper
}): ClockService {
  const happenedSince = (seq: number): Pick<ClockAdvanced, 'moments' | 'deliveries'> => {
    const happened = moments.since(seq, TOLD)
    const printed = happened.map(moment => {
      const { callId } = moment
      return { callId, ...printMoment(moment, deliveries.ofCall(callId)) }
    })
    const owed = printed.flatMap(({ armed }) => armed.map(({ deliveryId }) => deliveryId)).slice(-TOLD)
    return { moments: printed, deliveries: owed.flatMap(id => deliveries.find(Number(id)) ?? []) }
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
      let before = 0
      await timekeeper.advance(advance, () => {
        before = moments.lastSeq()
      })
      return { ...clock.reading(), ...happenedSince(before) }
    }
  }
}

/** @throws ControlError `request_invalid` */
function checkTime(path: string, time: string | undefined): void {
  if (time === undefined || isRealTime(time)) return
  const message = `must be a time that exists; got ${time}`
  throw new ControlError('request_invalid', { details: [{ path, message }] })
}
