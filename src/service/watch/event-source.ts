import type { WebhookRequest } from '../../schema/calls/delivery.js'
import type { SandboxChange, StateChange } from '../../schema/stream.js'
import type { PendingDelivery } from '../../store/deliveries.js'
import type { Outcome } from '../deliveries/outcome.js'

/** An attempt of a delivery, with its outcome. */
export interface SettledDelivery {
  id: number
  request: WebhookRequest
  outcome: Outcome
}

/** The kinds of events in a sandbox, each with its value. A new kind is one line here. */
export interface SandboxEvents {
  /** A request was recorded: its id. */
  request: string
  /** A request has come, and a fault delays it: its id. */
  requestDelayed: string
  /** All recorded requests were deleted: how many. */
  requestsCleared: number
  /** A call was placed or has changed: its callId. */
  call: string
  /** Deliveries were created, or replayed, and are pending. */
  pending: PendingDelivery[]
  /** A fault was released or removed: the deliveries that it held, in order of id. */
  released: PendingDelivery[]
  /** A delivery has changed its state: its id. */
  delivery: number
  /** An attempt of a delivery has an outcome, which was recorded. */
  settled: SettledDelivery
  /** A delivery waits for a time of the sandbox's clock: its id. */
  delayed: number
  /** The sandbox's clock was set or moved: its time. */
  clock: Date
  /** A fault was added or removed, or its counts have changed: its id. */
  fault: string
  /** Settings were changed at run time. */
  settings: undefined
  /** A part of the state has changed that no other kind is about. */
  state: StateChange
  /** A sandbox was created or has ended. Published in the default sandbox only. */
  sandbox: SandboxChange
  /** A reset or a snapshot has replaced the whole state. */
  stateReplaced: undefined
}

/** Synchronous publish and subscribe, one per sandbox. The only way in which the parts of a sandbox share events. */
export interface EventSource {
  /**
   * Calls the subscribers of a kind in the order in which they subscribed, then those of every kind. An error of one is
   * reported and does not stop the others. Publish after the commit: a transaction may be rolled back.
   */
  publish<Kind extends keyof SandboxEvents>(kind: Kind, value: SandboxEvents[Kind]): void
  subscribe<Kind extends keyof SandboxEvents>(kind: Kind, subscriber: (value: SandboxEvents[Kind]) => void): void
  /** Subscribes to every kind. */
  subscribeToAll(subscriber: (kind: keyof SandboxEvents) => void): void
}

/** @param report is called with errors of subscribers */
export function createEventSource(report: (error: unknown) => void): EventSource {
  const subscribers: { [Kind in keyof SandboxEvents]: ((value: SandboxEvents[Kind]) => void)[] } = {
    request: [],
    requestDelayed: [],
    requestsCleared: [],
    call: [],
    pending: [],
    released: [],
    delivery: [],
    settled: [],
    delayed: [],
    clock: [],
    fault: [],
    settings: [],
    state: [],
    sandbox: [],
    stateReplaced: []
  }
  const ofEveryKind: ((kind: keyof SandboxEvents) => void)[] = []

  const call = <Value>(called: ((value: Value) => void)[], value: Value) => {
    for (const subscriber of called) {
      try {
        subscriber(value)
      } catch (error) {
        report(error)
      }
    }
  }

  return {
    publish(kind, value) {
      call(subscribers[kind], value)
      call(ofEveryKind, kind)
    },
    subscribe: (kind, subscriber) => void subscribers[kind].push(subscriber),
    subscribeToAll: subscriber => void ofEveryKind.push(subscriber)
  }
}
