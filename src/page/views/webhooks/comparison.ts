import type { Attempt, Delivery } from '../../../schema/calls/delivery.js'
import { decodeForm, partsOf } from './parameters.js'

/** What became of a webhook that was sent again, compared with the first time. */
export const VERDICTS = {
  waiting: 'accent',
  fixed: 'good',
  'still delivered': 'good',
  'still failing': 'bad',
  'now failing': 'bad'
} as const
/** One of them. */
export type Verdict = keyof typeof VERDICTS

/** A difference: what it is of, and its value in each; undefined where there is none. */
export interface Difference {
  of: string
  first: string | undefined
  second: string | undefined
}

/** A webhook that was sent, and the attempt that is compared; undefined while none was made. */
export interface Sent {
  delivery: Delivery
  attempt: Attempt | undefined
}

/** Compares two attempts. */
export function verdictOf(first: Attempt | undefined, second: Sent): Verdict {
  const { state } = second.delivery
  if (second.attempt === undefined && state !== 'blocked') return 'waiting'
  const was = isDelivered(first)
  if (isDelivered(second.attempt)) return was ? 'still delivered' : 'fixed'
  return was ? 'now failing' : 'still failing'
}

const isDelivered = (attempt: Attempt | undefined): boolean =>
  attempt?.response !== undefined && attempt.failure === undefined

/** What differs in the requests: method, url, and each parameter. */
export function requestDifferences(first: Delivery, second: Delivery, eventUrl?: string): Difference[] {
  const before = partsOf(first.request, eventUrl)
  const after = partsOf(second.request, eventUrl)
  return [
    { of: 'method', first: first.request.method, second: second.request.method },
    { of: 'URL', first: before.url, second: after.url },
    ...ofMaps(valuesOf(before.form), valuesOf(after.form))
  ].filter(isDifferent)
}

/** The parameters of a form by name; further ones of the same name are counted. */
function valuesOf(form: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const { name, value, bytes } of decodeForm(form)) {
    let key = name
    for (let nth = 2; values.has(key); nth++) key = `${name} (${nth})`
    values.set(key, bytes === undefined ? value : `bytes ${bytes}`)
  }
  return values
}

/** Headers that differ in every answer. */
const VOLATILE = /^(?:date|age|x-request-id|etag|content-length)$/i

/** What differs in the answers: the status or failure, headers, and the lines of the bodies that are not the same. */
export function answerDifferences(first: Attempt | undefined, second: Attempt | undefined): Difference[] {
  if (first === undefined || second === undefined) return []
  const [bodyBefore, bodyAfter] = differingLines(first.response?.body ?? '', second.response?.body ?? '')
  return [
    { of: 'status', first: statusOf(first), second: statusOf(second) },
    { of: 'failure', first: first.failure?.message, second: second.failure?.message },
    ...ofMaps(headersOf(first), headersOf(second)),
    { of: 'body', first: bodyBefore, second: bodyAfter }
  ].filter(isDifferent)
}

const isDifferent = ({ first, second }: Difference): boolean => first !== second

const statusOf = ({ response }: Attempt): string => (response === undefined ? 'no answer' : String(response.status))

const headersOf = ({ response }: Attempt): Map<string, string> =>
  new Map(
    Object.entries(response?.headers ?? {})
      .filter(([name]) => !VOLATILE.test(name))
      .map(([name, value]) => [name, [value].flat().join(', ')])
  )

const ofMaps = (first: Map<string, string>, second: Map<string, string>): Difference[] =>
  [...new Set([...first.keys(), ...second.keys()])].map(name => ({
    of: name,
    first: first.get(name),
    second: second.get(name)
  }))

/** Two texts without the lines that they have in common at their beginning and end. */
function differingLines(first: string, second: string): [string, string] {
  const one = first.split('\n')
  const other = second.split('\n')
  const shorter = Math.min(one.length, other.length)
  let start = 0
  while (start < shorter && one[start] === other[start]) start++
  let end = 0
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++
  return [one.slice(start, one.length - end).join('\n'), other.slice(start, other.length - end).join('\n')]
}
