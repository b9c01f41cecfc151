// Watching and verifying: budgets of what is kept, streams, and verifications that must not hold too early.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const WATCH = {
  'src/domain/subsequence.ts': [
    {
      name: 'a sequence holds in another order',
      text: 'return reached < length && matches(place, reached) ?',
      instead: 'return reached < length && (matches(place, reached) || matches(place, reached + 1)) ?',
      test: '86-verify-sent-and-order › a sequence holds when its steps were sent in this order, with others between'
    },
    {
      name: 'later entries are not compared again',
      text: 'if (next > place && before[next] === reached) return',
      instead: 'if (before[next] === reached) return',
      test: '86-verify-sent-and-order › after any change the search has found the steps that a search from the start finds'
    }
  ],
  'src/domain/verification.ts': [
    {
      name: 'exactly means at least',
      text: '{ min: expected, max: expected }',
      instead: '{ min: expected, max: Number.POSITIVE_INFINITY }',
      test: '86-clock-and-verification › a verification is decided as soon as its result cannot change'
    },
    {
      name: 'a maximum holds before its time is over',
      text: "return isOver || max === undefined || typeof expected === 'number' ?",
      instead: "return isOver || max !== null || typeof expected === 'number' ?",
      test: '86-clock-and-verification › a verification is decided as soon as its result cannot change'
    },
    {
      name: 'a path matches by a part of it',
      text: 'return path === pattern ||',
      instead: 'return path.startsWith(pattern) ||',
      test: '88-journal › requests can be filtered by each property, alone and combined'
    }
  ],
  'src/service/watch/caught.ts': [
    {
      name: 'a catch address keeps every request',
      text: 'if (all.length > CATCH_LIMITS.requests) dropOldestOf(name, all)',
      instead: '',
      test: '98-catch-addresses › the last 100 requests of each name are kept'
    },
    {
      name: 'there may be any number of catch addresses',
      text: 'if (earlier === undefined && byName.size >= CATCH_LIMITS.names) throw',
      instead: 'if (earlier === undefined && byName.size > 2 * CATCH_LIMITS.names) throw',
      test: '98-catch-addresses › a hundred names are kept; the next one is refused until requests are deleted'
    },
    {
      name: 'caught requests may have any number of bytes',
      text: 'while (bytes > CATCH_LIMITS.totalBytes) dropOldest()',
      instead: '',
      test: '98-catch-addresses › 16 MiB are kept in all: the oldest requests of any name are dropped first'
    },
    {
      name: 'caught requests survive a reset',
      text: "eventSource.subscribe('stateReplaced', () => void clear())",
      instead: '',
      test: '98-catch-addresses › a reset, a restore and a clear delete caught requests; ids continue to rise'
    }
  ],
  'src/service/watch/event-source.ts': [
    {
      name: 'an error of a subscriber is not reported',
      text: 'subscriber(value)\n      } catch (error) {\n        report(error)',
      instead: 'subscriber(value)\n      } catch {',
      test: '91-recovery › an error of a subscriber is reported, and does not keep the others from being called'
    }
  ],
  'src/service/watch/feed.ts': [
    {
      name: 'a reader that joins during a burst misses the reset after it',
      text: 'last = discarded.to',
      instead: 'void discarded.to',
      test: '95-stalls › a burst of webhooks is given to many readers of the stream a few in each turn, in its order'
    },
    {
      name: 'a stream says nothing of a replaced state',
      text: "append('dropped', 'reset' satisfies DroppedReason)",
      instead: '',
      test: '94-stream-and-metrics › a stream › has a dropped event where events are missing: forgotten ones, or those of a replaced state'
    },
    {
      name: 'a slow reader gets no dropped event',
      text: 'return isLost || position < oldest - 1',
      instead: 'return isLost',
      test: '94-stream-and-metrics › a feed › gives a slow subscriber a dropped event, and continues with the oldest event'
    }
  ],
  'src/service/watch/journal-budget.ts': [
    {
      name: 'journals may have any number of bytes',
      text: 'while (total > limit) {',
      instead: 'while (total > 2 * limit) {',
      test: '88-journal › all journals together keep a number of bytes, and drop the oldest requests of all'
    },
    {
      name: 'a journal that has ended uses the budget',
      text: 'count(-bytes)\n',
      instead: '\n',
      test: '88-journal › all journals together keep a number of bytes, and drop the oldest requests of all'
    }
  ],
  'src/service/watch/journal.ts': [
    {
      name: 'a full journal keeps its oldest requests',
      text: 'if (kept === size) dropOldest()\n      ring[(oldest + kept) % size] = recorded',
      instead: 'if (kept === size) return\n      ring[(oldest + kept) % size] = recorded',
      test: '88-journal › the journal keeps the newest requests, counts the dropped ones, and can be cleared'
    },
    {
      name: 'a delayed request of before a reset counts',
      text: 'delayed.clear()\n    clear()',
      instead: 'clear()',
      test: '86-verify-requests › a delayed request whose client has gone counts, and one of before a reset does not'
    }
  ],
  'src/service/watch/matching-deliveries.ts': [
    {
      name: 'deliveries that changed together are compared out of order',
      text: '[...later.values()].sort((one, other) => (one.sent ?? 0) - (other.sent ?? 0))',
      instead: '[...later.values()].reverse()',
      test: '86-verify-sent-and-order › deliveries that changed together are searched in the order in which they were sent'
    }
  ],
  'src/service/watch/shared-reads.ts': [
    {
      name: 'each verification reads the whole log',
      text: 'parts.set(key, part)',
      instead: '',
      test: '86-verify-sent-and-order › many verifications that begin together read each delivery once'
    },
    {
      name: 'what was read is kept although it has changed',
      text: "subscribe('delivery', invalidate)",
      instead: '',
      test: '86-verify-sent-and-order › counting and searching while waiting give the result of a search from the start'
    },
    {
      name: 'what was dropped is read again',
      text: 'if (droppedNow !== dropped) parts.clear()',
      instead: '',
      test: '86-verify-sent-and-order › many verifications that begin together read each delivery once'
    }
  ],
  'src/service/watch/bursts.ts': [
    {
      name: 'a burst of webhooks is given to all readers in one turn',
      text: 'items.length * costOf() <= COST_PER_PIECE',
      instead: 'items.length >= 0',
      test: '95-stalls › a burst of webhooks is given to many readers of the stream a few in each turn, in its order'
    },
    {
      name: 'a later event overtakes a burst',
      text: 'if (next >= waiting.length && items',
      instead: 'if (items',
      test: '95-stalls › a burst of webhooks is given to many readers of the stream a few in each turn, in its order'
    }
  ],
  'src/service/watch/verify.ts': [
    {
      name: 'a long journal is read in one go',
      text: '(await changes.inTurn(readPart))) {}\n    })',
      instead: 'readPart()) {}\n    })',
      test: '95-stalls › other requests are answered while many verifications wait'
    },
    {
      name: 'a count holds although entries were dropped',
      text: 'missing === 0 || !needsWholeLog(expected) ||',
      instead: 'missing >= 0 || !needsWholeLog(expected) ||',
      test: '86-clock-and-verification › a count is not verified if dropped deliveries could have changed it'
    }
  ],
  'src/service/watch/changes.ts': [
    {
      name: 'all waiting verifications are checked in one turn',
      text: 'void inTurn(() => {',
      instead: 'setImmediate(() => {',
      test: '95-stalls › other requests are answered while many verifications wait'
    },
    {
      name: 'all changes are read in one turn',
      text: 'if (readChanges?.()) return evaluateSoon(waiter)',
      instead: 'while (readChanges?.());',
      test: '86-clock-and-verification › what has changed is read in parts, a few in each turn, before a waiter is checked'
    }
  ],
  'src/http/parts.ts': [
    {
      name: 'a long list is printed in one go',
      text: 'await inTurn(() => parts.next())',
      instead: 'parts.next()',
      test: '95-stalls › other requests are answered while a long list is printed: › deliveries and calls'
    }
  ],
  'src/service/calls/fire.ts': [
    {
      name: 'a moment fires any number of events',
      text: 'let left = MAX_FIRED',
      instead: 'let left = Number.MAX_SAFE_INTEGER',
      test: '95-stalls › the moments of a call fire at most 1,000 events at one time: › of events that were armed after the call was placed, the first fire and the rest is counted'
    }
  ],
  'src/http/control/stream.ts': [
    {
      name: 'an event is printed for each of its readers',
      text: 'printed.set(event, bytes)',
      instead: '',
      test: '94-stream-and-metrics › an event is printed once, however many clients read it'
    },
    {
      name: 'a reader that reads nothing stays connected',
      text: 'if (reader.isBehind()) end(() => raw.destroy())',
      instead: '',
      test: '94-stream-and-metrics › a stream › disconnects a client that does not read, with a bounded buffer until then'
    }
  ],
  'src/http/hooks/journal.ts': [
    {
      name: 'a request of before a reset is recorded after it',
      text: 'answeredOnSocket.has(raw) || context.isOfReplacedState) return',
      instead: 'answeredOnSocket.has(raw)) return',
      test: '93-faults › a delayed request that a reset or a restore overtakes is not in the journal of the new state'
    },
    {
      name: 'an unreadable request is recorded twice',
      text: 'if (request) answeredOnSocket.add(request)',
      instead: '',
      test: '88-journal › an unreadable request is recorded once, with the parts that could be read'
    }
  ]
}
