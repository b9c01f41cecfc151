import type { HarEntry } from '../../schema/har.js'

/** The size of a part of a document, roughly, in characters. */
const PART = 64 * 1024

/**
 * A document in HAR 1.2 in parts, each made when it is read, so that no export is in memory as a whole.
 * @param entries read one after the other; an error of theirs ends the document in its middle
 */
export function* printHar(version: string, entries: Iterable<HarEntry>): Generator<string, void, undefined> {
  let part = `{"log":{"version":"1.2","creator":${JSON.stringify({ name: 'uapi-emulator', version })},"entries":[`
  let separator = ''
  for (const entry of entries) {
    part += separator + JSON.stringify(entry)
    separator = ','
    if (part.length < PART) continue
    yield part
    part = ''
  }
  yield `${part}]}}`
}
