import type { Delivery } from '../schema/delivery.js'
import type { DeliveriesNotVerified, DeliveryVerification, ExpectedCount } from '../schema/verification.js'

/** Deliveries that were expected and did not come. Its message says what came instead, and what may explain it. */
export class NotVerified extends Error {
  /** How many came. */
  readonly count: number
  readonly expected: ExpectedCount
  /** The deliveries that come closest, with what differs. */
  readonly nearest: DeliveriesNotVerified['nearest']
  readonly hints: string[]

  constructor({ match }: Pick<DeliveryVerification, 'match'>, refutation: DeliveriesNotVerified) {
    super(renderRefutation(match, refutation))
    this.name = 'NotVerified'
    this.count = refutation.count
    this.expected = refutation.expected
    this.nearest = refutation.nearest
    this.hints = refutation.hints
  }
}

/** Whether an answer says that what was expected did not come. A 409 may also be another refusal. */
export const isRefutation = (status: number, body: unknown): body is DeliveriesNotVerified =>
  status === 409 && Reflect.get(Object(body), 'verified') === false

/** Says in words what was expected, what came, what came closest, and why that may be. */
export function renderRefutation(match: object, { count, expected, nearest, hints }: DeliveriesNotVerified): string {
  const wanted = Object.entries(match).flatMap(([name, value]) => (value === undefined ? [] : `${name} ${value}`))
  const kind = wanted.length === 0 ? '' : ` with ${wanted.join(', ')}`
  return [
    `Expected ${renderExpected(expected)}${kind}; ${count === 0 ? 'none' : count} came.`,
    ...section(
      'The nearest:',
      nearest.map(({ delivery, differs }) => `${nameOf(delivery)}: ${differs.join('; ')}`)
    ),
    ...section('What may explain it:', hints)
  ].join('\n')
}

function renderExpected(expected: ExpectedCount): string {
  if (typeof expected === 'number') return `exactly ${deliveries(expected)}`
  const { min, max } = expected
  if (max === undefined) return `at least ${deliveries(min ?? 0)}`
  return min === undefined ? `at most ${deliveries(max)}` : `${min} to ${deliveries(max)}`
}

const deliveries = (count: number): string => (count === 1 ? '1 delivery' : `${count} deliveries`)

const nameOf = ({ id, moment, extension, state }: Delivery): string =>
  `delivery ${id} (${moment} of ${extension}, ${state})`

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map(line => `  ${line}`)]
