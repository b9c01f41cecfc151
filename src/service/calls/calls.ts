import type { VerbByHand } from '../../domain/calls/by-hand.js'
import { ControlError, unknownAfter } from '../../domain/errors/control.js'
import type { Call, CallList, CallQuery } from '../../schema/calls/call.js'
import type { CallRequest } from '../../schema/calls/call-request.js'
import { DEFAULT_LIMIT } from '../../schema/list-limit.js'
import { DEFAULT_END_WAIT_MS } from '../../schema/verification.js'
import type { StoredCall } from '../../store/calls.js'
import type { MomentDelivery } from '../../store/deliveries.js'
import type { Store } from '../../store/store.js'
import type { Dispatcher } from '../deliveries/dispatcher.js'
import type { FaultService } from '../faults.js'
import type { SandboxClock } from '../time/clock.js'
import { type Page, SHORT_PAGE } from '../turns.js'
import type { Changes, WaitOptions } from '../watch/changes.js'
import type { CallEngine } from './engine.js'
import { createExplainOpen } from './explain-open.js'
import { printCall } from './print-call.js'

/** Simulated calls, for tests to place and drive. @source control-api.md "Calls and deliveries" */
export interface CallService {
  /** @throws ControlError `request_invalid`, `call_exists` */
  place(request: CallRequest): Call
  /** Performs a verb by hand. @throws ControlError `call_unknown`, `call_state`, `request_invalid` */
  perform(callId: string, request: VerbByHand): Call
  /** @throws ControlError `call_unknown` */
  get(callId: string): Call
  /** @throws ControlError `request_invalid` when `after` names no call */
  list(query: CallQuery): CallList
  /**
   * The calls of a list. Of a long one the calls are settled now, and each is read when its turn comes; one that was
   * dropped meanwhile is left out.
   * @throws ControlError `request_invalid` when `after` names no call
   */
  page(query: CallQuery): Page<Call>
  /**
   * Waits until a call is over and each of its deliveries was answered, has failed or was blocked.
   * @throws ControlError `call_unknown`; `wait_timeout`, whose message names what the call waits for; Stopped
   */
  ended(callId: string, options?: WaitOptions): Promise<Call>
}

/** Drives calls through the engine, and prints them for the wire. */
export function createCallService({
  store,
  engine,
  changes,
  clock,
  faults,
  dispatcher
}: {
  store: Store
  engine: CallEngine
  changes: Changes
  clock: SandboxClock
  faults: Pick<FaultService, 'held'>
  dispatcher: Pick<Dispatcher, 'faultOf' | 'dueOf'>
}): CallService {
  const { calls, moments, deliveries } = store
  const print = (call: StoredCall): Call => printCall(call, moments.ofCall(call.seq), deliveries.ofCall(call.callId))
  const find = (callId: string): StoredCall => {
    const call = calls.find(callId)
    if (call === undefined) throw new ControlError('call_unknown')
    return call
  }
  const explainOpen = createExplainOpen({ clock, faults, dispatcher })

  const page = ({ limit = DEFAULT_LIMIT, after }: CallQuery): Page<Call> => {
    const seq = after === undefined ? 0 : calls.find(after)?.seq
    if (seq === undefined) throw unknownAfter('call in the log')
    const { page, total } = calls.list(seq, Math.min(limit, SHORT_PAGE))
    const isWhole = page.length === Math.min(limit, total)
    const entries = isWhole ? printEach(page) : readEach(calls.listSeqs(seq, limit))
    return { entries, counts: { total, dropped: calls.dropped() } }
  }
  function* printEach(all: readonly StoredCall[]): Generator<Call> {
    for (const call of all) yield print(call)
  }
  function* readEach(seqs: readonly number[]): Generator<Call> {
    for (const seq of seqs) {
      const call = calls.ofSeq(seq)
      if (call) yield print(call)
    }
  }

  return {
    place(request) {
      const { call, warnings, fired } = engine.place(request)
      // Printed from what was just written, without reading it again.
      const moments = fired.map(({ moment }) => moment)
      const created = fired.flatMap(one => one.deliveries)
      return { ...printCall(call, moments, created), ...(warnings.length > 0 && { warnings }) }
    },
    perform: (callId, request) => print(engine.perform(callId, request)),
    get: callId => print(find(callId)),
    list(query) {
      const { entries, counts } = page(query)
      return { calls: [...entries], ...counts }
    },
    page,
    async ended(callId, { timeoutMs = DEFAULT_END_WAIT_MS, signal } = {}) {
      const check = () => {
        const call = find(callId)
        return call.state === 'ended' && deliveries.ofCall(call.callId).every(isSettled) ? call : undefined
      }
      const ended = await changes.waitFor(check, { timeoutMs, signal, on: ['call', 'pending', 'delivery'] })
      if (ended !== undefined) return print(ended)
      const call = find(callId)
      const message = `Call ${callId} was not over after ${timeoutMs} ms: ${explainOpen(call, deliveries.ofCall(call.callId))}`
      throw new ControlError('wait_timeout', { message })
    }
  }
}

const isSettled = ({ state }: MomentDelivery): boolean => state !== 'pending' && state !== 'sending'
