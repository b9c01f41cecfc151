import { EXTENSION_KINDS } from '../../../schema/directory.js'
import { client } from '../../emulator/client.js'
import { directory, events } from '../../emulator/contents.js'
import { suggestParties } from '../calls/dial/defaults.js'
import { CATCH_URL } from './catching.js'

/** Who calls whom in a sample call. */
export interface SampleParties {
  /** An extension, or an outside number. */
  from: string
  /** An extension. */
  to: string
  /** The user that owns `to`. */
  user: string
}

/** How long the sample call rings and talks, in milliseconds. */
export const SAMPLE = { ringMs: 3_000, talkMs: 10_000 }

/** The extensions that phone call events can be assigned to, in the order of the directory. */
export const eventExtensions = () =>
  (directory.value?.extensions ?? []).filter(({ kind }) => EXTENSION_KINDS[kind].hasPhoneCallEvents)

/** Two parties of which one has events, if there are any. @returns undefined when there is no extension to call */
export const partiesWithEvents = (): SampleParties | undefined => partiesOf(suggestParties())

/**
 * The parties of a sample call: the other way round where only the called one has an event that leads elsewhere. The
 * webhook of an event that came with a fixture would look like a failure of the first call.
 * @returns undefined when there is no extension to call
 */
export function sampleParties(): SampleParties | undefined {
  const suggested = suggestParties()
  const { from, to } = suggested
  const leadsElsewhere = (number: string) =>
    events.value.some(({ extension, status, url }) => extension === number && status !== '0' && url !== CATCH_URL)
  const turned = leadsElsewhere(to) && !leadsElsewhere(from) ? partiesOf({ from: to, to: from }) : undefined
  return turned ?? partiesOf(suggested)
}

function partiesOf({ from, to }: { from: string; to: string }): SampleParties | undefined {
  const called = eventExtensions().find(({ number }) => number === to)
  return called && { from, to, user: called.owner }
}

/** Places the sample call. @throws ClientError; Error when the directory has no extension for it */
export async function placeSampleCall(): Promise<{ callId: string }> {
  const parties = sampleParties()
  if (parties === undefined) throw new Error('There is no extension to call: load a fixture first.')
  return client.calls.place({ from: parties.from, to: parties.to, ...SAMPLE })
}
