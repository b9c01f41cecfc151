import type { StateCounts } from '../../../schema/state.js'

/** The kinds of entries of a state, in the order of a fixture, with the words for one and for several. */
const KINDS: Record<keyof StateCounts, [one: string, several: string]> = {
  organizations: ['organization', 'organizations'],
  users: ['user', 'users'],
  extensions: ['extension', 'extensions'],
  apps: ['app', 'apps'],
  tokens: ['token', 'tokens'],
  sessions: ['session', 'sessions'],
  phoneCallEvents: ['event', 'events'],
  phones: ['phone', 'phones']
}

/** Counts as a person reads them, without what there is none of: `2 users, 1 event`. */
export function printCounts(counts: Partial<StateCounts>): string {
  const parts = Object.entries(KINDS).flatMap(([kind, words]) => {
    const count: number = Reflect.get(counts, kind) ?? 0
    return count === 0 ? [] : [`${count} ${words[count === 1 ? 0 : 1]}`]
  })
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

/** What is in a document that may be a fixture: the lengths of its lists, and how many settings. */
export function printContents(document: unknown): string {
  const entries = Object.entries(Object(document))
  const lists = entries.flatMap(([kind, list]) => (Array.isArray(list) ? [[kind, list.length]] : []))
  const settings = Object.keys(Object(Reflect.get(Object(document), 'settings'))).length
  const counted = printCounts(Object.fromEntries(lists))
  if (settings === 0) return counted
  return `${counted === 'nothing' ? '' : `${counted}, `}${settings} ${settings === 1 ? 'setting' : 'settings'}`
}
