import { EXTENSION_KINDS } from '../../../schema/directory.js'
import { client } from '../../emulator/client.js'
import { directory } from '../../emulator/contents.js'
import { suggestParties } from '../calls/dial/defaults.js'

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

/** The parties of a sample call, as the dial pad suggests them. @returns undefined when there is no extension to call */
export function sampleParties(): SampleParties | undefined {
  const { from, to } = suggestParties()
  const called = eventExtensions().find(({ number }) => number === to)
  return called && { from, to, user: called.owner }
}

/** Places the sample call. @throws ClientError; Error when the directory has no extension for it */
export async function placeSampleCall(): Promise<{ callId: string }> {
  const parties = sampleParties()
  if (parties === undefined) throw new Error('There is no extension to call: load a fixture first.')
  return client.calls.place({ from: parties.from, to: parties.to, ...SAMPLE })
}
