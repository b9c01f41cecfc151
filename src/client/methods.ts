import type { ClockAdvance } from '../schema/clock.js'
import type { OperationName } from '../schema/control-api.js'
import type { Verified } from '../schema/verification.js'
import { parseDuration } from './duration.js'
import { refusalOf } from './errors.js'
import { isNotVerified, NotVerified, type VerificationSubject } from './not-verified.js'
import { createOperations, type Input, pathOf } from './operations.js'
import { readRefusal, readStream, readText, type StreamOptions } from './stream.js'
import type { Transport } from './transport.js'

type Body<Name extends OperationName> = NonNullable<Input<Name>['body']>
type Query<Name extends OperationName> = Input<Name>['query']
type Instant = string | Date

/** The methods of a client, each one operation of the control API. @param transport sends their requests */
export function createMethods(transport: Transport) {
  const { send, exchange } = createOperations(transport)

  async function verify<Name extends 'verifyDeliveries' | 'verifyRequests'>(
    name: Name,
    body: Body<Name> & { match: object },
    subject: VerificationSubject
  ): Promise<Verified> {
    const answer = await exchange(name, { body })
    if (isNotVerified(answer.status, answer.body)) throw new NotVerified(body, answer.body, subject)
    if (answer.status !== 200) throw refusalOf(answer, transport.url)
    return answer.body as Verified // the schema of status 200
  }
  const setClock = (body: Body<'setClock'>) => send('setClock', { body })

  return {
    health: () => send('getHealth'),
    reset: (fixture?: Body<'resetState'>['fixture']) => send('resetState', { body: { fixture } }),
    fixtures: {
      load: (body: Body<'loadFixture'>) => send('loadFixture', { body }),
      export: () => send('getFixture')
    },
    directory: () => send('getDirectory'),
    tokens: { issue: (body: Body<'issueToken'>) => send('issueToken', { body }) },
    sessions: { open: (body: Body<'openSession'>) => send('openSession', { body }) },
    settings: {
      get: () => send('getSettings'),
      change: (body: Body<'changeSettings'>) => send('changeSettings', { body })
    },
    snapshots: {
      list: () => send('listSnapshots'),
      take: (name: string) => send('takeSnapshot', { params: { name } }),
      restore: (name: string) => send('restoreSnapshot', { params: { name } }),
      remove: (name: string) => send('removeSnapshot', { params: { name } })
    },
    sandboxes: {
      create: (body: Body<'createSandbox'> = {}) => send('createSandbox', { body }),
      list: () => send('listSandboxes'),
      end: (name: string) => send('endSandbox', { params: { name } })
    },
    calls: {
      place: (body: Body<'placeCall'>) => send('placeCall', { body }),
      get: (callId: string) => send('getCall', { params: { callId } }),
      list: (query?: Query<'listCalls'>) => send('listCalls', { query }),
      answer: (callId: string) => send('answerCall', { params: { callId } }),
      hangup: (callId: string, body?: Body<'hangUpCall'>) => send('hangUpCall', { params: { callId }, body })
    },
    deliveries: {
      list: (query?: Query<'listDeliveries'>) => send('listDeliveries', { query }),
      get: (id: string) => send('getDelivery', { params: { id } }),
      replay: (id: string) => send('replayDelivery', { params: { id } }),
      verify: (body: Body<'verifyDeliveries'> & { match: object }) => verify('verifyDeliveries', body, 'delivery')
    },
    requests: {
      list: (query?: Query<'listRequests'>) => send('listRequests', { query }),
      get: (id: string) => send('getRequest', { params: { id } }),
      clear: () => send('clearRequests'),
      verify: (body: Body<'verifyRequests'> & { match: object }) => verify('verifyRequests', body, 'request')
    },
    faults: {
      add: (body: Body<'addFault'>) => send('addFault', { body }),
      list: () => send('listFaults'),
      remove: (id: string) => send('removeFault', { params: { id } }),
      clear: () => send('clearFaults'),
      release: (id: string) => send('releaseFault', { params: { id } })
    },
    clock: {
      get: () => send('getClock'),
      set: setClock,
      freeze: (now?: Instant) => setClock({ mode: 'frozen', now: now && printInstant(now) }),
      run: (now?: Instant) => setClock({ mode: 'running', now: now && printInstant(now) }),
      advance: async (by: number | string | { to: Instant }) => send('advanceClock', { body: parseAdvance(by) })
    },
    idle: (query?: Query<'waitUntilIdle'>) => send('waitUntilIdle', { query }),
    stream: (options?: StreamOptions) =>
      readStream(transport, types => pathOf('getStream', { query: { types } }), options),
    async metrics() {
      const answer = await transport.open(pathOf('getMetrics'))
      if (answer.status !== 200) throw await readRefusal(answer, transport.url)
      return readText(answer)
    }
  }
}

const printInstant = (instant: Instant): string => (instant instanceof Date ? instant.toISOString() : instant)

/** @throws TypeError when it is a text that is no duration */
function parseAdvance(by: number | string | { to: Instant }): ClockAdvance {
  if (typeof by === 'object') return { to: printInstant(by.to) }
  const ms = typeof by === 'number' ? by : parseDuration(by)
  if (ms !== undefined) return { ms }
  throw new TypeError(
    `Cannot read "${by}" as a duration: expected a number of milliseconds, or a text such as "45s", "2m" or "500ms".`
  )
}
