import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { AnswerCount } from '../hooks/count-answers.js'
import { described } from './described.js'

/** Memory of the process, in bytes. */
export interface MemoryUsage {
  rss: number
  heapUsed: number
  heapTotal: number
}

/** What the metrics are of, beside the sandbox of a request. */
export interface MetricsOptions {
  answers: () => readonly AnswerCount[]
  /** How many sandboxes there are. */
  sandboxes: () => number
  memoryUsage?: (() => MemoryUsage) | undefined
}

/** What Prometheus calls its text. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const Metrics = Type.Unsafe<string>({
  description: 'Text for Prometheus.',
  content: { 'text/plain': { schema: { type: 'string' } } }
})

/** Numbers for Prometheus. Whoever never asks never pays: the library is loaded when somebody first does. */
export const metricsRoutes: FastifyPluginAsyncTypebox<MetricsOptions> = async (app, options) => {
  let delay: IntervalHistogram | undefined
  const readDelay = () => {
    delay ??= startMonitor()
    const seen = { p50: delay.percentile(50), p99: delay.percentile(99), max: delay.max }
    delay.reset()
    // What it measures is the time between two looks.
    const late = (at: keyof typeof seen) => Math.max(0, seen[at] * NANOSECONDS - LOOK / 1_000)
    return { p50: late('p50'), p99: late('p99'), max: late('max') }
  }
  app.addHook('onClose', async () => void delay?.disable())

  const schema = described('getMetrics', 'Watching', 'Numbers for Prometheus.', { 200: Metrics }, ['request_invalid'])
  app.get('/metrics', { schema }, async ({ sandbox }, reply) => {
    const { calls, deliveries } = sandbox.tally()
    const text = await printMetrics([
      counterOfAnswers(options.answers()),
      gauge('deliveries', 'Deliveries that are remembered, by their state.', 'state', deliveries),
      gauge('calls', 'Calls that are remembered, by their state.', 'state', calls),
      gauge('sandboxes', 'Sandboxes, the default one among them.', undefined, { all: options.sandboxes() }),
      gauge('event_loop_delay_seconds', 'Since it was last asked for.', 'at', readDelay()),
      ...(options.memoryUsage ? memory(options.memoryUsage()) : [])
    ])
    return reply.type(TYPE).send(text)
  })
}

interface Metric {
  kind: 'Counter' | 'Gauge'
  name: string
  help: string
  labelNames: string[]
  values: { labels: Record<string, string>; value: number }[]
}

const PREFIX = 'uapi_emulator_'
const NANOSECONDS = 1e-9

/** How often the event loop is looked at, in milliseconds. */
const LOOK = 10

const counterOfAnswers = (answers: readonly AnswerCount[]): Metric => ({
  kind: 'Counter',
  name: `${PREFIX}requests_total`,
  help: 'Requests that were answered, by surface, operation and class of their status.',
  labelNames: ['surface', 'operation', 'status'],
  values: answers.flatMap(({ surface, operation, classes }) =>
    classes.flatMap((value, at) => (value === 0 ? [] : [{ labels: { surface, operation, status: `${at}xx` }, value }]))
  )
})

function gauge(name: string, help: string, label: string | undefined, values: Record<string, number>): Metric {
  return {
    kind: 'Gauge',
    name: `${PREFIX}${name}`,
    help,
    labelNames: label === undefined ? [] : [label],
    values: Object.entries(values).map(([key, value]) => ({
      labels: label === undefined ? {} : { [label]: key },
      value
    }))
  }
}

/** By the names that Prometheus' own clients give them. */
function memory({ rss, heapUsed, heapTotal }: MemoryUsage): Metric[] {
  return [
    ['process_resident_memory_bytes', 'Resident memory.', rss] as const,
    ['nodejs_heap_size_used_bytes', 'Heap that is used.', heapUsed] as const,
    ['nodejs_heap_size_total_bytes', 'Heap that is there.', heapTotal] as const
  ].map(([name, help, value]) => ({ kind: 'Gauge', name, help, labelNames: [], values: [{ labels: {}, value }] }))
}

async function printMetrics(metrics: Metric[]): Promise<string> {
  const prometheus = await import('prom-client')
  const registry = new prometheus.Registry()
  for (const { kind, name, help, labelNames, values } of metrics) {
    const metric = new prometheus[kind]({ name, help, labelNames, registers: [registry] })
    for (const { labels, value } of values) metric.inc(labels, value)
  }
  return registry.metrics()
}

function startMonitor(): IntervalHistogram {
  const monitor = monitorEventLoopDelay({ resolution: LOOK })
  monitor.enable()
  return monitor
}
