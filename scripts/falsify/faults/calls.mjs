// Calls and deliveries: their order, their states, what a restart and a reset do to them.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const CALLS = {
  'src/domain/calls/delivery-queue.ts': [
    {
      name: 'a delivery does not wait for the one before it',
      text: 'const isFree = lane.inFlight === 0 ||',
      instead: 'const isFree = lane.inFlight < 9 ||',
      test: '84-deliveries › a delivery that is given back is sent first, and a lane waits for its delivery in flight'
    },
    {
      name: 'a delivery that was given back is sent last',
      text: "offer(origin, lane, 'first')",
      instead: 'offer(origin, lane)',
      test: '84-deliveries › a delivery that is given back is sent first, and a lane waits for its delivery in flight'
    },
    {
      name: 'a suspended lane is resumed by other deliveries',
      text: '&& !lane.isReady && !lane.isSuspended) {',
      instead: '&& !lane.isReady) {',
      test: '93-faults › a parked lane waits until it is resumed'
    }
  ],
  'src/domain/fault.ts': [
    {
      name: 'a fault hits once more than its times',
      text: 'if (fault.hits >= fault.times ||',
      instead: 'if (fault.hits > fault.times ||',
      test: '93-faults › skip passes the first requests, times limits a fault, and hits counts its uses'
    },
    {
      name: 'a fault skips one request too few',
      text: 'if (fault.seen <= fault.skip) continue',
      instead: 'if (fault.seen < fault.skip) continue',
      test: '93-faults › skip passes the first requests, times limits a fault, and hits counts its uses'
    },
    {
      name: 'the newest fault applies first',
      text: 'for (const fault of faults) {',
      instead: 'for (const fault of [...faults].reverse()) {',
      test: '93-faults › the oldest fault with remaining hits applies, and later faults do not count that request'
    }
  ],
  'src/store/bounded-log.ts': [
    {
      name: 'a pending delivery is dropped from a full log',
      text: `finished: "state NOT IN ('pending', 'sending')"`,
      instead: `finished: "state <> 'sending'"`,
      test: '84-deliveries › the delivery log is bounded, and pending deliveries are never dropped'
    },
    {
      name: 'a call in progress is dropped from a full log',
      text: `finished: "state = 'ended'"`,
      instead: `finished: "state <> ''"`,
      test: '82-calls › a call in progress is never removed from the log'
    }
  ],
  'src/store/candidate-events.ts': [
    {
      name: 'a disabled event fires',
      text: 'const armed = ofType.filter(({ status }) => status === STATUSES.enabled)',
      instead: "const armed = ofType.filter(({ status }) => String(status) !== '')",
      test: '81-control-api › an event that the control API created fires, and stops when it is disabled'
    },
    {
      name: 'the armed events of a call are read twice',
      text: 'kept.set(key, { found, count })',
      instead: '',
      test: '95-stalls › a call to an extension with many events that do not fire: › its events are counted once, and the armed ones read once for a call that is checked and fires'
    },
    {
      name: 'events that have changed fire as they were',
      text: 'if (keptAt !== events.version()) kept.clear()',
      instead: '',
      test: '95-stalls › a call to an extension with many events that do not fire: › the numbers are exact after every change of an event'
    },
    {
      name: 'the events of a type are read to find those of others',
      text: "const before = ofOtherTypes('<')",
      instead: "const before = ofOtherTypes('<>' as '<')",
      test: '95-stalls › a call to an extension with many events that do not fire: › their rows are not read: an index has their status and type, which are compared before'
    }
  ],
  'migrations/0011-status-in-index.sql': [
    {
      name: 'the rows of disabled events are read',
      text: 'url, id, status)',
      instead: 'url, id)',
      test: '95-stalls › a call to an extension with many events that do not fire: › their rows are not read: an index has their status and type, which are compared before'
    }
  ],
  'src/store/deliveries.ts': [
    {
      name: 'a delivery in flight is not marked as sending',
      text: "UPDATE delivery_states SET state = 'sending', sent_at = @at",
      instead: "UPDATE delivery_states SET state = 'pending', sent_at = @at",
      test: '84-deliveries › a pending delivery or one in flight cannot be replayed, and an unknown one is 404'
    }
  ],
  'src/service/calls/engine.ts': [
    {
      name: 'a step that fails undoes those of other calls',
      text: 'return performSteps(1) // throws when it is the first one that fails',
      instead: 'return performSteps(limit)',
      test: '91-recovery › a step that cannot be committed does not undo a step of another call that is due with it'
    },
    {
      name: 'a script and a hand drive one call',
      text: 'if (phoneCall !== null || left === 0) return',
      instead: 'if (phoneCall !== null || left >= 0) return',
      test: '92-call-flows › a call whose script goes on takes no verb by hand, and afterwards it does'
    }
  ],
  'src/service/deliveries/deliveries.ts': [
    {
      name: 'a delivery in flight is replayed',
      text: "if (state === 'pending' || state === 'sending') {",
      instead: "if (state === 'pending') {",
      test: '84-deliveries › a pending delivery or one in flight cannot be replayed, and an unknown one is 404'
    },
    {
      name: 'an export mixes the states before and after a reset',
      text: "if (replacements !== before) throw new ControlError('state_replaced')",
      instead: '',
      test: '88-har › a reset in the middle of an export never mixes two states'
    }
  ],
  'src/service/deliveries/dispatcher.ts': [
    {
      name: 'what was in flight at the end of a run stays so',
      text: "deliveries.inState('sending')",
      instead: "deliveries.inState('interrupted')",
      test: '91-recovery › a delivery in flight at the end of a killed process is interrupted, and a pending one is sent'
    },
    {
      name: 'an outcome is lost when the disk is full',
      text: 'sent.push(...settled.map(one => ({ ...one, isDequeued: true })))',
      instead: '',
      test: '91-recovery › an outcome that could not be recorded is recorded when the disk has room again'
    },
    {
      name: 'a webhook is sent before it is marked as sending',
      text: 'const request = claim(queued, now)',
      instead:
        "if (!queued.isCopy) flights.begin({ queued, request: deliveries.webhookOf(queued.id)?.request as never, at: '' })\n        const request = claim(queued, now)",
      test: '91-recovery › deliveries that could not be marked as sending are sent when the disk has room again'
    }
  ],
  'src/service/deliveries/flights.ts': [
    {
      name: 'the late outcome of a delivery of before a reset counts',
      text: 'if (flight.state !== state) return // the state was replaced meanwhile',
      instead: '',
      test: '89-reset-and-snapshots › the late outcome of a delivery of before a reset changes nothing'
    },
    {
      name: 'a reset leaves deliveries in flight',
      text: 'state += 1\n      abort()',
      instead: 'state += 1',
      test: '89-reset-and-snapshots › the late outcome of a delivery of before a reset changes nothing'
    },
    {
      name: 'a dropped delivery is sent',
      text: "const isDropped = queued.effect?.kind === 'drop'",
      instead: "const isDropped = queued.effect?.kind === 'hold'",
      test: '93-faults › a dropped delivery is not sent, and is recorded as failed'
    }
  ],
  'src/service/deliveries/schedule.ts': [
    {
      name: 'deliveries of a call do not wait for each other',
      text: "settings.current().webhookOrder === 'serial' ? pending :",
      instead: 'settings.current() === undefined ? pending :',
      test: '84-deliveries › deliveries of one call to one receiver are sent in the order of their moments, each after the last answer'
    },
    {
      name: 'a reset waits for the deliveries of before',
      text: 'unsettled.clear()\n      delays.clear()',
      instead: 'delays.clear()',
      test: '89-reset-and-snapshots › a reset aborts deliveries in flight and discards pending ones, and neither is recorded'
    }
  ],
  'src/service/faults.ts': [
    {
      name: 'held deliveries are released out of order',
      text: 'return held.sort((one, other) => one.id - other.id)',
      instead: 'return held',
      test: '93-faults › what a fault holds is released in the order of the deliveries, also a replay that came last'
    },
    {
      name: 'the faults of before a reset apply',
      text: 'replacements += 1\n    entries.clear()',
      instead: 'replacements += 1',
      test: '93-faults › a reset discards faults and the deliveries that they hold'
    },
    {
      name: 'a request that a reset overtakes is performed',
      text: '.then(() => replacements === before)',
      instead: '.then(() => replacements >= before)',
      test: '93-faults › a delayed request that a reset or a restore overtakes is not in the journal of the new state'
    }
  ]
}
