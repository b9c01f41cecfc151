/** Where log lines go: one JSON object a line comes in. */
export interface LogStream {
  write(line: string): void
  /** Waits until everything that came in has been written. */
  flush(): Promise<void>
}

/** How long the first line waits for the start to be over, in milliseconds. */
const PATIENCE = 100

/**
 * Writes log lines as they are, or for people to read. What makes them readable is loaded when the first line has come
 * and the start is over, which need not wait for it.
 */
export function createLogStream(format: 'pretty' | 'json', write: (text: string) => void): LogStream {
  if (format === 'json') return { write, flush: async () => {} }
  let print: ((line: string) => string) | undefined
  let loading: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const waiting: string[] = []

  const load = async () => {
    const { prettyFactory } = await import('pino-pretty')
    print = prettyFactory({
      colorize: false,
      ignore: 'pid,hostname,reqId',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true
    })
    for (const line of waiting.splice(0)) write(print(line))
  }
  return {
    write(line) {
      if (print) return write(print(line))
      waiting.push(line)
      timer ??= setTimeout(() => {
        loading ??= load()
      }, PATIENCE)
    },
    async flush() {
      clearTimeout(timer)
      if (waiting.length > 0) loading ??= load()
      await loading
    }
  }
}
