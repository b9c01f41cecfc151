import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { ControlApi } from '../../schema/control-api.js'
import type { AnswerCount } from '../hooks/count-answers.js'
import type { Handler } from './route.js'

/** Memory of the process, in bytes. */
export interface MemoryUsage {
  rss: number
  heapUsed: number
  heapTotal: number
}

/** Sources of the metrics of the whole process. */
export interface MetricsOptions {
  answers: () => readonly AnswerCount[]
  /** The number of sandboxes, the default one included. */
  sandboxes: () => number
  memoryUsage?: (() => MemoryUsage) | undefined
}

/** The content type of Prometheus' text format. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Answers with metrics for Prometheus. The library is loaded, and the event loop monitored, from the first request on.
 * @returns the handler, and a function that stops the monitor
 */
export function createMetrics({ answers, sandboxes, memoryUsage }: MetricsOptions): {
  getMetrics: Handler<ControlApi['getMetrics']>
  close(): void
} {
  let delay: IntervalHistogram | undefined
  const readDelay = () => {
    delay ??= startMonitor()
    const seen = { p50: delay.percentile(50), p99: delay.percentile(99), max: delay.max }
    delay.reset()
    // The histogram has the time between two samples, the sampling interval included.
    const late = (at: keyof typeof seen) => Math.max(0, seen[at] * NANOSECONDS - SAMPLE_MS / 1_000)
    return { p50: late('p50'), p99: late('p99'), max: late('max') }
  }
  return {
    async getMetrics({ sandbox }, reply) {
      const { calls, deliveries } = sandbox.countsByState()
      const text = await printMetrics([
        counterOfAnswers(answers()),
        gauge('deliveries', 'Deliveries in the log, by state.', 'state', deliveries),
        gauge('calls', 'Calls in the log, by state.', 'state', calls),
        gauge('sandboxes', 'Sandboxes, the default one included.', undefined, { all: sandboxes() }),
        gauge('event_loop_delay_seconds', 'Event loop delay since the last scrape.', 'at', readDelay()),
        ...(memoryUsage ? memory(memoryUsage()) : [])
      ])
      reply.type(TYPE)
      return text
    },
    close: () => void delay?.disable()
  }
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

/** The sampling interval of the event loop, in milliseconds. */
const SAMPLE_MS = 10

const counterOfAnswers = (answers: readonly AnswerCount[]): Metric => ({
  kind: 'Counter',
  name: `${PREFIX}requests_total`,
  help: 'Answered requests, by surface, operation and status class.',
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

/** Memory, under the names of Prometheus' own clients. */
function memory({ rss, heapUsed, heapTotal }: MemoryUsage): Metric[] {
  return [
    ['process_resident_memory_bytes', 'Resident memory.', rss] as const,
    ['nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed] as const,
    ['nodejs_heap_size_total_bytes', 'Heap size.', heapTotal] as const
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
  const monitor = monitorEventLoopDelay({ resolution: SAMPLE_MS })
  monitor.enable()
  return monitor
}
