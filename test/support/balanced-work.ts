import { Agent, request as sendHttp } from 'node:http'
import { EVENTS, TOKENS } from './emulator.js'
import { until } from './program.js'

/** A request that failed, or was answered with something else than its sandbox has to answer. */
export interface Problem {
  name: string
  /** The request, and what came. */
  what: string
  /** Whether there was no answer, or one of 5xx: never right, wherever the sandbox is. */
  isFailure: boolean
}

/** Workers that test against an emulator at the same time, each in turn in sandboxes of its own. */
export interface Work {
  names: string[]
  problems: Problem[]
  /** How many visits there were. */
  visits(): number
  /** Waits until each sandbox was visited once more, from the beginning to the end. */
  round(): Promise<void>
  /** Ends the workers. Resolves when the visits that have begun are over. */
  end(): Promise<void>
}

interface Place {
  name: string
  /** Requests that create an event which its journal must have. */
  created: number
  /** When its latest visit that is over had begun. */
  visited: number
}

/**
 * Starts the workers. A visit creates an event, places a call, waits for the webhook, and checks that the sandbox has the
 * state of its own earlier visits and nothing else. Every second sandbox catches the webhook at an address of its own.
 */
export function startWork(
  url: string,
  token: string,
  receiverUrl: string,
  { workers, sandboxes }: { workers: number; sandboxes: number }
): Work {
  const problems: Problem[] = []
  let visits = 0
  let isEnding = false

  const work = async (places: Place[]) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!isEnding) {
      for (const place of places) {
        const begun = performance.now()
        const found = await visit(place, `visit-${++visits}`)
        problems.push(...found)
        place.visited = begun
        if (isEnding) break
      }
    }
    agent.destroy()

    async function visit(place: Place, mark: string): Promise<Problem[]> {
      const { name } = place
      const base = `${url}/sandboxes/${name}`
      const isCaught = name.endsWith('0') || name.endsWith('5')
      const hook = isCaught ? `${base}/_emulator/catch/${name}/${mark}` : `${receiverUrl}/${name}/${mark}`
      const found: Problem[] = []
      const ask = async (method: string, path: string, body: object | undefined, isRight: (body: Body) => boolean) => {
        const { status, text } = await sendOne(agent, method, base + path, token, body)
        const isGood = status >= 200 && status < 300 && isRight(text === '' ? {} : JSON.parse(text))
        if (isGood) return
        const what = `${method} ${path}: ${status} ${text.slice(0, 300)}`
        found.push({ name, what, isFailure: status === 0 || status >= 500 })
      }
      const yes = () => true
      const verifies = { match: { url: hook, state: 'delivered' }, count: 1, timeoutMs: 20_000 }
      const ring = { from: '0003*211', to: '0003*210', ringMs: 10, talkMs: 10 }
      await ask('POST', `${EVENTS}/2`, { method: '1', url: hook, note: mark }, yes)
      place.created++
      await ask('POST', '/_emulator/calls', ring, yes)
      await ask('POST', '/_emulator/deliveries/verify', verifies, yes)
      const creates = { match: { operation: 'create' }, count: place.created }
      await ask('POST', '/_emulator/requests/verify', creates, yes)
      await ask('GET', '/_emulator/events', undefined, ({ events }) => events?.map(({ note }) => note).join() === mark)
      if (isCaught) {
        const isOwn = ({ path }: { path: string }) => path.startsWith(`/sandboxes/${name}/_emulator/catch/${name}/`)
        await ask('GET', '/_emulator/caught', undefined, ({ caught }) => caught?.every(isOwn) ?? false)
      }
      if (found.length === 0) await ask('DELETE', '/_emulator/events', undefined, yes)
      else {
        // Its state was lost in the middle, or is wrong: the next visit begins with none.
        await ask('POST', '/_emulator/reset', {}, yes)
        place.created = 0
      }
      return found
    }
  }

  const all = Array.from({ length: sandboxes }, (_, nth): Place => {
    return { name: `sandbox-${nth}`, created: 0, visited: 0 }
  })
  const working = Array.from({ length: workers }, (_, nth) => work(all.filter((_, at) => at % workers === nth)))
  return {
    names: all.map(({ name }) => name),
    problems,
    visits: () => visits,
    round() {
      const from = performance.now()
      return until(() => all.every(({ visited }) => visited > from))
    },
    async end() {
      isEnding = true
      await Promise.all(working)
    }
  }
}

/** What the answers of a visit may have. */
interface Body {
  events?: { note: string }[]
  caught?: { path: string }[]
}

/** Sends a request of the vendor's API, or of the control API. @returns status 0 when there was no answer */
function sendOne(agent: Agent, method: string, url: string, token: string, body: object | undefined) {
  const authorization = `Bearer ${url.includes('/_emulator/') ? token : TOKENS.user}`
  const json = body === undefined ? undefined : JSON.stringify(body)
  const type =
    json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }
  return new Promise<{ status: number; text: string }>(done => {
    const request = sendHttp(url, { agent, method, headers: { authorization, ...type } }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', error => done({ status: 0, text: error.message }))
      response.on('end', () => done({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    request.on('error', error => done({ status: 0, text: error.message }))
    request.end(json)
  })
}
