import { type Finding, kindOf, printNames, printValue } from './finding.js'
import { formOfId, formOfTime, pathOfAddress } from './forms.js'
import { type Identities, isPseudonym } from './identities.js'

/**
 * The differences of two JSON values: members, their order, kinds and values. Ids, times and addresses are compared by
 * their form, and ids by what they name.
 * @param member the JSON path of the values
 * @assumed 0029
 */
export function compareValues(recorded: unknown, own: unknown, identities: Identities, member = '$'): Finding[] {
  if (kindOf(recorded) !== kindOf(own))
    return [
      { kind: 'kind', member, recorded: kindOf(recorded), emulator: kindOf(own) },
      ...(member === '$' ? compareUnwrapped(recorded, own, identities) : [])
    ]
  if (Array.isArray(recorded) && Array.isArray(own)) return compareLists(recorded, own, identities, `${member}[]`)
  if (typeof recorded === 'string' && typeof own === 'string') return compareTexts(recorded, own, identities, member)
  if (isObject(recorded) && isObject(own)) return compareMembers(recorded, own, identities, member)
  return recorded === own ? [] : [{ kind: 'value', member, recorded: printValue(recorded), emulator: printValue(own) }]
}

/** A collection within an array against one without: the rest is compared as if both were the same. */
function compareUnwrapped(recorded: unknown, own: unknown, identities: Identities): Finding[] {
  const [one, other] = [recorded, own].map(value => (Array.isArray(value) && value.length === 1 ? value[0] : value))
  return isObject(one) && isObject(other) && !Array.isArray(one) && !Array.isArray(other)
    ? compareMembers(one, other, identities, '$[]')
    : []
}

type Members = Record<string, unknown>

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null

function compareMembers(recorded: Members, own: Members, identities: Identities, member: string): Finding[] {
  const names = Object.keys(recorded)
  const ownNames = Object.keys(own)
  const missing = names.filter(name => !Object.hasOwn(own, name))
  const extra = ownNames.filter(name => !Object.hasOwn(recorded, name))
  const shared = names.filter(name => Object.hasOwn(own, name))
  const ownShared = ownNames.filter(name => Object.hasOwn(recorded, name))
  return [
    ...missing.map(
      (name): Finding => ({
        kind: 'memberMissing',
        member: `${member}.${name}`,
        recorded: kindOf(recorded[name]),
        emulator: 'nothing'
      })
    ),
    ...extra.map(
      (name): Finding => ({
        kind: 'memberExtra',
        member: `${member}.${name}`,
        recorded: 'nothing',
        emulator: kindOf(own[name])
      })
    ),
    ...compareOrder('memberOrder', member, shared, ownShared),
    ...shared.flatMap(name => compareValues(recorded[name], own[name], identities, `${member}.${name}`))
  ]
}

/** The difference of two orders of the same names. */
export const compareOrder = (
  kind: 'memberOrder' | 'parameterOrder' | 'webhookOrder',
  member: string | undefined,
  recorded: readonly string[],
  own: readonly string[]
): Finding[] =>
  recorded.length !== own.length || recorded.every((name, at) => name === own[at])
    ? []
    : [{ kind, ...(member !== undefined && { member }), recorded: printNames(recorded), emulator: printNames(own) }]

function compareTexts(recorded: string, own: string, identities: Identities, member: string): Finding[] {
  const name = member.slice(member.lastIndexOf('.') + 1)
  if (isIdentity(name, recorded)) return compareIds(recorded, own, identities, member)
  const translated = identities.translate(recorded)
  if (translated === own) return []
  const [time, ownTime] = [formOfTime(recorded), formOfTime(own)]
  if (time !== undefined && ownTime !== undefined)
    return time === ownTime ? [] : [{ kind: 'form', member, recorded: time, emulator: ownTime }]
  if (isAddress(member)) {
    const [path, ownPath] = [pathOfAddress(translated), pathOfAddress(own)]
    if (path !== undefined && path === ownPath) return []
    const print = (found: string | undefined, text: string) =>
      found === undefined ? printValue(text) : `an address with the path ${found}`
    return [
      {
        kind: 'form',
        member,
        recorded: print(pathOfAddress(recorded), recorded),
        emulator: identities.restore(print(ownPath, own))
      }
    ]
  }
  return [{ kind: 'value', member, recorded: printValue(recorded), emulator: printValue(identities.restore(own)) }]
}

/** Ids of events and calls, and tokens. Ids that are shorter count something within their parent. */
const isIdentity = (name: string, text: string): boolean =>
  (name === 'id' && text.length >= MIN_ID) || ((name === 'access_token' || name === 'refresh_token') && text !== '')

const MIN_ID = 6

/** The addresses that a PBX makes: those of resources and of pages. A url that a client has registered is a value. */
const isAddress = (member: string): boolean => /\.(?:links|paging)\.\w+$/.test(member)

/** The differences of two ids at the same place: what they name, and their form. */
export function compareIds(recorded: string, own: string, identities: Identities, member: string): Finding[] {
  const paired = identities.pair(recorded, own)
  if (paired === 'other')
    return [{ kind: 'identity', member, recorded: 'the id of one thing', emulator: 'the id of another one' }]
  if (paired === 'same' || isPseudonym(recorded)) return []
  const [form, ownForm] = [formOfId(recorded), formOfId(own)]
  return form === ownForm ? [] : [{ kind: 'form', member, recorded: form, emulator: ownForm }]
}

function compareLists(recorded: unknown[], own: unknown[], identities: Identities, member: string): Finding[] {
  const count: Finding[] =
    recorded.length === own.length
      ? []
      : [{ kind: 'entries', member, recorded: printCount(recorded.length), emulator: printCount(own.length) }]
  const places = placesOf(recorded, own, identities)
  const found = recorded.flatMap((value, at) => {
    const place = places[at]
    return place === undefined ? [] : compareValues(value, own[place], identities, member)
  })
  const isMoved = places.some((place, at) => {
    const before = places[at - 1]
    const isTie = urlOf(recorded[at]) !== undefined && urlOf(recorded[at]) === urlOf(recorded[at - 1])
    return place !== undefined && before !== undefined && place < before && !isTie
  })
  const order: Finding[] = isMoved
    ? [{ kind: 'entryOrder', member, recorded: 'one order', emulator: 'another order' }]
    : []
  return [...count, ...order, ...found]
}

/** The place of each recorded entry in the list of the emulator: by its id where that is known, else the next free one. */
function placesOf(recorded: unknown[], own: unknown[], identities: Identities): (number | undefined)[] {
  const places = recorded.map(value => {
    const id = idOf(value)
    const ownId = id === undefined ? undefined : identities.ownOf(id)
    const place = ownId === undefined ? -1 : own.findIndex(other => idOf(other) === ownId)
    return place === -1 ? undefined : place
  })
  const taken = new Set(places)
  const free = own.map((_value, at) => at).filter(at => !taken.has(at))
  return places.map(place => place ?? free.shift())
}

/** Entries are listed by url; those with the same url by their ids, which two systems give by chance. */
const urlOf = (value: unknown): string | undefined => textMember(value, 'url')

const idOf = (value: unknown): string | undefined => textMember(value, 'id')

const textMember = (value: unknown, name: string): string | undefined => {
  const member = isObject(value) ? value[name] : undefined
  return typeof member === 'string' ? member : undefined
}

const printCount = (entries: number): string => (entries === 1 ? '1 entry' : `${entries} entries`)
