import type { HarEntry } from '../../schema/har.js'
import { joinTexts, type Parts } from '../parts.js'

/**
 * A document in HAR 1.2 in parts, each made when it is read, so that no export is in memory as a whole.
 * @param entries read one after the other; an error of theirs ends the document in its middle
 */
export function printHar(version: string, entries: Iterable<HarEntry>): Parts {
  const creator = JSON.stringify({ name: 'uapi-emulator', version })
  return joinTexts(`{"log":{"version":"1.2","creator":${creator},"entries":[`, printEach(entries), ']}}')
}

function* printEach(entries: Iterable<HarEntry>): Parts {
  for (const entry of entries) yield JSON.stringify(entry)
}
