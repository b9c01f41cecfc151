import { ClientError } from '../../client/errors.js'
import { deriveCall } from '../../domain/comparing/calls/derive-call.js'
import { derivePhones } from '../../domain/comparing/calls/derive-phones.js'
import { readMoments, type Surroundings } from '../../domain/comparing/calls/seen-call.js'
import type { Identities } from '../../domain/comparing/identities.js'
import { addressOfEvent } from '../../domain/comparing/sent-webhook.js'
import type { CallRequest } from '../../schema/calls/call-request.js'
import { DEFAULT_SETTINGS } from '../../schema/settings.js'
import type { ComparedEmulator } from './compared-emulator.js'
import { lineKey, type RecordedCall, type RecordedCalls } from './recorded-calls.js'

/** Replays the calls of recordings on an emulator. */
export interface CallReplay {
  /** Places the calls whose first webhook came before a time, in milliseconds since 1970, each at its time. */
  placeUntil(time: number): Promise<void>
  /** Sets the phones of the calls that the request of a line is about to place. */
  prepare(file: string, line: number): Promise<void>
  /** Why calls could not be placed, by their recorded ids. */
  reasons: ReadonlyMap<string, string>
  surroundings: Surroundings
}

/** @param recorded what the recordings show of calls */
export async function createCallReplay(
  { client, advanceTo }: ComparedEmulator,
  recorded: RecordedCalls,
  identities: Identities
): Promise<CallReplay> {
  const surroundings = await readSurroundings({ client }, recorded)
  const reasons = new Map<string, string>()
  const calls = new Map(recorded.calls.map(call => [call.id, call]))
  const waiting = recorded.calls.filter(({ id }) => !recorded.placedAt.has(id))

  async function place({ id, webhooks }: RecordedCall): Promise<void> {
    const derived = deriveCall(readMoments(webhooks, surroundings), surroundings)
    if ('reason' in derived) return void reasons.set(id, derived.reason)
    await advanceTo(webhooks[0]?.at ?? 0)
    const placed = await placeShortened(client, derived.request)
    if (placed instanceof ClientError)
      reasons.set(id, `the emulator cannot place it: ${placed.message.replace(/\.$/, '')}`)
    else {
      identities.pair(id, placed)
      await client.clock.advance(0) // a call that nobody reaches is over at once
    }
  }

  return {
    surroundings,
    reasons,
    async placeUntil(time) {
      while (waiting[0] !== undefined && (waiting[0].webhooks[0]?.at ?? 0) < time) {
        const [call] = waiting.splice(0, 1)
        if (call !== undefined) await place(call)
      }
    },
    async prepare(file, line) {
      for (const id of recorded.placedBy.get(lineKey(file, line)) ?? []) {
        const placed = { placedAt: recorded.placedAt.get(id) ?? 0, endedAt: recorded.endedAt.get(id) }
        const moments = readMoments(calls.get(id)?.webhooks ?? [], surroundings)
        for (const { number, ...phone } of derivePhones(moments, placed)) await client.phones.set(number, phone)
      }
    }
  }
}

const BAD_REQUEST = 400

/**
 * Places a call. The hangups at its end are left out where the call is over before them.
 * @returns its CallAPIID, or the error of a call that the emulator refuses
 */
async function placeShortened(client: ComparedEmulator['client'], request: CallRequest): Promise<string | ClientError> {
  try {
    return (await client.calls.place(request)).callApiId
  } catch (error) {
    if (!(error instanceof ClientError) || error.status !== BAD_REQUEST) throw error
    const [problem] = error.details
    const at = Number(/^\$\.steps\[(\d+)\]/.exec(problem?.path ?? '')?.[1])
    const { steps = [] } = request
    const isEnd = at > 0 && steps.slice(at).every(({ hangup }) => hangup !== undefined)
    return isEnd ? placeShortened(client, { ...request, steps: steps.slice(0, at) }) : error
  }
}

async function readSurroundings({ client }: Pick<ComparedEmulator, 'client'>, { types }: RecordedCalls) {
  const { extensions = [], phoneCallEvents = [], settings } = await client.fixtures.export()
  const known = new Map(extensions.map(extension => [extension.number, extension]))
  const publicNumberOf = (number: string) => {
    const { publicNumber, publicNumbers } = known.get(number) ?? {}
    return (publicNumber ?? publicNumbers?.[0] ?? '').replace(/^\+/, '')
  }
  return {
    kindOf: (number: string) => known.get(number)?.kind,
    publicNumberOf,
    typesOf: (address: string) => {
      const loaded = phoneCallEvents.filter(({ url }) => addressOfEvent(url) === address).map(({ type }) => type)
      return new Set([...(types.get(address) ?? []), ...loaded])
    },
    settings: { ...DEFAULT_SETTINGS, ...settings }
  }
}
