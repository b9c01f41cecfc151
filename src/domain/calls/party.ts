import { type CallOutcome, OUTCOMES } from '../../schema/calls/call-step.js'
import type { Extension } from '../../schema/directory.js'
import type { Problem } from '../schema-check.js'

/** A party of a call: an extension or an outside number. `publicNumber` is present when an extension was called by it. */
export type Party =
  | { kind: 'extension'; written: string; extension: Extension; publicNumber?: string }
  | { kind: 'outside'; written: string }

/** Lookups of extensions in the directory. */
export interface DirectoryLookup {
  extended(number: string): Extension | undefined
  publicNumber(number: string): Extension | undefined
  /** The extension that has a short number in the organization of another's owner. */
  short(number: string, neighbour: Extension): Extension | undefined
}

/** Resolves a number that is dialled within a call. @returns the party, or why the number names none */
export type ResolveParty = (number: string) => Party | { problem: string }

/** The parties of a call that is placed. */
export interface Parties {
  caller: Party
  called: Party[]
}

/**
 * Resolves the parties of a call that is placed.
 * @param from undefined for an outside caller without a number
 * @returns the parties, or the problems of the request
 * @source call-events.md §1; control-api.md "Calls and deliveries"
 */
export function findParties(
  { from, to, outcome }: { from?: string | undefined; to: string | string[]; outcome?: CallOutcome | undefined },
  lookup: DirectoryLookup
): Parties | { problems: Problem[] } {
  const numbers = typeof to === 'string' ? [to] : to
  const caller = findCaller(from, numbers, lookup)
  const resolve = resolverFrom('problem' in caller ? undefined : caller, lookup)
  const problems: Problem[] = 'problem' in caller ? [{ path: '$.from', message: caller.problem }] : []
  const called: Party[] = []
  const isUnreached = outcome !== undefined && !OUTCOMES[outcome].reaches
  for (const [index, number] of numbers.entries()) {
    const found = resolve(number)
    const party: Party | { problem: string } =
      'problem' in found && isUnreached && typeof to === 'string' ? { kind: 'outside', written: number } : found
    const problem =
      'problem' in party ? party.problem : problemOf(party, called, { from, caller, isList: typeof to !== 'string' })
    if (problem !== undefined)
      problems.push({ path: typeof to === 'string' ? '$.to' : `$.to[${index}]`, message: problem })
    if (!('problem' in party)) called.push(party)
  }
  return 'problem' in caller || problems.length > 0 ? { problems } : { caller, called }
}

/** Resolves numbers for a party of a call: its short numbers, feature codes and outside numbers of two or more digits. */
export function resolverFrom(dialler: Party | undefined, lookup: DirectoryLookup): ResolveParty {
  const neighbour = dialler?.kind === 'extension' ? dialler.extension : undefined
  return written => {
    const found = findExtension(written, lookup, neighbour)
    if (found) return found
    if (IS_EXTENDED.test(written)) return { problem: `names ${written}, which no extension has` }
    if (isOutside(written, neighbour !== undefined)) return { kind: 'outside', written }
    return {
      problem: neighbour
        ? `names ${written}, which no extension has; an outside number has at least two digits, a feature code begins with * or #`
        : `names ${written}; from outside, an extension is reached by its extended or its public number, and an outside number has at least four digits`
    }
  }
}

/** The extended number of a party; null when it is outside. */
export const extensionOf = (party: Party): string | null => (party.kind === 'extension' ? party.extension.number : null)

/** The number of a party: the extended one of an extension, else as it was written. */
export const calledNumber = (party: Party): string => extensionOf(party) ?? party.written

/**
 * Warnings of possible typing mistakes: outside numbers of three digits or fewer.
 * @param isUnknownMeant whether the outcome is one of an unreachable number, so that no warning is needed
 * @source control-api.md "Calls and deliveries"
 */
export const warningsOf = ({ caller, called }: Parties, isUnknownMeant: boolean): string[] =>
  caller.kind === 'outside' || isUnknownMeant
    ? []
    : called
        .filter(({ kind, written }) => kind === 'outside' && written.replace(/\D/g, '').length <= 3)
        .map(({ written }) => `No extension has the number ${written}: it was called as an outside number.`)

/** The caller; its short number is one in the organization of the first called extension. */
function findCaller(from: string | undefined, to: string[], lookup: DirectoryLookup): Party | { problem: string } {
  if (from === undefined) return { kind: 'outside', written: '' }
  return findExtension(from, lookup) ?? findShort(from, to, lookup) ?? callerOutside(from)
}

function findShort(from: string, to: string[], lookup: DirectoryLookup): Party | undefined {
  if (!IS_SHORT.test(from)) return undefined
  const neighbour = to.map(number => findExtension(number, lookup)).find(party => party?.kind === 'extension')
  return neighbour?.kind === 'extension' ? findExtension(from, lookup, neighbour.extension) : undefined
}

const callerOutside = (from: string): Party | { problem: string } =>
  /^\+?[0-9]{4,}$/.test(from)
    ? { kind: 'outside', written: from }
    : {
        problem: from.includes('*')
          ? `names ${from}, which no extension has`
          : `names ${from}, which is no short number in the organization of the called extension, and an outside number has at least four digits`
      }

/** The forms of an extended, a public and a short number: a lookup of another form would find nothing. */
const IS_EXTENDED = /^[0-9]+\*[0-9]+$/
const IS_PUBLIC = /^\+?[0-9]{4,20}$/
const IS_SHORT = /^[0-9]+$/

/** @param neighbour an extension whose organization has the short number */
function findExtension(
  written: string,
  { extended, publicNumber, short }: DirectoryLookup,
  neighbour?: Extension | undefined
): Party | undefined {
  const byNumber = IS_EXTENDED.test(written) ? extended(written) : undefined
  if (byNumber) return { kind: 'extension', written, extension: byNumber }
  const byPublicNumber = IS_PUBLIC.test(written) ? publicNumber(written) : undefined
  if (byPublicNumber) return { kind: 'extension', written, extension: byPublicNumber, publicNumber: written }
  const byShort = neighbour && IS_SHORT.test(written) ? short(written, neighbour) : undefined
  return byShort && { kind: 'extension', written, extension: byShort }
}

/** Whether a number that no extension has leads outside. @param isInternal whether an extension dials it */
const isOutside = (written: string, isInternal: boolean): boolean =>
  isInternal ? /^(\+?[0-9]{2,}|[*#][0-9*#]*)$/.test(written) : /^\+?[0-9]{4,}$/.test(written)

/** Why a party cannot be called by this caller, beside the other called parties; undefined when it can. */
function problemOf(
  party: Party,
  others: Party[],
  {
    from = 'a caller without number',
    caller,
    isList
  }: { from?: string | undefined; caller: Party | { problem: string }; isList: boolean }
): string | undefined {
  if ('problem' in caller) return undefined
  const { written } = party
  if (party.kind === 'outside') {
    if (isList) return `names ${written}, which no extension has: only extensions ring at once`
    if (caller.kind === 'outside')
      return `leads outside, as $.from does: neither ${from} nor ${written} is a number of an extension, and one of them has to be`
    return undefined
  }
  const number = extensionOf(party)
  if (number === extensionOf(caller)) return `is ${written}, the caller: an extension cannot call itself`
  if (others.some(other => extensionOf(other) === number)) return `names ${number} a second time`
  return undefined
}
