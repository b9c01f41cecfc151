import type { ControlApi } from '../../schema/control-api.js'
import type { HarEntry } from '../../schema/har.js'
import { entriesOfDelivery, entryOfRequest, printHar } from '../har/entries.js'
import { sendParts } from '../parts.js'
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
    const entries = map(request.sandbox.journal.export(query), entry => [entryOfRequest(entry, base)])
    await sendParts(request, reply, printHar(version, entries))
  },
  async exportDeliveries(request, reply) {
    const { format, ...query } = request.query
    await sendParts(request, reply, printHar(version, map(request.sandbox.deliveries.export(query), entriesOfDelivery)))
  }
})

function* map<From>(all: Iterable<From>, toEntries: (one: From) => HarEntry[]): Generator<HarEntry> {
  for (const one of all) yield* toEntries(one)
}
