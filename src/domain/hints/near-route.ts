import { VENDOR_ROUTES } from '../../schema/control-api/vendor-routes.js'
import { decodePercent } from '../decoding.js'
import { distance } from '../near-text.js'

/**
 * The operation that comes nearest to a request that matched none, in a sentence; undefined when none is near.
 * @param path without its query
 */
export function explainRoute(method: string, path: string): string | undefined {
  const sent = path.slice(0, MAX_PATH).split('/').filter(Boolean)
  if (sent.length === 0 || sent.length > MAX_SEGMENTS) return undefined
  const near = VENDOR_ROUTES.map(route => ({ ...route, ...align(segmentsOf(route.path), sent) })).filter(isNear)
  const costOf = ({ cost, methods }: (typeof near)[number]) => cost + (methods.includes(method) ? 0 : OTHER_METHOD)
  near.sort((one, other) => costOf(one) - costOf(other))
  const [nearest] = near
  if (nearest === undefined) return undefined
  if (nearest.cost > 0) {
    const others = nearest.methods.includes(method) ? '' : `, with ${listOf(nearest.methods)}`
    return `The nearest path is ${nearest.filled}${others}.`
  }
  const methods = [...new Set(near.filter(({ cost }) => cost === 0).flatMap(one => one.methods))]
  if (methods.includes(method)) return `The nearest path is ${nearest.filled}.` // an empty segment is superfluous
  const substitute = SUBSTITUTES[method]?.find(one => methods.includes(one))
  const nearestMethod = substitute === undefined || methods.length === 1 ? '' : ` The nearest is ${substitute}.`
  return `The path has the ${methods.length === 1 ? 'method' : 'methods'} ${listOf(methods)}.${nearestMethod}`
}

/** The methods that a client may have meant. */
const SUBSTITUTES: Partial<Record<string, string[]>> = {
  HEAD: ['GET'],
  PATCH: ['PUT'],
  POST: ['PUT'],
  PUT: ['POST']
}

const MAX_PATH = 1_000
const MAX_SEGMENTS = 12

/** What segments cost that are missing, or superfluous, and the largest sum that is near. */
const MISSING = { literal: 1, parameter: 0.7 }
const SUPERFLUOUS = 1
const UNLIKELY = 0.6
const OTHER_METHOD = 0.4
const MAX_COST = 1.5

interface Alignment {
  cost: number
  /** How many of the words of the pattern behind its prefix were sent. */
  words: number
  /** The path as it would be right. */
  filled: string
}

const segmentsOf = (path: string): string[] => path.split('/').filter(Boolean)

/** Whether at least half of the words behind the prefix were sent: a parameter alone may be anything. */
const isNear = ({ path, cost, words }: Alignment & { path: string }): boolean => {
  const all = segmentsOf(path).filter(segment => !segment.startsWith(':')).length - 1
  return cost <= MAX_COST && words > 0 && words * 2 >= all
}

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`

/** The cheapest way to make the segments that were sent fit a pattern. @param known the ways of shorter rests */
function align(
  pattern: readonly string[],
  sent: readonly string[],
  { from, to }: Rest = { from: 0, to: 0 },
  known = new Map<string, Alignment>()
): Alignment {
  const key = `${from} ${to}`
  const found = known.get(key) ?? alignRest(pattern, sent, { from, to }, known)
  known.set(key, found)
  return found
}

/** The segments of a pattern and of a path that are not aligned yet. */
interface Rest {
  from: number
  to: number
}

function alignRest(
  pattern: readonly string[],
  sent: readonly string[],
  { from, to }: Rest,
  known: Map<string, Alignment>
): Alignment {
  const [expected, given] = [pattern[from], sent[to]]
  if (expected === undefined) return { cost: (sent.length - to) * SUPERFLUOUS, words: 0, filled: '' }
  const ways: Alignment[] = []
  const isParameter = expected.startsWith(':')
  const missing = align(pattern, sent, { from: from + 1, to }, known)
  ways.push({
    ...missing,
    cost: missing.cost + (isParameter ? MISSING.parameter : MISSING.literal),
    filled: `/${isParameter ? placeholderOf(expected) : expected}${missing.filled}`
  })
  if (given !== undefined) {
    const both = align(pattern, sent, { from: from + 1, to: to + 1 }, known)
    const cost = isParameter ? costOfValue(expected, given, pattern) : costOfWord(expected, given)
    const isWord = !isParameter && from > 0 && cost < 1
    const isAlias = expected === 'uapi' && given === 'unifiedapi'
    const filled = `/${isParameter || isAlias ? given : expected}${both.filled}`
    ways.push({ cost: both.cost + cost, words: both.words + (isWord ? 1 : 0), filled })
    const superfluous = align(pattern, sent, { from, to: to + 1 }, known)
    ways.push({ ...superfluous, cost: superfluous.cost + SUPERFLUOUS })
  }
  return ways.reduce((best, way) => (way.cost < best.cost ? way : best))
}

const placeholderOf = (parameter: string): string => (parameter === ':userId' ? '@me' : `{${parameter.slice(1)}}`)

/** The cost of a segment in the place of a word: none for the word, little for another case, the share that differs. */
function costOfWord(word: string, given: string): number {
  const text = decodePercent(given)
  if (text === word || (word === 'uapi' && text === 'unifiedapi')) return 0
  const longest = Math.max(word.length, text.length)
  const limit = Math.floor(longest / 2)
  const differing = distance(text.toLowerCase(), word.toLowerCase(), limit)
  return differing > limit ? Number.POSITIVE_INFINITY : 0.05 + differing / longest
}

/** The cost of a segment in the place of a parameter: unlikely values, such as the word that stands beside it. */
function costOfValue(parameter: string, given: string, pattern: readonly string[]): number {
  const text = decodePercent(given)
  if (pattern.some(segment => segment.toLowerCase() === text.toLowerCase())) return UNLIKELY
  if (parameter === ':userId') return text.includes('*') ? UNLIKELY : 0
  if (parameter === ':eventType') return /^\d$/.test(text) ? 0 : UNLIKELY
  if (parameter === ':extension') return /^(?:@(?!self$)|[A-Za-z])/.test(text) ? UNLIKELY : 0
  return 0
}
