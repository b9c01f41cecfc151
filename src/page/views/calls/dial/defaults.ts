import type { CallRequest } from '../../../../schema/calls/call-request.js'
import { EXTENSION_KINDS } from '../../../../schema/directory.js'
import { client } from '../../../emulator/client.js'
import { directory, events } from '../../../emulator/contents.js'
import { setParameters } from '../../../route.js'

/** An outside caller, for a directory with one extension only. */
const OUTSIDE = '+40722000111'

/**
 * Two parties that make a sensible call: telephones if there are two, the called one with an armed event if there is
 * one, in the same organization where possible.
 * @returns empty texts when the directory has no extension
 */
export function suggestParties(): { from: string; to: string } {
  const { extensions = [], users = [] } = directory.value ?? {}
  const organizations = new Map(users.map(({ id, organization }) => [id, organization]))
  const armed = new Map<string, number>()
  for (const { extension, status } of events.value)
    if (status !== '0') armed.set(extension, (armed.get(extension) ?? 0) + 1)
  const callable = extensions.filter(({ kind }) => EXTENSION_KINDS[kind].hasPhoneCallEvents)
  const phones = callable.filter(({ kind }) => kind === 'phoneTerminal')
  const byEvents = (list: typeof extensions) =>
    [...list].sort((one, other) => (armed.get(other.number) ?? 0) - (armed.get(one.number) ?? 0))
  const [bestPhone] = byEvents(phones)
  const [best] = byEvents(callable)
  const isBetter = (armed.get(best?.number ?? '') ?? 0) > 0 && !armed.has(bestPhone?.number ?? '')
  const to = isBetter ? best : (bestPhone ?? best)
  if (to === undefined) return { from: '', to: '' }
  const others = (phones.length > 0 ? phones : callable).filter(({ number }) => number !== to.number)
  const near = others.find(({ owner }) => organizations.get(owner) === organizations.get(to.owner))
  return { from: (near ?? others[0])?.number ?? OUTSIDE, to: to.number }
}

/** Places a call, and opens it. @throws ClientError */
export async function placeAndOpen(request: CallRequest): Promise<void> {
  const { callId } = await client.calls.place(request)
  setParameters({ view: 'calls', call: callId })
}
