import Type from 'typebox'
import { DROPPED, STREAM_TYPES, StreamHeaders, StreamQuery } from '../stream.js'
import type { ControlOperation } from './operation.js'

const reasons = Object.entries(DROPPED).map(([reason, meaning]) => `\`${reason}\`: ${meaning}`)

const EventStream = Type.Unsafe<void>({
  description: `Server-sent events: ${STREAM_TYPES.map(type => `\`${type}\``).join(', ')}, and \`dropped\` where some are missing (${reasons.join('; ')}).`,
  content: { 'text/event-stream': { schema: { type: 'string' } } }
})

const Metrics = Type.Unsafe<string>({
  description: 'Metrics in the text format of Prometheus.',
  content: { 'text/plain': { schema: { type: 'string' } } }
})

/** Events as they happen, and metrics. @source control-api.md "Watching and verifying" */
export const WATCHING = {
  getStream: {
    method: 'GET',
    path: '/stream',
    tag: 'Watching',
    summary: 'Stream events',
    description:
      'Sends requests when they are answered, and calls, deliveries, clock, faults, settings and state whenever they change, until the client disconnects. The stream of the default sandbox also has the sandboxes that are created and end.',
    query: StreamQuery,
    headers: StreamHeaders,
    responses: { 200: EventStream }
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    tag: 'Watching',
    summary: 'Get metrics for Prometheus',
    responses: { 200: Metrics },
    head: true
  }
} as const satisfies Record<string, ControlOperation>
