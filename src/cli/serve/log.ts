/** Destination of log lines. */
export interface LogStream {
  /** @param line one JSON object */
  write(line: string): void
  /** Resolves when every line has been written. */
  flush(): Promise<void>
}

/** How long the first line is held back, so that loading pino-pretty does not slow the start, in milliseconds. */
const LOAD_DELAY_MS = 100

/** Writes log lines as JSON, or formatted by pino-pretty, which is loaded after the first line. */
export function createLogStream(format: 'pretty' | 'json', write: (text: string) => void): LogStream {
  if (format === 'json') return { write, flush: async () => {} }
  let print: ((line: string) => string) | undefined
  let loading: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const pending: string[] = []

  const load = async () => {
    const { prettyFactory } = await import('pino-pretty')
    print = prettyFactory({
      colorize: false,
      ignore: 'pid,hostname,reqId',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true
    })
    for (const line of pending.splice(0)) write(print(line))
  }
  return {
    write(line) {
      if (print) return write(print(line))
      pending.push(line)
      timer ??= setTimeout(() => {
        loading ??= load()
      }, LOAD_DELAY_MS)
    },
    async flush() {
      clearTimeout(timer)
      if (pending.length > 0) loading ??= load()
      await loading
    }
  }
}
