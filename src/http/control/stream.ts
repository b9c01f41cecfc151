import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { ControlApi } from '../../schema/control-api.js'
import type { StreamEvent } from '../../schema/stream.js'
import type { FeedSubscription } from '../../service/watch/feed.js'
import { createPacedReader, type PacedReader } from '../../service/watch/paced-reader.js'
import { countAnswer } from '../hooks/count-answers.js'
import type { Handler } from './route.js'

/** Writing to a slow client pauses when this many bytes are buffered. */
const MAX_BUFFERED = 1024 * 1024

/** The interval of the comments that keep an idle connection open, in milliseconds. */
const KEEP_ALIVE_MS = 15_000

/** Delay before a browser reconnects, in milliseconds. */
const RECONNECT_MS = 1_000

/** Streams events as they happen. @source control-api.md "Watching and verifying" */
export const streamEvents: Handler<ControlApi['getStream']> = async (request, reply) => {
  const { sandbox, query, headers } = request
  const { types, lastEventId, everyMs = 0 } = query
  const after = headers['last-event-id'] ?? lastEventId
  // The pattern of the schema has checked both.
  const requestedTypes = types?.split(',') as FeedSubscription['types']
  reply.hijack()
  reply.raw.once('close', () => reply.raw.writableFinished || countAnswer(request, reply))
  const subscription = { types: requestedTypes, after: after === undefined ? undefined : Number(after) }
  sendEvents(reply, callbacks =>
    everyMs === 0
      ? sandbox.feed.subscribe({ ...subscription, ...callbacks })
      : createPacedReader(sandbox.feed, { ...subscription, ...callbacks, everyMs })
  )
}

/**
 * Writes events with backpressure. A client that reads nothing until events are dropped is disconnected: it can
 * reconnect with the id of its last event.
 */
function sendEvents(reply: FastifyReply, subscribe: (callbacks: Callbacks) => PacedReader): void {
  const { raw } = reply
  let collected = 0
  const writeEvents = () => {
    while (raw.writableLength + collected < MAX_BUFFERED) {
      const event = reader.next()
      if (event === undefined) return
      const bytes = printEvent(event)
      if (collected === 0) corkForTurn(raw, () => (collected = 0))
      collected += bytes.length // Node does not count what is corked
      raw.write(bytes)
    }
    if (reader.isBehind()) end(() => raw.destroy())
  }
  const end = (close: () => void) => {
    reader.unsubscribe()
    clearInterval(keepAlive)
    close()
  }
  const reader = subscribe({ onReadable: writeEvents, onEnd: () => end(() => raw.end()) })
  const keepAlive = setInterval(() => raw.writableLength < MAX_BUFFERED && raw.write(':\n\n'), KEEP_ALIVE_MS).unref()

  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no' // a proxy that buffers would delay the events
  })
  raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders) // none of ours is undefined
  // With an id, so that a client that has received no event yet can reconnect without missing one.
  raw.write(`retry: ${RECONNECT_MS}\nid: ${reader.lastEventId()}\n\n`)
  raw.on('drain', writeEvents)
  raw.once('close', () => end(() => {}))
  writeEvents()
}

/** Collects what is written in this turn of the event loop to one write after it, behind the answer to the request that caused it. */
function corkForTurn(raw: ServerResponse, onUncork: () => void): void {
  if (corked.size === 0) setImmediate(uncorkAll)
  corked.set(raw, onUncork)
  raw.cork()
}

function uncorkAll(): void {
  const all = [...corked]
  corked.clear()
  for (const [raw, onUncork] of all) {
    onUncork()
    raw.uncork()
  }
}

const corked = new Map<ServerResponse, () => void>()

type Callbacks = Pick<FeedSubscription, 'onReadable' | 'onEnd'>

/** The bytes of an event: all readers of the same event share them, also while they wait for slow ones. */
function printEvent(event: StreamEvent): Buffer {
  const known = printed.get(event)
  if (known !== undefined) return known
  const { id, type, data } = event
  const bytes = Buffer.from(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
  printed.set(event, bytes)
  return bytes
}

const printed = new WeakMap<StreamEvent, Buffer>()
