import type { DeliveriesNotVerified, ExpectedCount, RequestsNotVerified } from '../schema/verification.js'

/** What a verification answers when it does not hold: of deliveries, or of requests. */
export type Refutation = DeliveriesNotVerified | RequestsNotVerified

/** What is verified. */
export type Verifiable = 'delivery' | 'request'

/** What was expected and did not come. Its message says what came instead, and what may explain it. */
export class NotVerified extends Error {
  /** How many came. */
  readonly count: number
  readonly expected: ExpectedCount
  /** The deliveries, or the requests, that come closest, with what differs. */
  readonly nearest: Refutation['nearest']
  readonly hints: string[]

  constructor({ match }: { match: object }, refutation: Refutation, what: Verifiable = 'delivery') {
    super(renderRefutation(match, refutation, what))
    this.name = 'NotVerified'
    this.count = refutation.count
    this.expected = refutation.expected
    this.nearest = refutation.nearest
    this.hints = refutation.hints
  }
}

/** Whether an answer says that what was expected did not come. A 409 may also be another refusal. */
export const isRefutation = (status: number, body: unknown): body is Refutation =>
  status === 409 && Reflect.get(Object(body), 'verified') === false

/** Says in words what was expected, what came, what came closest, and why that may be. */
export function renderRefutation(
  match: object,
  { count, expected, nearest, hints }: Refutation,
  what: Verifiable = 'delivery'
): string {
  const wanted = Object.entries(match).flatMap(([name, value]) => (value === undefined ? [] : `${name} ${value}`))
  const kind = wanted.length === 0 ? '' : ` with ${wanted.join(', ')}`
  return [
    `Expected ${renderExpected(expected, what)}${kind}; ${count === 0 ? 'none' : count} came.`,
    ...section(
      'The nearest:',
      nearest.map(near => `${nameOf(near)}: ${near.differs.join('; ') || 'matches'}`)
    ),
    ...section('What may explain it:', hints)
  ].join('\n')
}

function renderExpected(expected: ExpectedCount, what: Verifiable): string {
  const counted = (count: number) => `${count} ${count === 1 ? what : PLURALS[what]}`
  if (typeof expected === 'number') return `exactly ${counted(expected)}`
  const { min, max } = expected
  if (max === undefined) return `at least ${counted(min ?? 0)}`
  return min === undefined ? `at most ${counted(max)}` : `${min} to ${counted(max)}`
}

const PLURALS = { delivery: 'deliveries', request: 'requests' }

function nameOf(near: Refutation['nearest'][number]): string {
  if ('delivery' in near) {
    const { id, moment, extension, state } = near.delivery
    return `delivery ${id} (${moment} of ${extension}, ${state})`
  }
  const { id, method, path, status } = near.request
  return `request ${id} (${method} ${path}, ${status})`
}

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map(line => `  ${line}`)]
