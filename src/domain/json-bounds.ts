import type { BodyBounds } from '../schema/body-bounds.js'
import { UapiError } from './errors/uapi.js'

/** The bounds of JSON that a scan checks. */
export type JsonBounds = Pick<BodyBounds, 'depth' | 'members' | 'values'>

/**
 * The first bound that JSON exceeds, found in one pass over its bytes, before it is parsed; undefined when it keeps all.
 * Bytes that are no JSON are scanned too: the parser refuses them afterwards.
 * @param json in UTF-8
 */
export function exceededBound(json: Uint8Array, bounds: JsonBounds): keyof JsonBounds | undefined {
  return mayExceed(json, bounds) ? scan(json, bounds) : undefined
}

/**
 * The refusal of JSON beyond a bound: it names the bound, what was sent, and what to do; undefined when it keeps all.
 * @param json in UTF-8
 */
export function refuseBeyondBounds(json: Uint8Array, bounds: JsonBounds): UapiError | undefined {
  const exceeded = exceededBound(json, bounds)
  if (exceeded === undefined) return undefined
  return new UapiError('request_too_large', `body_${exceeded}_exceeded`, undefined, explain(exceeded, bounds))
}

function explain(exceeded: keyof JsonBounds, bounds: JsonBounds): string {
  const most = bounds[exceeded].toLocaleString('en-US')
  const more = (bounds[exceeded] + 1).toLocaleString('en-US')
  switch (exceeded) {
    case 'depth':
      return `The body is nested ${more} levels deep or more; at most ${most} are read here. Send it with fewer levels.`
    case 'members':
      return `An object of the body has ${more} members or more; at most ${most} are read here. Send fewer members.`
    case 'values':
      return `The body has ${more} values or more, members and items counted together; at most ${most} are read here. Send it in parts.`
  }
}

/** Rules out most bodies at the price of a few native searches: those too short for the numbers, with few brackets. */
function mayExceed(json: Uint8Array, { depth, members, values }: JsonBounds): boolean {
  if (json.length > SHORTEST_MEMBER * members || json.length > SHORTEST_VALUE * values) return true
  let brackets = 0
  for (const bracket of [OPEN_OBJECT, OPEN_ARRAY]) {
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1)) {
      if (++brackets > depth) return true
    }
  }
  return false
}

/** Counts while it reads: each bracket that is followed by a value, and each comma, begins a value. */
function scan(json: Uint8Array, bounds: JsonBounds): keyof JsonBounds | undefined {
  const end = json.length
  const outer = new Int32Array(bounds.depth) // what `members` was of the containers around the open one
  let members = 0 // of the open object; below zero in an array, which may have any number of items
  let depth = 0
  let values = 0
  for (let at = 0; at < end; at++) {
    switch (json[at]) {
      case QUOTE:
        for (at++; at < end && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++
        break
      case COMMA:
        if (++values > bounds.values) return 'values'
        if (++members > bounds.members) return 'members'
        break
      case OPEN_OBJECT:
      case OPEN_ARRAY: {
        if (depth === bounds.depth) return 'depth'
        outer[depth++] = members
        const next = json[afterSpace(json, at + 1)]
        const first = next === CLOSE_OBJECT || next === CLOSE_ARRAY ? 0 : 1
        members = json[at] === OPEN_OBJECT ? first : UNCOUNTED
        values += first
        if (values > bounds.values) return 'values'
        if (members > bounds.members) return 'members'
        break
      }
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        if (depth > 0) members = outer[--depth] ?? 0
        break
    }
  }
  return undefined
}

function afterSpace(json: Uint8Array, at: number): number {
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at++
  return at
}

/** `"":0,` and `0,`: the fewest bytes that a further member and a further value take. */
const SHORTEST_MEMBER = 5
const SHORTEST_VALUE = 2

/** Where the count of an array begins: no body has so many items that it ends above zero. */
const UNCOUNTED = -(2 ** 30)

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
