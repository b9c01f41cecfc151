import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ControlApi } from '../../schema/control-api.js'
import type { HarEntry } from '../../schema/har.js'
import { printHar } from '../har/document.js'
import { entriesOfDelivery, entryOfRequest } from '../har/entries.js'
import { countAnswer } from '../hooks/count-answers.js'
import type { BaseUrl } from '../server/target.js'
import type { Handlers } from './route.js'

/** Options of the exports. */
export interface ExportOptions {
  version: string
  /** The base of the addresses of requests that have no usable Host. */
  baseUrl: BaseUrl
}

/** The handlers of the exports in HAR. @source control-api.md "Watching and verifying" */
export const exportHandlers = ({
  version,
  baseUrl
}: ExportOptions): Handlers<Pick<ControlApi, 'exportRequests' | 'exportDeliveries'>> => ({
  async exportRequests(request, reply) {
    const { format, ...query } = request.query
    const base = baseUrl(request)
    await sendHar(
      request,
      reply,
      version,
      map(request.sandbox.journal.export(query), entry => [entryOfRequest(entry, base)])
    )
  },
  async exportDeliveries(request, reply) {
    const { format, ...query } = request.query
    await sendHar(request, reply, version, map(request.sandbox.deliveries.export(query), entriesOfDelivery))
  }
})

/** Streams a document as fast as the client reads it. A client that disconnects ends it. */
async function sendHar(
  request: FastifyRequest,
  reply: FastifyReply,
  version: string,
  entries: Iterable<HarEntry>
): Promise<void> {
  const { raw } = reply
  raw.once('close', () => raw.writableFinished || countAnswer(request, reply))
  await reply.type('application/json; charset=utf-8').send(Readable.from(printHar(version, entries)))
}

function* map<From>(all: Iterable<From>, toEntries: (one: From) => HarEntry[]): Generator<HarEntry> {
  for (const one of all) yield* toEntries(one)
}
