import { connect } from 'node:net'

/** An answer as it came over the wire: header names in the letter case that they were sent in. */
export interface WireAnswer {
  status: number
  headers: [name: string, value: string][]
  body: string
  /** All that came, which may be more than one answer. */
  text: string
}

/** Sends bytes on a connection of its own and waits until the server closes it, or `until` says that enough came. */
export function send(
  port: number,
  bytes: string | Buffer,
  { until = () => false, thenEnd = false }: { until?: (text: string) => boolean; thenEnd?: boolean } = {}
): Promise<WireAnswer> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    const text = () => Buffer.concat(chunks).toString('utf8')
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (until(text())) socket.destroy()
    })
    socket.on('error', error => (chunks.length > 0 ? undefined : fail(error)))
    socket.on('close', () => done(parse(text())))
    socket.write(bytes)
    if (thenEnd) socket.end()
  })
}

/** A request as text. It asks for the connection to be closed, so that the answer has an end. */
export const request = (line: string, headers: string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', body].join('\r\n')

/** The value of a header, its name compared to the letter. */
export const headerOf = ({ headers }: WireAnswer, name: string): string | undefined =>
  headers.find(([known]) => known === name)?.[1]

function parse(text: string): WireAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return { status: Number(statusLine.split(' ')[1]), headers, body: text.slice(end + 4), text }
}
