import type { ClockAdvance } from '../schema/clock.js'
import type { OperationName } from '../schema/control-api.js'
import type { Verified } from '../schema/verification.js'
import { parseDuration } from './duration.js'
import { refusalOf } from './errors.js'
import { type Expectation, isNotVerified, NotVerified, type VerificationSubject } from './not-verified.js'
import { createOperations, type Input, pathOf } from './operations.js'
import { type PlacedCall, withEnded } from './placed-call.js'
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
    body: Body<Name> & Expectation,
    subject: VerificationSubject
  ): Promise<Verified> {
    const answer = await exchange(name, { body })
    if (isNotVerified(answer.status, answer.body)) throw new NotVerified(body, answer.body, subject)
    if (answer.status !== 200) throw refusalOf(answer, transport.url)
    return answer.body as Verified // the schema of status 200
  }
  const waitForEnd = (callId: string, query?: Query<'waitForCallEnd'>) =>
    send('waitForCallEnd', { params: { callId }, query })
  const setClock = (body: Body<'setClock'>) => send('setClock', { body })

  return {
    health: () => send('getHealth'),
    reset: (fixture?: Body<'resetState'>['fixture']) => send('resetState', { body: { fixture } }),
    fixtures: {
      load: (body: Body<'loadFixture'>) => send('loadFixture', { body }),
      export: () => send('getFixture')
    },
    directory: () => send('getDirectory'),
    tokens: {
      issue: (body: Body<'issueToken'>) => send('issueToken', { body }),
      revoke: async (which: Body<'revokeTokens'>) => send('revokeTokens', { body: allDefined(which) })
    },
    sessions: {
      open: (body: Body<'openSession'>) => send('openSession', { body }),
      revoke: async (which: Body<'revokeSessions'>) => send('revokeSessions', { body: allDefined(which) })
    },
    apps: {
      change: (clientId: string, body: Body<'changeApp'>) => send('changeApp', { params: { clientId }, body })
    },
    events: {
      list: (query?: Query<'listEvents'>) => send('listEvents', { query }),
      create: (body: Body<'createEvent'>) => send('createEvent', { body }),
      change: (id: string, body: Body<'changeEvent'>) => send('changeEvent', { params: { id }, body }),
      remove: (id: string) => send('removeEvent', { params: { id } }),
      removeAll: async (filter: NonNullable<Query<'removeEvents'>> = {}) =>
        send('removeEvents', { query: allDefined(filter) })
    },
    phones: {
      list: (query?: Query<'listPhones'>) => send('listPhones', { query }),
      get: (number: string) => send('getPhone', { params: { number } }),
      set: (number: string, body: Body<'setPhone'> = {}) => send('setPhone', { params: { number }, body }),
      remove: (number: string) => send('removePhone', { params: { number } }),
      clear: () => send('clearPhones')
    },
    settings: {
      get: () => send('getSettings'),
      change: (body: Body<'changeSettings'>) => send('changeSettings', { body })
    },
    snapshots: {
      list: () => send('listSnapshots'),
      take: (name: string) => send('takeSnapshot', { params: { name } }),
      get: (name: string) => send('getSnapshot', { params: { name } }),
      restore: (name: string) => send('restoreSnapshot', { params: { name } }),
      remove: (name: string) => send('removeSnapshot', { params: { name } })
    },
    sandboxes: {
      create: (body: Body<'createSandbox'> = {}) => send('createSandbox', { body }),
      list: () => send('listSandboxes'),
      end: (name: string) => send('endSandbox', { params: { name } })
    },
    calls: {
      async place(body: Body<'placeCall'>): Promise<PlacedCall> {
        const call = await send('placeCall', { body })
        return withEnded(call, query => waitForEnd(call.callId, query))
      },
      get: (callId: string) => send('getCall', { params: { callId } }),
      list: (query?: Query<'listCalls'>) => send('listCalls', { query }),
      ended: waitForEnd,
      ring: (callId: string, body: Body<'ringCall'>) => send('ringCall', { params: { callId }, body }),
      answer: (callId: string, body?: Body<'answerCall'>) => send('answerCall', { params: { callId }, body }),
      reject: (callId: string, body: Body<'rejectCall'>) => send('rejectCall', { params: { callId }, body }),
      transfer: (callId: string, body: Body<'transferCall'>) => send('transferCall', { params: { callId }, body }),
      complete: (callId: string, body: Body<'completeTransfer'>) =>
        send('completeTransfer', { params: { callId }, body }),
      hangup: (callId: string, body?: Body<'hangUpCall'>) => send('hangUpCall', { params: { callId }, body })
    },
    deliveries: {
      list: (query?: Query<'listDeliveries'>) => send('listDeliveries', { query }),
      export: (query?: Omit<NonNullable<Query<'exportDeliveries'>>, 'format'>) =>
        send('exportDeliveries', { query: { ...query, format: 'har' } }),
      get: (id: string) => send('getDelivery', { params: { id } }),
      replay: (id: string, body?: Body<'replayDelivery'>) => send('replayDelivery', { params: { id }, body }),
      verify: (body: Body<'verifyDeliveries'>) => verify('verifyDeliveries', body, 'delivery')
    },
    caught: {
      list: (query?: Query<'listCaught'>) => send('listCaught', { query }),
      clear: (name?: string) => send('clearCaught', { query: { name } })
    },
    requests: {
      list: (query?: Query<'listRequests'>) => send('listRequests', { query }),
      export: (query?: Omit<NonNullable<Query<'exportRequests'>>, 'format'>) =>
        send('exportRequests', { query: { ...query, format: 'har' } }),
      get: (id: string) => send('getRequest', { params: { id } }),
      clear: () => send('clearRequests'),
      verify: (body: Body<'verifyRequests'>) => verify('verifyRequests', body, 'request')
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
    stream: (options?: StreamOptions) => readStream(transport, query => pathOf('getStream', { query }), options),
    async metrics() {
      const answer = await transport.open(pathOf('getMetrics'))
      if (answer.status !== 200) throw await readRefusal(answer, transport.url)
      return readText(answer)
    }
  }
}

/**
 * The members of a request that affects everything when it has none.
 * @throws TypeError when a member is undefined: it would not be sent
 */
function allDefined<Members extends object>(members: Members): Members {
  const missing = Object.entries(members).find(([, value]) => value === undefined)
  if (missing === undefined) return members
  throw new TypeError(`The value of ${missing[0]} is undefined: leave the member out to affect everything.`)
}

const printInstant = (instant: Instant): string => (typeof instant === 'string' ? instant : instant.toISOString())

/** @throws TypeError when it is a text that is no duration */
function parseAdvance(by: number | string | { to: Instant }): ClockAdvance {
  if (typeof by === 'object') return { to: printInstant(by.to) }
  const ms = typeof by === 'number' ? by : parseDuration(by)
  if (ms !== undefined) return { ms }
  throw new TypeError(
    `Cannot read "${by}" as a duration: expected a number of milliseconds, or a text such as "45s", "2m" or "500ms".`
  )
}
