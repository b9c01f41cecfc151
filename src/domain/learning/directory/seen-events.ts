import type { FixtureEvent } from '../../../schema/fixture.js'
import { collectionIn, eventsIn, membersOf, type SeenMembers } from '../resources.js'
import { isSuccess, type SeenExchange } from '../seen-exchange.js'

/** How many phone call events are remembered. */
const MAX_EVENTS = 100_000

/** The members of an event that lines show, as they were before the first exchange. */
interface SeenEvent {
  extension: string
  members: Partial<Record<Member, string>>
  /** The members that were changed since: what they were before is not shown. */
  changed: Set<Member>
}

const MEMBERS = ['type', 'method', 'url', 'status', 'note', 'modified'] as const
type Member = (typeof MEMBERS)[number]

/** Collects the phone call events that were there before the first exchange. */
export class SeenEvents {
  readonly #before = new Map<string, SeenEvent>()
  readonly #created = new Set<string>()
  /** How many events an extension had before, at least, by the first list of all of them. */
  readonly #totals = new Map<string, { total: number; changes: number }>()
  readonly #changes = new Map<string, number>()
  #dropped = 0

  exchange(seen: SeenExchange): void {
    const { extension = '' } = seen.address
    if (!isSuccess(seen)) return
    if (seen.operation === 'create') this.#readCreated(seen, extension)
    else if (seen.operation === 'list') this.#readList(seen, extension)
    else if (seen.operation === 'update') this.#readUpdated(seen, extension)
    else if (seen.operation === 'delete') this.#readDeleted(seen, extension)
  }

  /** The events before the first exchange; their extensions are as paths name them. */
  list(): { id: string; extension: string; members: SeenEvent['members'] }[] {
    return [...this.#before].map(([id, { extension, members }]) => ({ id, extension, members }))
  }

  /** How many more events an extension had, by the first list of all of them. */
  *missing(): Iterable<[extension: string, count: number]> {
    const known = new Map<string, number>()
    for (const { extension } of this.#before.values()) known.set(extension, (known.get(extension) ?? 0) + 1)
    for (const [extension, { total, changes }] of this.#totals) {
      const count = total - changes - (known.get(extension) ?? 0)
      if (count > 0) yield [extension, count]
    }
  }

  /** How many events were too many to be remembered. */
  dropped = (): number => this.#dropped

  #readCreated(seen: SeenExchange, extension: string): void {
    for (const { id } of eventsIn(seen)) if (typeof id === 'string' && this.#hasRoom()) this.#created.add(id)
    this.#count(extension, 1)
  }

  #readList(seen: SeenExchange, extension: string): void {
    const { eventType, id } = seen.address
    for (const event of eventsIn(seen)) this.#see(event.id, extension, { type: eventType, ...event })
    const total = Number(collectionIn(seen.answer)?.totalResults)
    if (eventType !== undefined || id !== undefined || seen.query.filterBy !== undefined || !(total > 0)) return
    if (!this.#totals.has(extension) && this.#totals.size < MAX_EVENTS)
      this.#totals.set(extension, { total, changes: this.#changes.get(extension) ?? 0 })
  }

  #readUpdated(seen: SeenExchange, extension: string): void {
    const sent = membersOf(seen.sent)
    const isSent = (member: Member) => member === 'modified' || (member !== 'type' && sent[member] !== undefined)
    for (const event of eventsIn(seen)) {
      const kept = Object.fromEntries(Object.entries(event).filter(([name]) => !isSent(name as Member))) // others are not read
      const found = this.#see(event.id, extension, kept)
      for (const member of MEMBERS) if (isSent(member)) found?.changed.add(member)
    }
  }

  #readDeleted({ answer, address }: SeenExchange, extension: string): void {
    for (const { id } of Array.isArray(answer) ? answer.map(membersOf) : []) {
      this.#see(id, extension, { type: address.eventType })
      if (typeof id === 'string') this.#created.delete(id)
      this.#count(extension, -1)
    }
  }

  /** Keeps the members of an event that was there before, unless they were changed since. */
  #see(id: unknown, extension: string, members: SeenMembers): SeenEvent | undefined {
    if (typeof id !== 'string' || this.#created.has(id)) return undefined
    let event = this.#before.get(id)
    if (event === undefined) {
      if (!this.#hasRoom()) return undefined
      event = { extension, members: {}, changed: new Set() }
      this.#before.set(id, event)
    }
    for (const member of MEMBERS) {
      const value = members[member]
      if (typeof value === 'string' && !event.changed.has(member)) event.members[member] ??= value
    }
    return event
  }

  #count(extension: string, by: number): void {
    if (this.#changes.size < MAX_EVENTS) this.#changes.set(extension, (this.#changes.get(extension) ?? 0) + by)
  }

  #hasRoom(): boolean {
    if (this.#before.size + this.#created.size < MAX_EVENTS) return true
    this.#dropped += 1
    return false
  }
}

/** A seen event as one of a fixture, with plain values for what lines do not show, and the names of those members. */
export function completeEvent(
  extension: string,
  id: string,
  { type, method, url, status, note, modified }: SeenEvent['members']
): { event: FixtureEvent; unknown: string[] } {
  const shown = { type, method, url, status, note }
  const unknown = Object.entries(shown).flatMap(([name, value]) => (value === undefined ? [name] : []))
  const event = {
    extension,
    type: type ?? '0',
    id,
    method: method ?? '0',
    url: url ?? 'http://127.0.0.1/unknown',
    ...(status !== undefined && { status }),
    ...(note !== undefined && { note }),
    ...(modified !== undefined && { modified })
  }
  return { event: event as FixtureEvent, unknown } // the fixture is checked as a whole
}
