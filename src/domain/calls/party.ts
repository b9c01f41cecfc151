import type { Extension } from '../../schema/directory.js'
import type { Problem } from '../schema-check.js'

/** The two sides of a call. */
export type Leg = 'caller' | 'called'

/** Who takes part in a call: an extension, and the public number if it was named by that; or a number outside. */
export type Party =
  | { kind: 'extension'; extension: Extension; publicNumber?: string }
  | { kind: 'outside'; number: string }

/** How the directory is asked. */
export interface DirectoryLookup {
  extended(number: string): Extension | undefined
  publicNumber(number: string): Extension | undefined
  /** The extension that has a short number in the organization of another's owner. */
  short(number: string, neighbour: Extension): Extension | undefined
}

/**
 * Finds out who the two texts of a call mean.
 * @returns the parties, or what is wrong with the texts
 * @source call-events.md §1 "A party is…"
 */
export function findParties(
  { from, to }: { from: string; to: string },
  lookup: DirectoryLookup
): { caller: Party; called: Party } | { problems: Problem[] } {
  const [first, second] = [findAlone(from, lookup), findAlone(to, lookup)]
  const caller = findBeside(from, second, lookup) ?? first
  const called = findBeside(to, first, lookup) ?? second
  const problems = [...unknown('$.from', from, caller, called), ...unknown('$.to', to, called, caller)]
  if (caller === undefined || called === undefined) return { problems }
  if (caller.kind === 'outside' && called.kind === 'outside') return { problems: [outside(from, to)] }
  if (isSame(caller, called))
    return { problems: [{ path: '$.to', message: `is ${to}, which calls: an extension cannot call itself` }] }
  return { caller, called }
}

/** The extended number of a party; null when it is outside. */
export const extensionOf = (party: Party): string | null => (party.kind === 'extension' ? party.extension.number : null)

/** An extension by its extended or its public number, or else a number outside, which has four digits or more. */
function findAlone(text: string, { extended, publicNumber }: DirectoryLookup): Party | undefined {
  const known = extended(text)
  if (known) return { kind: 'extension', extension: known }
  const reached = publicNumber(text)
  if (reached) return { kind: 'extension', extension: reached, publicNumber: text }
  return /^\+?[0-9]{4,}$/.test(text) ? { kind: 'outside', number: text } : undefined
}

/** An extension by its short number, where the other party is one whose organization has it. */
function findBeside(text: string, other: Party | undefined, { short }: DirectoryLookup): Party | undefined {
  if (other?.kind !== 'extension' || !/^[0-9]+$/.test(text)) return undefined
  const neighbour = short(text, other.extension)
  return neighbour && { kind: 'extension', extension: neighbour }
}

const isSame = (one: Party, other: Party): boolean =>
  one.kind === 'extension' && other.kind === 'extension' && one.extension.number === other.extension.number

function unknown(path: string, text: string, party: Party | undefined, other: Party | undefined): Problem[] {
  if (party !== undefined) return []
  const message = text.includes('*')
    ? `names ${text}, which no extension has`
    : other?.kind === 'extension'
      ? `names ${text}, which is no short number in the organization of ${other.extension.number}, and a number outside has at least four digits`
      : `names ${text}; from outside, an extension is reached by its extended or its public number`
  return [{ path, message }]
}

const outside = (from: string, to: string): Problem => ({
  path: '$.to',
  message: `leads outside, as $.from does: neither ${from} nor ${to} is a number of an extension, and one of them has to be`
})
