import type { Fixture } from '../../../schema/fixture.js'

/** How an entry of a fixture differs from the one of the same key in another. */
export interface Difference {
  kind: string
  /** Its id, number or name; that of a credential has its user instead. */
  name: string
  change: 'added' | 'removed' | 'changed'
  /** The members that differ, as text; of a secret only that it does. */
  members: { name: string; before: string | undefined; after: string | undefined }[]
}

/** The member that identifies an entry, by kind. @source fixtures.md "Kinds" */
const KEYS: Record<string, string> = {
  organizations: 'id',
  users: 'id',
  extensions: 'number',
  apps: 'clientId',
  tokens: 'accessToken',
  sessions: 'vn',
  phoneCallEvents: 'id',
  phones: 'number'
}

const SECRETS = new Set(['accessToken', 'clientSecret', 'vn', 'xsrfToken'])

type Entry = Record<string, unknown>

/** The differences of two states, by kind, in the order of their entries. */
export function compareFixtures(before: Fixture, after: Fixture): Difference[] {
  const lists = Object.entries(KEYS).flatMap(([kind, key]) =>
    compareLists(kind, entriesOf(before, kind, key), entriesOf(after, kind, key))
  )
  const settings = membersThatDiffer(before.settings ?? {}, after.settings ?? {})
  return settings.length === 0
    ? lists
    : [...lists, { kind: 'settings', name: 'settings', change: 'changed', members: settings }]
}

function entriesOf(fixture: Fixture, kind: string, key: string): Map<unknown, Entry> {
  const list: Entry[] = Reflect.get(fixture, kind) ?? []
  return new Map(list.map(entry => [entry[key], entry]))
}

function compareLists(kind: string, before: Map<unknown, Entry>, after: Map<unknown, Entry>): Difference[] {
  const differences: Difference[] = []
  const add = (entry: Entry, change: Difference['change'], members: Difference['members']) =>
    differences.push({ kind, name: nameOf(kind, entry), change, members })
  for (const [key, entry] of before) {
    const now = after.get(key)
    const members = membersThatDiffer(entry, now ?? {})
    if (now === undefined) add(entry, 'removed', [])
    else if (members.length > 0) add(entry, 'changed', members)
  }
  for (const [key, entry] of after) if (!before.has(key)) add(entry, 'added', [])
  return differences
}

function membersThatDiffer(before: Entry, after: Entry): Difference['members'] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap(name => {
    const [from, to] = [before[name], after[name]].map(value => (value === undefined ? undefined : print(value)))
    if (from === to) return []
    const shown = (text: string | undefined) => (text !== undefined && SECRETS.has(name) ? '***' : text)
    return [{ name, before: shown(from), after: shown(to) }]
  })
}

const print = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function nameOf(kind: string, entry: Entry): string {
  const key = KEYS[kind] ?? ''
  if (SECRETS.has(key)) return `of user ${entry.user}`
  const beside = kind === 'phoneCallEvents' ? ` (type ${entry.type} of ${entry.extension})` : ''
  return `${entry[key]}${beside}`
}
