import type { StreamEvent, StreamType } from '../schema/stream.js'
import { ClientError, refusalOf } from './errors.js'
import type { StreamedAnswer, Transport } from './transport.js'

/** Options of `stream`. */
export interface StreamOptions {
  /** Only events of these types; all types when it is left out. */
  types?: StreamType[] | undefined
  /** Sends events at most once in so many milliseconds, and only the last one about the same subject; every one when it is left out. */
  everyMs?: number | undefined
  /** The id of the last event that was read: streaming continues after it. 0 starts with the oldest that is kept. */
  lastEventId?: string | undefined
  /** Ends the stream without an error. */
  signal?: AbortSignal | undefined
  /** Called each time a connection is open: events from then on are received. */
  onOpen?: (() => void) | undefined
  /** Called when an open connection is lost, before it is opened again. */
  onLost?: (() => void) | undefined
}

/** Time limit of reconnecting, and the pause between two attempts, in milliseconds. */
const RECONNECT_MS = 3_000
const PAUSE_MS = 100

/** After how long without a byte a connection counts as lost, in milliseconds: the server sends a comment every 15 s. */
const SILENCE_MS = 45_000

/**
 * Reads the event stream of a control API until it is aborted. A lost connection is opened again after the last event,
 * so that no event is missed or repeated.
 * @param pathOf the path of the stream with its query
 * @throws ClientError when the emulator refuses, or cannot be reached for three seconds
 */
export async function* readStream(
  transport: Transport,
  pathOf: (query: { types: string | undefined; everyMs: number | undefined }) => string,
  {
    types,
    everyMs,
    lastEventId,
    signal = new AbortController().signal,
    onOpen = () => {},
    onLost = () => {}
  }: StreamOptions = {}
): AsyncGenerator<StreamEvent, void, undefined> {
  const path = pathOf({ types: types?.join(','), everyMs })
  let last = lastEventId
  let wasOpen = false // a first connection that fails is not tried again
  let lostAt: number | undefined
  while (!signal.aborted) {
    const silence = watchSilence()
    try {
      const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) }
      const answer = await transport.open(path, { headers, signal: AbortSignal.any([signal, silence.signal]) })
      if (!isStream(answer)) throw await readRefusal(answer, transport.url)
      wasOpen = true
      lostAt = undefined
      onOpen()
      for await (const { id, event } of readEvents(answer.text, silence.restart)) {
        last = id
        if (event) yield event
      }
    } catch (error) {
      if (signal.aborted) return
      const isOver = lostAt !== undefined && performance.now() - lostAt > RECONNECT_MS
      if (!wasOpen || isOver || !isTemporary(error)) throw error
    } finally {
      silence.stop()
    }
    if (lostAt === undefined) onLost()
    lostAt ??= performance.now()
    await pause(signal)
  }
}

/** Reads an answer to its end. */
export async function readText({ text }: StreamedAnswer): Promise<string> {
  let all = ''
  for await (const chunk of text) all += chunk
  return all
}

/** Reads an answer that is an error, as a ClientError. */
export async function readRefusal(answer: StreamedAnswer, url: string): Promise<ClientError> {
  const text = await readText(answer)
  try {
    return refusalOf({ status: answer.status, body: JSON.parse(text) }, url)
  } catch {
    return refusalOf({ status: answer.status, body: undefined }, url) // it is not JSON
  }
}

const isStream = ({ status, contentType }: StreamedAnswer): boolean =>
  status === 200 && /^text\/event-stream\b/.test(contentType)

/** Whether reconnecting may help. An error of reading is no ClientError: the connection was lost. */
const isTemporary = (error: unknown): boolean =>
  !(error instanceof ClientError) || error.code === 'unreachable' || error.status === 503

/** A signal that is aborted when nothing was received for too long. */
function watchSilence() {
  const silent = new AbortController()
  const abort = () => silent.abort(new Error('the stream was silent for too long'))
  let timer = setTimeout(abort, SILENCE_MS)
  const stop = () => clearTimeout(timer)
  const restart = () => {
    stop()
    timer = setTimeout(abort, SILENCE_MS)
  }
  return { signal: silent.signal, restart, stop }
}

/** Waits before the next connection; not once the signal is aborted. */
const pause = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, PAUSE_MS)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })

/** The events of an answer. One with an id alone is a position. An event that is cut off is left out. */
async function* readEvents(
  chunks: AsyncIterable<string>,
  onChunk: () => void
): AsyncGenerator<{ id: string; event: StreamEvent | undefined }> {
  let text = ''
  for await (const chunk of chunks) {
    onChunk()
    const blocks = `${text}${chunk}`.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const { id, event: type, data } = fieldsOf(block)
      if (id === undefined) continue // a comment
      // The server writes them by the schema.
      yield { id, event: data === undefined ? undefined : ({ id, type, data: JSON.parse(data) } as StreamEvent) }
    }
  }
}

const fieldsOf = (block: string): Record<string, string | undefined> =>
  Object.fromEntries(
    block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  )
