import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamEvent, StreamType } from '../schema/stream.js'
import { ClientError, refusalOf } from './errors.js'
import { queryOf } from './path.js'
import type { Transport } from './transport.js'

/** What is read of a stream, and until when. */
export interface StreamOptions {
  /** Only these; everything when it is left out. */
  types?: StreamType[] | undefined
  /** The id of the last event that was read: it goes on behind that. 0 begins with the oldest that is remembered. */
  lastEventId?: string | undefined
  /** Ends the reading, without an error. */
  signal?: AbortSignal | undefined
  /** Is called whenever a connection stands: what happens from then on is told. */
  onOpen?: (() => void) | undefined
}

/** What happens in an emulator, as it happens. */
export interface StreamClient {
  /**
   * Reads what happens, until it is told to stop. A connection that is lost is made anew, and nothing is left out or told
   * twice by that; where something is, `dropped` says so. Nothing is sent before the first event is asked for.
   * @throws ClientError when the emulator refuses, or does not answer for three seconds
   * @example for await (const { type, data } of client.stream({ types: ['delivery'] })) console.log(data.state)
   */
  stream(options?: StreamOptions): AsyncGenerator<StreamEvent, void, undefined>
}

/** How long a lost connection is tried to be made anew, and how often, in milliseconds. */
const PATIENCE = 3_000
const AGAIN = 100

/** After how long without a byte a connection counts as lost, in milliseconds: the server says something every 15 s. */
const SILENCE = 45_000

/** @param transport asks for the stream */
export const createStreamClient = (transport: Transport): StreamClient => ({
  async *stream({ types, lastEventId, signal = new AbortController().signal, onOpen = () => {} } = {}) {
    const path = `/stream${queryOf({ types: types?.join(',') })}`
    let last = lastEventId
    let stood = false // what never did is not tried again
    let lostAt: number | undefined
    while (!signal.aborted) {
      try {
        const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) }
        const response = await transport.open(path, { headers, signal })
        if (!isStream(response)) throw await readRefusal(response, transport.url)
        stood = true
        lostAt = undefined
        onOpen()
        for await (const { id, event } of readEvents(response)) {
          last = id
          if (event) yield event
        }
      } catch (error) {
        if (signal.aborted) return
        const isOver = lostAt !== undefined && performance.now() - lostAt > PATIENCE
        if (!stood || isOver || !isPassing(error)) throw error
      }
      lostAt ??= performance.now()
      await sleep(AGAIN, undefined, { signal }).catch(() => {}) // the signal says so itself
    }
  }
})

const isStream = ({ statusCode, headers }: IncomingMessage): boolean =>
  statusCode === 200 && /^text\/event-stream\b/.test(headers['content-type'] ?? '')

/** Whether it may go better in a moment. What is thrown by reading is no ClientError: the connection was lost. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof ClientError) || error.code === 'unreachable' || error.status === 503

/** The events of an answer; what has an id alone only says where one is. What is cut off by its end is left out. */
async function* readEvents(response: IncomingMessage): AsyncGenerator<{ id: string; event: StreamEvent | undefined }> {
  const silence = setTimeout(() => response.destroy(new Error('nothing was said')), SILENCE).unref()
  try {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) {
      silence.refresh()
      const blocks = `${text}${chunk}`.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const { id, event: type, data } = fieldsOf(block)
        if (id === undefined) continue // a comment
        // The server writes them by the schema.
        yield { id, event: data === undefined ? undefined : ({ id, type, data: JSON.parse(data) } as StreamEvent) }
      }
    }
  } finally {
    clearTimeout(silence)
  }
}

const fieldsOf = (block: string): Record<string, string | undefined> =>
  Object.fromEntries(
    block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  )

async function readRefusal(response: IncomingMessage, url: string): Promise<ClientError> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  try {
    return refusalOf({ status: response.statusCode ?? 0, body: JSON.parse(text) }, url)
  } catch {
    return refusalOf({ status: response.statusCode ?? 0, body: undefined }, url) // it is no JSON
  }
}
