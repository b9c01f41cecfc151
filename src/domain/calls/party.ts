import type { Extension } from '../../schema/directory.js'
import type { Problem } from '../schema-check.js'

/** The two sides of a call. */
export type Leg = 'caller' | 'called'

/** A party of a call: an extension, with the public number if it was called by that, or a number outside. */
export type Party =
  | { kind: 'extension'; extension: Extension; publicNumber?: string }
  | { kind: 'outside'; number: string }

/** Lookups of extensions in the directory. */
export interface DirectoryLookup {
  extended(number: string): Extension | undefined
  publicNumber(number: string): Extension | undefined
  /** The extension that has a short number in the organization of another's owner. */
  short(number: string, neighbour: Extension): Extension | undefined
}

/**
 * Resolves the two parties of a call.
 * @returns the parties, or the problems of the request
 * @source call-events.md §1 "A party is…"
 */
export function findParties(
  { from, to }: { from: string; to: string },
  lookup: DirectoryLookup
): { caller: Party; called: Party } | { problems: Problem[] } {
  const [alone, otherAlone] = [resolveAlone(from, lookup), resolveAlone(to, lookup)]
  const caller = resolveShort(from, otherAlone, lookup) ?? alone
  const called = resolveShort(to, alone, lookup) ?? otherAlone
  const problems = [...unresolved('$.from', from, caller, called), ...unresolved('$.to', to, called, caller)]
  if (caller === undefined || called === undefined) return { problems }
  if (caller.kind === 'outside' && called.kind === 'outside') return { problems: [bothOutside(from, to)] }
  if (isSame(caller, called))
    return { problems: [{ path: '$.to', message: `is ${to}, the caller: an extension cannot call itself` }] }
  return { caller, called }
}

/** The extended number of a party; null when it is outside. */
export const extensionOf = (party: Party): string | null => (party.kind === 'extension' ? party.extension.number : null)

/** An extension by its extended or public number, or else a number outside, which has four digits or more. */
function resolveAlone(text: string, { extended, publicNumber }: DirectoryLookup): Party | undefined {
  const byNumber = extended(text)
  if (byNumber) return { kind: 'extension', extension: byNumber }
  const byPublicNumber = publicNumber(text)
  if (byPublicNumber) return { kind: 'extension', extension: byPublicNumber, publicNumber: text }
  return /^\+?[0-9]{4,}$/.test(text) ? { kind: 'outside', number: text } : undefined
}

/** An extension by its short number, in the organization of the other party. */
function resolveShort(text: string, other: Party | undefined, { short }: DirectoryLookup): Party | undefined {
  if (other?.kind !== 'extension' || !/^[0-9]+$/.test(text)) return undefined
  const neighbour = short(text, other.extension)
  return neighbour && { kind: 'extension', extension: neighbour }
}

const isSame = (one: Party, other: Party): boolean =>
  one.kind === 'extension' && other.kind === 'extension' && one.extension.number === other.extension.number

function unresolved(path: string, text: string, party: Party | undefined, other: Party | undefined): Problem[] {
  if (party !== undefined) return []
  const message = text.includes('*')
    ? `names ${text}, which no extension has`
    : other?.kind === 'extension'
      ? `names ${text}, which is no short number in the organization of ${other.extension.number}, and a number outside has at least four digits`
      : `names ${text}; from outside, an extension is reached by its extended or its public number`
  return [{ path, message }]
}

const bothOutside = (from: string, to: string): Problem => ({
  path: '$.to',
  message: `leads outside, as $.from does: neither ${from} nor ${to} is a number of an extension, and one of them has to be`
})
