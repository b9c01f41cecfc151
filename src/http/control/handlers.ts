import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ControlApi } from '../../schema/control-api.js'
import { documentIn } from '../hooks/large-bodies.js'
import { printList, sendList, sendPieces } from '../parts.js'
import { disconnectSignal, type Handlers } from './route.js'

/** The handlers of the operations that are one call of a service of the request's sandbox. */
export const HANDLERS = {
  async resetState({ sandbox: { fixtures, largeChanges }, body }) {
    const { fixture } = body
    if (fixture === undefined) await fixtures.readAgain()
    return largeChanges.reset(
      fixture === undefined ? undefined : fixtures.sourcesOf(documentIn(body, 'fixture') ?? fixture)
    )
  },
  loadFixture: ({ sandbox, body }) =>
    sandbox.largeChanges.load({ name: 'fixture', document: documentIn(Object(body)) ?? body }),
  async getFixture(request, reply) {
    const { sandbox } = request
    await sendFixture((await sandbox.largeChanges.print()) ?? sandbox.fixtures.export(), request, reply)
  },
  getDirectory: ({ sandbox }) => sandbox.directory(),
  issueToken: ({ sandbox, body }) => sandbox.credentials.issueToken(body),
  openSession: ({ sandbox, body }) => sandbox.credentials.openSession(body),
  revokeTokens: ({ sandbox, body }) => sandbox.credentials.revokeTokens(body),
  revokeSessions: ({ sandbox, body }) => sandbox.credentials.revokeSessions(body),
  changeApp: ({ sandbox, params, body }) => sandbox.apps.change(params.clientId, body),
  listEvents(request, reply) {
    const { events, total } = request.sandbox.controlEvents.list(request.query)
    return replyWithPage(request, reply, 'events', { entries: events, counts: { total } })
  },
  createEvent: ({ sandbox, body }) => sandbox.controlEvents.create(body),
  changeEvent: ({ sandbox, params, body }) => sandbox.controlEvents.change(params.id, body),
  removeEvent: ({ sandbox, params }) => sandbox.controlEvents.remove(params.id),
  removeEvents: ({ sandbox, query }) => sandbox.largeChanges.removeEvents(query),
  listPhones: ({ sandbox, query }) => sandbox.phones.list(query),
  getPhone: ({ sandbox, params }) => sandbox.phones.get(params.number),
  setPhone: ({ sandbox, params, body }) => sandbox.phones.set(params.number, body),
  removePhone: ({ sandbox, params }) => sandbox.phones.remove(params.number),
  clearPhones: ({ sandbox }) => sandbox.phones.clear(),
  getSettings: ({ sandbox }) => sandbox.settings.inForce(),
  changeSettings: ({ sandbox, body }) => sandbox.settings.change(body),

  listSnapshots: ({ sandbox }) => sandbox.snapshots.list(),
  async takeSnapshot({ sandbox, params }, reply) {
    const { snapshot, isNew } = await sandbox.snapshots.take(params.name)
    reply.code(isNew ? 201 : 200)
    return snapshot
  },
  async getSnapshot(request, reply) {
    await sendFixture(await request.sandbox.snapshots.get(request.params.name), request, reply)
  },
  restoreSnapshot: ({ sandbox, params }) => sandbox.snapshots.restore(params.name),
  removeSnapshot: ({ sandbox, params }) => sandbox.snapshots.remove(params.name),

  placeCall: ({ sandbox, body }) => sandbox.calls.place(body),
  listCalls: (request, reply) => replyWithPage(request, reply, 'calls', request.sandbox.calls.page(request.query)),
  getCall: ({ sandbox, params }) => sandbox.calls.get(params.callId),
  waitForCallEnd: ({ sandbox, params, query }, reply) =>
    sandbox.calls.ended(params.callId, { ...query, signal: disconnectSignal(reply) }),
  ringCall: ({ sandbox, params, body }) => sandbox.calls.perform(params.callId, { verb: 'ring', ...body }),
  answerCall: ({ sandbox, params, body }) => sandbox.calls.perform(params.callId, { verb: 'answer', ...body }),
  rejectCall: ({ sandbox, params, body }) => sandbox.calls.perform(params.callId, { verb: 'reject', ...body }),
  transferCall: ({ sandbox, params, body }) => sandbox.calls.perform(params.callId, { verb: 'transfer', ...body }),
  completeTransfer: ({ sandbox, params, body }) => sandbox.calls.perform(params.callId, { verb: 'complete', ...body }),
  hangUpCall: ({ sandbox, params, body }) => sandbox.calls.perform(params.callId, { verb: 'hangup', ...body }),

  listDeliveries: (request, reply) =>
    replyWithPage(request, reply, 'deliveries', request.sandbox.deliveries.page(request.query)),
  getDelivery: ({ sandbox, params }) => sandbox.deliveries.get(params.id),
  replayDelivery: ({ sandbox, params, body }) => sandbox.deliveries.replay(params.id, body),
  verifyDeliveries: async ({ sandbox, body }, reply) =>
    withVerdict(await sandbox.deliveries.verify(body, disconnectSignal(reply)), reply),
  waitUntilIdle: ({ sandbox, query }, reply) => sandbox.waitUntilIdle({ ...query, signal: disconnectSignal(reply) }),

  listCaught: (request, reply) => replyWithPage(request, reply, 'caught', request.sandbox.caught.page(request.query)),
  clearCaught: ({ sandbox, query }) => sandbox.caught.clear(query),

  listRequests: (request, reply) =>
    replyWithPage(request, reply, 'requests', request.sandbox.journal.page(request.query)),
  getRequest: ({ sandbox, params }) => sandbox.journal.get(params.id),
  clearRequests: ({ sandbox }) => sandbox.journal.clear(),
  verifyRequests: async ({ sandbox, body }, reply) =>
    withVerdict(await sandbox.journal.verify(body, disconnectSignal(reply)), reply),

  addFault: ({ sandbox, body }) => sandbox.faults.add(body),
  listFaults: ({ sandbox }) => sandbox.faults.list(),
  clearFaults: ({ sandbox }) => sandbox.faults.removeAll(),
  removeFault: ({ sandbox, params }) => sandbox.faults.remove(params.id),
  releaseFault: ({ sandbox, params }) => sandbox.faults.release(params.id),

  getClock: ({ sandbox }) => sandbox.clock.get(),
  setClock: ({ sandbox, body }) => sandbox.clock.set(body),
  advanceClock: ({ sandbox, body }) => sandbox.clock.advance(body)
} satisfies Partial<Handlers<ControlApi>>

/** Sends a fixture, or streams a large one in pieces of JSON as fast as the client reads it. */
async function sendFixture(
  fixture: object | AsyncIterable<Uint8Array>,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<void> {
  await (Symbol.asyncIterator in fixture ? sendPieces(request, reply, fixture) : reply.send(fixture))
}

/** Answers with a list: a long one in parts. */
const replyWithPage = (request: FastifyRequest, reply: FastifyReply, name: string, page: ListedPage): FastifyReply =>
  sendList(request, reply, printList(name, page.entries, page.counts))

type ListedPage = { entries: Iterable<object>; counts: object }

/** Answers a verification that does not hold with 409. */
function withVerdict<Answer extends { verified: boolean }>(answer: Answer, reply: FastifyReply): Answer {
  if (!answer.verified) reply.code(409).header('X-Emulator-Reason', 'not_verified')
  return answer
}
