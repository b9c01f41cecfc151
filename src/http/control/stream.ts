import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { ControlApi } from '../../schema/control-api.js'
import type { StreamEvent } from '../../schema/stream.js'
import { inTurn } from '../../service/turns.js'
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
  let unsent: Buffer[] = [] // what is written in a later turn, behind the answer to the request that caused it
  let collected = 0
  const write = (): number => {
    if (unsent.length === 0) return 0 // the connection has ended
    const bytes = join(unsent)
    unsent = []
    collected = 0
    raw.write(bytes)
    return bytes.length
  }
  const collectEvents = () => {
    while (raw.writableLength + collected < MAX_BUFFERED) {
      const event = reader.next()
      if (event === undefined) return
      const bytes = printEvent(event)
      if (unsent.length === 0) writeSoon(write)
      unsent.push(bytes)
      collected += bytes.length
    }
    if (reader.isBehind()) end(() => raw.destroy())
  }
  const end = (close: () => void) => {
    reader.unsubscribe()
    clearInterval(keepAlive)
    close()
    unsent = []
  }
  const reader = subscribe({ onReadable: collectEvents, onEnd: () => end(() => raw.end(join(unsent))) })
  const keepAlive = setInterval(() => raw.writableLength < MAX_BUFFERED && raw.write(':\n\n'), KEEP_ALIVE_MS).unref()

  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no' // a proxy that buffers would delay the events
  })
  raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders) // none of ours is undefined
  // With an id, so that a client that has received no event yet can reconnect without missing one.
  raw.write(`retry: ${RECONNECT_MS}\nid: ${reader.lastEventId()}\n\n`)
  raw.on('drain', collectEvents)
  raw.once('close', () => end(() => {}))
  collectEvents()
}

/** How many clients are written to in one piece of work, and how many bytes: a few milliseconds. */
const CLIENTS_PER_PIECE = 50
const BYTES_PER_PIECE = 1024 * 1024

/** Writes to a client when its turn has come: a burst of events for many clients is spread over turns of the event loop. */
function writeSoon(write: () => number): void {
  if (writers.length === 0) void inTurn(writePiece)
  writers.push(write)
}

function writePiece(): void {
  let bytes = 0
  let clients = 0
  while (clients < writers.length && clients < CLIENTS_PER_PIECE && bytes < BYTES_PER_PIECE) {
    bytes += writers[clients]?.() ?? 0
    clients += 1
  }
  writers = writers.slice(clients)
  if (writers.length > 0) void inTurn(writePiece)
}

let writers: (() => number)[] = []

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

/** The bytes of several events, in one piece: clients that read the same events share it. */
function join(parts: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = parts
  if (parts.length <= 1) return first
  const known = joined.get(first)
  if (known?.parts.length === parts.length && known.parts.every((part, index) => part === parts[index]))
    return known.bytes
  const bytes = Buffer.concat(parts)
  joined.set(first, { parts, bytes })
  return bytes
}

/** What was joined last, by its first part. */
const joined = new WeakMap<Buffer, { parts: readonly Buffer[]; bytes: Buffer }>()
