// Requests: limits, ambiguous requests, paging and filters, CORS, and the secrets that no journal shows.

/** @type {Readonly<Record<string, readonly Omit<import('../faults.mjs').Fault, 'file'>[]>>} */
export const HTTP = {
  'src/schema/body-bounds.ts': [
    {
      name: 'a body of the vendor may be larger',
      text: 'uapi: { bytes: 64 * 1024,',
      instead: 'uapi: { bytes: 128 * 1024,',
      test: '20-errors › every limit is exact: one less and the limit itself are accepted, one more is refused'
    }
  ],
  'src/domain/collection.ts': [
    {
      name: 'a list links beyond the last start index',
      text: 'next < total && next <= START_INDEX.maximum',
      instead: 'next < total',
      test: '40-list › a collection › has no next link beyond startIndex 5,000'
    },
    {
      name: 'a token stands in the link of the next page',
      text: "if (name === TOKEN_PARAMETER || name === 'startIndex'",
      instead: "if (name === 'startIndex'",
      test: '40-list › a collection › links all pages forwards and backwards, with every parameter except the token'
    }
  ],
  'src/domain/listing.ts': [
    {
      name: 'a count has no maximum',
      text: 'if (number < minimum || number > maximum) throw',
      instead: 'if (number < minimum) throw',
      test: '20-errors › every limit is exact: one less and the limit itself are accepted, one more is refused'
    },
    {
      name: 'a repeated parameter is accepted',
      text: "if (typeof sent !== 'string') throw new UapiError(code, 'value_repeated')",
      instead: "if (typeof sent !== 'string') return sent[0]",
      test: '20-errors › every error of the catalogue is answered in the envelope, and changes no event and places no call'
    }
  ],
  'src/domain/masking.ts': [
    {
      name: 'cookies are not masked',
      text: 'return value.replace(/([^;=]*)(=?)([^;]*)/g, maskCookie)',
      instead: 'return value',
      test: '88-journal › secrets are masked in every part of a request'
    },
    {
      name: 'members of a JSON body are not masked',
      text: 'isSecretName(name.trim()) ? MASK : member',
      instead: "isSecretName('') ? MASK : member",
      test: '88-journal › secrets are masked in every body format, header and query'
    },
    {
      name: 'addresses inside of addresses are not masked',
      text: 'depth < MAX_DEPTH ? maskNested(value, pairs, depth + 1) : value',
      instead: 'value',
      test: '88-journal › secrets are masked in addresses inside of addresses, and behind a semicolon'
    }
  ],
  'src/store/phone-call-events.ts': [
    {
      name: 'a filter ignores letter case',
      text: ', @value) > 0`',
      instead: ', lower(@value)) > 0`',
      test: '40-list › parameters › are compared literally: % and _ are no wildcards, and letter case matters'
    },
    {
      name: 'a deleted event is still counted',
      text: 'counts.change({ user, extension, type }, -1)',
      instead: 'counts.change({ user, extension, type }, 0)',
      test: '89-reset-and-snapshots › the total of a list is correct after every change'
    }
  ],
  'src/store/event-counts.ts': [
    {
      name: 'the numbers of events survive a rollback',
      text: 'onRollback(invalidate)\n',
      instead: '\n',
      test: '60-database › caches are discarded when a transaction is rolled back'
    }
  ],
  'src/http/har/entries.ts': [
    {
      name: 'the headers of webhooks in a HAR are not masked',
      text: 'const headers = pairsOf(maskHeaders(rawOf(request.headers)))',
      instead: 'const headers = pairsOf(request.headers)',
      test: '88-har › each attempt of a delivery is an entry, masked, with binary answers as Base64'
    },
    {
      name: 'the body of a webhook in a HAR is not masked',
      text: 'const sent = { text: maskRequestBody(new TextEncoder().encode(request.body)),',
      instead: 'const sent = { text: request.body,',
      test: '88-har › each attempt of a delivery is an entry, masked, with binary answers as Base64'
    }
  ],
  'src/http/hooks/bodies.ts': [
    {
      name: 'a compressed body stands in the journal',
      text: 'contextOf(request).body = coded ? MASK : body',
      instead: 'contextOf(request).body = body',
      test: '75-http › a body with a Content-Encoding is refused with 415, which names it, and is in the journal'
    }
  ],
  'src/http/hooks/cors.ts': [
    {
      name: 'the pages of every origin may send cookies',
      text: "return value === '*' ? headers : {",
      instead: "return value === '' ? headers : {",
      test: '77-cors › "*" opens the surface of the vendor and OAuth only, without cookies; a named origin beside it opens all'
    },
    {
      name: 'a preflight of any origin is answered',
      text: ' || !requested || !allowOrigin(origin, url)) return',
      instead: ' || !requested) return',
      test: '77-cors › any other OPTIONS is answered as ever, and is in the journal'
    }
  ],
  'src/http/hooks/guard.ts': [
    {
      name: 'two Host headers are accepted',
      text: 'if (++host > 1) throw',
      instead: 'if (++host > 9) throw',
      test: '75-http › malformed HTTP and ambiguous requests are refused in the vendor envelope'
    },
    {
      name: 'a target may have any length',
      text: 'if (originalUrl.length > LIMITS.target) throw',
      instead: 'if (originalUrl.length > LIMITS.headerBytes) throw',
      test: '20-errors › every limit is exact: one less and the limit itself are accepted, one more is refused'
    },
    {
      name: 'a Host is not checked',
      text: 'if (!isHostAllowed(host, allowed)) throw',
      instead: "if (host === '' && !isHostAllowed(host, allowed)) throw",
      test: '30-access › a Host that a web page could choose is refused before any other check, in the error format of the surface'
    },
    {
      name: 'requests are served during the shutdown',
      text: 'if (!request.routeOptions.config?.whileStopping) throw',
      instead: "if (request.url === '') throw",
      test: '77-request-guards › during shutdown every surface answers an error in its own format, and health and livez still answer'
    }
  ],
  'src/http/server/fair-scheduler.ts': [
    {
      name: 'a request overtakes those that are queued',
      text: 'if (!isIdle() || !hasRoom) return',
      instead: 'if (!hasRoom) return',
      test: '77-request-guards › queued requests start in their order, as many in a turn as two milliseconds hold'
    },
    {
      name: 'a read overtakes the writes of its connection',
      text: 'if (connection.queued === 0) connection.queue =',
      instead: 'connection.queue =',
      test: '77-request-guards › a request that reads does not wait for all that write, but for those before it on its connection'
    },
    {
      name: 'queued requests start without an end in one turn',
      text: 'else if (now() >= pairsEnd) return',
      instead: '',
      test: '77-request-guards › queued requests start in their order, as many in a turn as two milliseconds hold'
    },
    {
      name: 'a queue keeps the requests that have started',
      text: 'ring[next] = undefined',
      instead: '',
      test: '77-request-guards › nothing is kept of a request that has started, although others are always queued'
    },
    {
      name: 'a read waits for everyone who writes',
      text: 'isRead ? queues.reads : queues.writes',
      instead: 'isRead ? queues.writes : queues.writes',
      test: '77-request-guards › a request that reads does not wait for all that write, but for those before it on its connection'
    }
  ],
  'src/http/server/options.ts': [
    {
      name: 'headers may take for ever',
      text: 'headersTimeout: 10_000,',
      instead: 'headersTimeout: 0,',
      test: '75-http › a request has 30 seconds to arrive, and its headers have 10'
    },
    {
      name: 'a request may take five minutes',
      text: 'requestTimeout: 30_000,',
      instead: 'requestTimeout: 300_000,',
      test: '75-http › a request has 30 seconds to arrive, and its headers have 10'
    }
  ],
  'src/http/server/server.ts': [
    {
      name: 'the time limits do not reach the server',
      text: 'headersTimeout: timeouts.headersTimeout,',
      instead: 'headersTimeout: 0,',
      test: '75-http › a request has 30 seconds to arrive, and its headers have 10'
    },
    {
      name: 'a request behind the end of a connection is carried out',
      text: 'return response.socket.writable ? handler(request, response) : undefined',
      instead: 'return handler(request, response)',
      test: '75-http › what is pipelined behind an answer that closes the connection is not carried out'
    }
  ],
  'src/http/app.ts': [
    {
      name: 'requests that were sent before the shutdown are lost',
      text: 'await drain(drainMs)\n    await scheduler.drained()',
      instead: 'await drain(0)',
      test: '77-request-guards › many concurrent requests from before the shutdown are all answered'
    }
  ]
}
