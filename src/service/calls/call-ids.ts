import type { Leg, NewCallId } from '../../domain/calls/call.js'
import type { Settings } from '../../schema/settings.js'
import type { CallStore } from '../../store/calls.js'
import type { IdSource } from '../new-id.js'

/** CallIDs: `<epoch seconds>.<seven digits>`, one for each leg; and CallAPIIDs, one for each call. @source call-events.md §2, §3 (recorded) @assumed 0016 */
export interface CallIds {
  /** The CallAPIID of a new call. */
  apiId(): string
  /** The CallID of a new call. @param seq the number of the call @param now milliseconds since 1970 */
  ofCall(seq: number, now: number): string
  /** CallIDs for legs that are added: they count up from that of the leg before. @source control-api.md "Calls and deliveries" */
  ofLegs(call: { callId: string; legs: readonly Leg[] }, settings: Pick<Settings, 'callIds'>): NewCallId
}

/** Length of a `callApiId`, in characters; all legs of a call have the same one. @source call-events.md §2 (recorded) */
const API_ID_LENGTH = 20

/** How many CallIDs there are in a second. */
const PER_SECOND = 10_000_000

/** Spreads consecutive numbers over the seven digits; coprime to their count, so that no two collide. */
const STEP = 6_180_339
const START = 4_665_265

/** Creates CallIDs that no leg in the log has. */
export function createCallIds(
  { isLegIdTaken, isApiIdTaken }: Pick<CallStore, 'isLegIdTaken' | 'isApiIdTaken'>,
  { newId, newCallNumber }: IdSource
): CallIds {
  const firstFree = (callId: string): string => {
    let free = callId
    while (isLegIdTaken(free)) free = nextOf(free)
    return free
  }

  return {
    apiId: () => newId(API_ID_LENGTH, id => isApiIdTaken(id.toLowerCase())).toLowerCase(),
    ofCall(seq, now) {
      const digits = ((newCallNumber(seq) % PER_SECOND) * STEP + START) % PER_SECOND
      return firstFree(print(Math.floor(now / 1000), digits))
    },
    ofLegs({ callId, legs }, { callIds }) {
      let last = legs.findLast(leg => leg.callId !== null)?.callId ?? undefined
      return () => {
        if (callIds === 'perCall') return callId
        last = last === undefined ? callId : firstFree(nextOf(last))
        return last
      }
    }
  }
}

/** The CallID after another one in the same second. */
function nextOf(callId: string): string {
  const [seconds = '', digits] = callId.split('.')
  return print(seconds, (Number(digits) + 1) % PER_SECOND)
}

const print = (seconds: number | string, digits: number): string => `${seconds}.${String(digits).padStart(7, '0')}`
