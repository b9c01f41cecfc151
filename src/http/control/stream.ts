import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { DROPPED, STREAM_TYPES, type StreamEvent, StreamHeaders, StreamQuery } from '../../schema/stream.js'
import type { Feed, FeedSubscription } from '../../service/watch/feed.js'
import { countAnswer } from '../hooks/count-answers.js'
import { described } from './described.js'

/** How many bytes may wait for a reader to read them, before he is told nothing more until he has. */
const MAX_UNREAD = 1024 * 1024

/** How often a line is sent that says nothing and keeps the connection open, in milliseconds. */
const KEEP_OPEN = 15_000

/** After how long a browser connects again, in milliseconds. */
const RETRY = 1_000

const reasons = Object.entries(DROPPED).map(([reason, meaning]) => `\`${reason}\`: ${meaning}`)

const Events = Type.Unsafe<undefined>({
  description: `Server-sent events: ${STREAM_TYPES.map(type => `\`${type}\``).join(', ')}, and \`dropped\` where some are missing (${reasons.join('; ')}).`,
  content: { 'text/event-stream': { schema: { type: 'string' } } }
})

/** What happens, as it happens. @source control-api.md "Watching and verifying" */
export const streamRoutes: FastifyPluginAsyncTypebox = async app => {
  const schema = described(
    'getStream',
    'Watching',
    'Tells of requests as they are answered, and of calls and deliveries whenever they change, until the client goes.',
    { 200: Events },
    ['request_invalid']
  )
  app.get('/stream', { schema: { ...schema, querystring: StreamQuery, headers: StreamHeaders } }, (request, reply) => {
    const { sandbox, query, headers } = request
    const { types, lastEventId } = query
    const after = headers['last-event-id'] ?? lastEventId
    // Both are as the pattern of the schema has them.
    const wanted = types?.split(',') as FeedSubscription['types']
    reply.hijack()
    reply.raw.once('close', () => reply.raw.writableFinished || countAnswer(request, reply))
    tell(reply, sandbox.feed, { types: wanted, after: after === undefined ? undefined : Number(after) })
  })
}

/**
 * Tells a reader what happens, as fast as he reads. One who reads nothing while a mebibyte waits for him, and who misses
 * something by that, is let go: he can come back and say where he was.
 */
function tell(reply: FastifyReply, feed: Feed, subscription: Pick<FeedSubscription, 'types' | 'after'>): void {
  const { raw } = reply
  const tellMore = () => {
    while (raw.writableLength < MAX_UNREAD) {
      const event = follower.next()
      if (event === undefined) return
      raw.write(printEvent(event))
    }
    if (follower.isBehind()) letGo(() => raw.destroy())
  }
  const letGo = (how: () => void) => {
    follower.unsubscribe()
    clearInterval(keepOpen)
    how()
  }
  const follower = feed.subscribe({ ...subscription, onReadable: tellMore, onEnd: () => letGo(() => raw.end()) })
  const keepOpen = setInterval(() => raw.writableLength < MAX_UNREAD && raw.write(':\n\n'), KEEP_OPEN).unref()

  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no' // a proxy that collects would be silent
  })
  raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders) // none of ours is undefined
  raw.write(`retry: ${RETRY}\nid: ${follower.lastEventId()}\n\n`) // with an id, so that nothing is missed by who is told of nothing
  raw.on('drain', tellMore)
  raw.once('close', () => letGo(() => {}))
  tellMore()
}

const printEvent = ({ id, type, data }: StreamEvent): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
