import type { DeliveriesNotVerified, ExpectedCount, RequestsNotVerified } from '../schema/verification.js'

/** The answer of a verification that does not hold. */
export type NotVerifiedAnswer = DeliveriesNotVerified | RequestsNotVerified

/** The kind of entry that is verified. */
export type VerificationSubject = 'delivery' | 'request'

/** Thrown when a verification does not hold. Its message has the expectation, the nearest entries and hints. */
export class NotVerified extends Error {
  /** How many entries match. */
  readonly count: number
  readonly expected: ExpectedCount
  /** The nearest deliveries or requests, each with its differences. */
  readonly nearest: NotVerifiedAnswer['nearest']
  readonly hints: string[]

  constructor({ match }: { match: object }, answer: NotVerifiedAnswer, subject: VerificationSubject = 'delivery') {
    super(renderNotVerified(match, answer, subject))
    this.name = 'NotVerified'
    this.count = answer.count
    this.expected = answer.expected
    this.nearest = answer.nearest
    this.hints = answer.hints
  }
}

/** Whether an answer is that of a verification that does not hold. A 409 may also be another refusal. */
export const isNotVerified = (status: number, body: unknown): body is NotVerifiedAnswer =>
  status === 409 && Reflect.get(Object(body), 'verified') === false

/** Renders the expectation, the count, the nearest entries and the hints as text. */
export function renderNotVerified(
  match: object,
  { count, expected, nearest, hints }: NotVerifiedAnswer,
  subject: VerificationSubject = 'delivery'
): string {
  const conditions = Object.entries(match).flatMap(([name, value]) => (value === undefined ? [] : `${name} ${value}`))
  const kind = conditions.length === 0 ? '' : ` with ${conditions.join(', ')}`
  return [
    `Expected ${renderExpected(expected, subject)}${kind}; found ${count === 0 ? 'none' : count}.`,
    ...section(
      'The nearest:',
      nearest.map(near => `${nameOf(near)}: ${near.differs.join('; ') || 'matches'}`)
    ),
    ...section('Possible reasons:', hints)
  ].join('\n')
}

function renderExpected(expected: ExpectedCount, subject: VerificationSubject): string {
  const counted = (count: number) => `${count} ${count === 1 ? subject : PLURALS[subject]}`
  if (typeof expected === 'number') return `exactly ${counted(expected)}`
  const { min, max } = expected
  if (max === undefined) return `at least ${counted(min ?? 0)}`
  return min === undefined ? `at most ${counted(max)}` : `${min} to ${counted(max)}`
}

const PLURALS = { delivery: 'deliveries', request: 'requests' }

function nameOf(near: NotVerifiedAnswer['nearest'][number]): string {
  if ('delivery' in near) {
    const { id, moment, extension, state } = near.delivery
    return `delivery ${id} (${moment} of ${extension}, ${state})`
  }
  const { id, method, path, status } = near.request
  return `request ${id} (${method} ${path}, ${status})`
}

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map(line => `  ${line}`)]
