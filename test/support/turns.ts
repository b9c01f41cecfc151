import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Answer, Running } from './emulator.js'

// Whether a piece of work holds up other requests, without a clock: another client sends requests one after the other
// on one connection, and those are counted that are answered while the work lasts. Work that is done in one go lets the
// one that has come already be answered, and perhaps the next; work in slices lets one be answered every few slices.

/** How many requests another client had answered while a piece of work lasted, and the result of the work. */
export interface Work<Result> {
  result: Result
  answered: number
  /** Those that were answered with a status other than 200. */
  refused: number
}

/** The request that another client repeats. It must not wait for anything. */
export interface OtherRequest {
  method?: string
  path?: string
}

/** The most requests that are answered beside work that is done in one go, with some to spare. */
export const IN_ONE_GO = 5

/**
 * Counts the requests of another client that are answered while a request is handled: from when its body was read until
 * the server has written the last part of its answer. How long its bytes take on the connection does not count.
 * @param send sends the request; of several, the first one counts
 */
export async function answeredDuring(
  emulator: Pick<Running, 'app' | 'url'>,
  send: () => Promise<Answer>,
  other?: OtherRequest
): Promise<Work<Answer>> {
  const client = await createOtherClient(emulator.url, other)
  const handled = new Promise<Omit<Work<Answer>, 'result'>>(done => {
    const begin = (incoming: IncomingMessage, response: ServerResponse) => {
      if (incoming.headers[MARK] !== undefined) return
      emulator.app.server.off('request', begin)
      let before = client.counts()
      const start = () => {
        before = client.counts()
      }
      if (incoming.headers['content-length'] !== undefined) incoming.once('end', start)
      const { end } = response
      response.end = ((...parts: Parameters<typeof end>) => {
        done(difference(client.counts(), before))
        return end.apply(response, parts)
      }) as typeof end
    }
    emulator.app.server.on('request', begin)
  })
  const result = await send()
  const counts = await handled
  await client.stop()
  return { result, ...counts }
}

/**
 * Counts the requests of another client that are answered while a piece of work lasts that is no request.
 * @param work begins the work; its promise is its end
 */
export async function answeredWhile<Result>(
  { url }: Pick<Running, 'url'>,
  work: () => Promise<Result>,
  other?: OtherRequest
): Promise<Work<Result>> {
  const client = await createOtherClient(url, other)
  const before = client.counts()
  const result = await work()
  const counts = difference(client.counts(), before)
  await client.stop()
  return { result, ...counts }
}

/** Counts the turns of the event loop until a piece of work is over. Its waiting for sockets and timers counts too. */
export async function turnsUntil<Result>(work: Promise<Result>): Promise<{ result: Result; turns: number }> {
  let turns = 0
  let next: NodeJS.Immediate
  const count = () => {
    turns += 1
    next = setImmediate(count)
  }
  next = setImmediate(count)
  try {
    return { result: await work, turns }
  } finally {
    clearImmediate(next)
  }
}

/** Marks the requests of the other client, which `answeredDuring` does not take for the work. */
const MARK = 'x-other-client'

interface Counts {
  answered: number
  refused: number
}

const difference = (now: Counts, before: Counts): Counts => ({
  answered: now.answered - before.answered,
  refused: now.refused - before.refused
})

/** A client that repeats a request until it is stopped. Resolves after its first answer. */
async function createOtherClient(url: string, { method = 'GET', path = '/_emulator/health' }: OtherRequest = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let isStopped = false
  const counts: Counts = { answered: 0, refused: 0 }

  const sendOne = () =>
    new Promise<void>((done, fail) => {
      const sent = request(url + path, { method, agent, headers: { [MARK]: 'yes' } }, answer => {
        answer.resume()
        answer.once('end', () => {
          counts.answered += 1
          if (answer.statusCode !== 200) counts.refused += 1
          done()
        })
      })
      sent.once('error', fail)
      sent.end()
    })
  await sendOne()
  const repeated = (async () => {
    while (!isStopped) await sendOne()
  })()

  return {
    counts: (): Counts => ({ ...counts }),
    async stop(): Promise<void> {
      isStopped = true
      await repeated
      agent.destroy()
    }
  }
}
