import { EXTENSION_KINDS } from '../../../schema/directory.js'
import type { ListedEvent } from '../../../schema/fixture.js'
import type { Phone } from '../../../schema/phone.js'
import type { Directory } from '../../../schema/state.js'
import { codeAndLabel } from '../../parts/labels.js'

/** What the tree has, by the parameter of the address that selects it. `group` is a heading. */
export const KINDS = ['event', 'extension', 'user', 'organization', 'app', 'phone', 'group'] as const

/** One of them. */
export type Kind = (typeof KINDS)[number]

/** A place in the tree. */
export interface Node {
  kind: Kind
  id: string
  label: string
  about: string
  children: Node[]
  /** Whether it is an event that is not armed, or an app that is disabled. */
  isOff?: boolean | undefined
}

/** A node that is drawn. */
export interface Row extends Node {
  key: string
  /** From 1. */
  level: number
  /** Among those beside it that are to be seen, from 1, and how many these are. */
  place: number
  of: number
  isOpen: boolean
}

/** Everything is open at first in a directory with at most so many extensions. */
const SMALL = 100

/** The texts that are not empty, set apart. */
const joined = (...texts: string[]): string => texts.filter(Boolean).join(' · ')

/** The directory as a tree, with the events of each extension. */
export function treeOf(
  { organizations, users, extensions, apps }: Directory,
  events: readonly ListedEvent[],
  phones: readonly Phone[]
): Node[] {
  const ofExtension = groupBy(events, ({ extension }) => extension)
  const ofOwner = groupBy(extensions, ({ owner }) => owner)
  const ofOrganization = groupBy(users, ({ organization }) => organization)
  const eventNode = ({ id, type, url, note, status }: ListedEvent): Node => ({
    kind: 'event',
    id,
    label: codeAndLabel(type),
    about: joined(note, url),
    children: [],
    isOff: status === '0'
  })
  const userNode = ({ id, name, role }: Directory['users'][number]): Node => ({
    kind: 'user',
    id,
    label: name,
    about: joined(`user ${id}`, role),
    children: (ofOwner.get(id) ?? []).map(({ number, name = '', kind, publicNumber = '' }) => ({
      kind: 'extension',
      id: number,
      label: number,
      about: joined(name, EXTENSION_KINDS[kind].label, publicNumber),
      children: (ofExtension.get(number) ?? []).map(eventNode)
    }))
  })
  const group = (id: string, children: Node[]): Node[] =>
    children.length === 0 ? [] : [{ kind: 'group', id, label: id, about: '', children }]
  return [
    ...organizations.map(
      ({ id, name }): Node => ({
        kind: 'organization',
        id,
        label: name,
        about: `organization ${id}`,
        children: (ofOrganization.get(id) ?? []).map(userNode)
      })
    ),
    ...group('Without organization', (ofOrganization.get(null) ?? []).map(userNode)),
    ...group(
      'Apps',
      apps.map(({ clientId, name = clientId, disabled }) => ({
        kind: 'app',
        id: clientId,
        label: name,
        about: clientId,
        children: [],
        isOff: disabled
      }))
    ),
    ...group(
      'Phones that were set',
      phones.map(({ number, outcome }) => ({ kind: 'phone', id: number, label: number, about: outcome, children: [] }))
    )
  ]
}

function groupBy<Entry, Key>(entries: readonly Entry[], keyOf: (entry: Entry) => Key): Map<Key, Entry[]> {
  const groups = new Map<Key, Entry[]>()
  for (const entry of entries) {
    const group = groups.get(keyOf(entry))
    if (group) group.push(entry)
    else groups.set(keyOf(entry), [entry])
  }
  return groups
}

/** The key of a node. */
export const keyOf = ({ kind, id }: Pick<Node, 'kind' | 'id'>): string => `${kind}:${id}`

/**
 * The rows of a tree that are to be seen.
 * @param text only what contains it, with all above and below
 * @param toggled the keys of nodes that are not as they are at first
 * @param selected a key: everything above it is open
 */
export function rowsOf(tree: Node[], text: string, toggled: ReadonlySet<string>, selected: string | undefined): Row[] {
  const search = text.toLowerCase()
  const isSmall = tree.flatMap(({ children }) => children.flatMap(user => user.children)).length <= SMALL
  const rows: Row[] = []

  /** Adds a node with what is open below. @returns whether it or something below is searched for, or selected */
  const add = (node: Node, level: number, isWanted: boolean): { isFound: boolean; isSelected: boolean; row: Row } => {
    const key = keyOf(node)
    const isHit = isWanted || `${node.label} ${node.about} ${node.id}`.toLowerCase().includes(search)
    const at = rows.length
    const row: Row = { ...node, key, level, place: 1, of: 1, isOpen: false }
    rows.push(row)
    const below = addAll(node.children, level + 1, isHit)
    const isBelow = below.some(({ isFound }) => isFound)
    const isAtFirst =
      below.some(({ isSelected }) => isSelected) || (search ? isBelow && !isHit : isSmall || level === 1)
    row.isOpen = node.children.length > 0 && isAtFirst !== toggled.has(key)
    if (!row.isOpen) rows.length = at + 1
    const isFound = isHit || isBelow
    if (!isFound) rows.length = at
    return { isFound, isSelected: key === selected || below.some(({ isSelected }) => isSelected), row }
  }
  /** Adds nodes that stand beside each other, and counts those that are found. */
  const addAll = (nodes: Node[], level: number, isWanted: boolean) => {
    const added = nodes.map(node => add(node, level, isWanted))
    const found = added.filter(({ isFound }) => isFound)
    for (const [index, { row }] of found.entries()) {
      row.place = index + 1
      row.of = found.length
    }
    return added
  }
  addAll(tree, 1, false)
  return rows
}
