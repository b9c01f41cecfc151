import { hostname } from 'node:os'
import type { Activity, RequestLine, WebhookLine } from '../../app.js'
import { renderRequest, renderWebhook } from './activity-lines.js'

/** Destination of log lines, of two kinds: those of the logger, and those of requests and webhooks. */
export interface LogStream {
  /** Writes a line of the logger at once. @param line one JSON object */
  write(line: string): void
  /** Writes lines of requests and webhooks within 25 ms, many at a time: each write costs a system call. */
  activity: Activity
  /** Resolves when every line has been written. */
  flush(): Promise<void>
}

/** How long the first line is held back, so that loading pino-pretty does not slow the start, in milliseconds. */
const LOAD_DELAY_MS = 100

/** How long lines of requests and webhooks are collected, in milliseconds, and how many characters at most. */
const COLLECT_MS = 25
const MAX_COLLECTED = 65_536

/** Writes log lines as JSON, or as text: those of the logger by pino-pretty, which is loaded after the first one. */
export function createLogStream(
  { format, pid }: { format: 'pretty' | 'json'; pid: number },
  write: (text: string) => void
): LogStream {
  const output = createBatch(write)
  if (format === 'json') return { write: output.writeNow, activity: jsonLines(pid, output.add), flush: output.flush }
  let print: ((line: string) => string) | undefined
  let loading: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const pending: (() => string)[] = [] // everything since the first line of the logger, in order

  const load = async () => {
    const { prettyFactory } = await import('pino-pretty')
    print = prettyFactory({
      colorize: false,
      ignore: 'pid,hostname,reqId',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true
    })
    for (const text of pending.splice(0)) output.writeNow(text())
  }
  const add = (text: string) => {
    const line = `[${timeOfDay()}] ${text}\n`
    if (pending.length === 0) output.add(line)
    else pending.push(() => line)
  }
  return {
    write(line) {
      if (print) return output.writeNow(print(line))
      pending.push(() => print?.(line) ?? line)
      timer ??= setTimeout(() => {
        loading ??= load()
      }, LOAD_DELAY_MS)
    },
    activity: { request: line => add(renderRequest(line)), webhook: line => add(renderWebhook(line)) },
    async flush() {
      clearTimeout(timer)
      if (pending.length > 0) loading ??= load()
      await loading
      await output.flush()
    }
  }
}

/** Lines with the members that those of the logger have. */
function jsonLines(pid: number, add: (text: string) => void): Activity {
  const base = JSON.stringify({ pid, hostname: hostname() }).slice(1, -1)
  const print = (line: RequestLine | WebhookLine, msg: string) =>
    add(`{"level":30,"time":${Date.now()},${base},${JSON.stringify(line).slice(1, -1)},"msg":"${msg}"}\n`)
  return { request: line => print(line, 'request'), webhook: line => print(line, 'webhook') }
}

/** Collects texts and writes them together. */
function createBatch(write: (text: string) => void) {
  let collected = ''
  let isScheduled = false
  const writeAll = () => {
    isScheduled = false
    if (collected === '') return
    const texts = collected
    collected = ''
    write(texts)
  }
  return {
    add(text: string): void {
      collected += text
      if (collected.length > MAX_COLLECTED) writeAll()
      else if (!isScheduled) {
        isScheduled = true
        setTimeout(writeAll, COLLECT_MS).unref()
      }
    },
    writeNow(text: string): void {
      collected += text
      writeAll()
    },
    flush: async () => writeAll()
  }
}

let second = { at: Number.NaN, text: '' }

/** The time of day of the machine, as pino-pretty prints it. It is formatted once a second. */
function timeOfDay(): string {
  const now = Date.now()
  const at = Math.floor(now / 1000)
  if (at !== second.at) second = { at, text: new Date(now).toTimeString().slice(0, 8) }
  return `${second.text}.${String(now - at * 1000).padStart(3, '0')}`
}
