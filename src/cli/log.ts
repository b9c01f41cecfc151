/** Where log lines go: one JSON object a line comes in. */
export interface LogStream {
  write(line: string): void
  /** Waits until everything that came in has been written. */
  flush(): Promise<void>
}

/**
 * Writes log lines as they are, or for people to read. What makes them readable is loaded with the first line, because
 * most starts log nothing.
 */
export function createLogStream(format: 'pretty' | 'json', write: (text: string) => void): LogStream {
  if (format === 'json') return { write, flush: async () => {} }
  let print: ((line: string) => string) | undefined
  let loading: Promise<void> | undefined
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
      loading ??= load()
    },
    flush: async () => loading
  }
}
