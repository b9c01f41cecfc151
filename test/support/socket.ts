import { connect } from 'node:net'

/** A raw answer: header names in the letter case in which they were sent. */
export interface WireAnswer {
  status: number
  headers: [name: string, value: string][]
  body: string
  /** Everything received, which may be several answers. */
  text: string
}

/** Sends bytes on a connection of its own. Resolves when the server closes it, or `until` accepts the received text. */
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

/** A request as text, with Connection: close so that the end of the answer is known. */
export const request = (line: string, headers: string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', body].join('\r\n')

/** The value of a header with exactly this name. */
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
