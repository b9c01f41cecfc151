import { printMatch } from '../schema/calls/print-matcher.js'
import type { DeliveriesNotVerified, ExpectedCount, RequestsNotVerified } from '../schema/verification.js'

/** The answer of a verification that does not hold. */
export type NotVerifiedAnswer = DeliveriesNotVerified | RequestsNotVerified

/** What was verified: one match, or the steps of a sequence. */
export interface Expectation {
  match?: object | undefined
  sequence?: readonly ({ match?: object | undefined } | undefined)[] | undefined
}

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

  constructor({ match, sequence }: Expectation, answer: NotVerifiedAnswer, subject: VerificationSubject = 'delivery') {
    super(sequence ? renderNoSequence(sequence, answer, subject) : renderNotVerified(match ?? {}, answer, subject))
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
  const conditions = printMatch(match)
  const kind = conditions.length === 0 ? '' : ` with ${conditions.join(', ')}`
  return [
    `Expected ${renderExpected(expected, subject)}${kind}; found ${count === 0 ? 'none' : count}.`,
    ...renderExplanation(nearest, hints)
  ].join('\n')
}

/** How many of the steps that were found are listed. */
const LISTED_STEPS = 5

/** Renders a sequence as far as it was found, and its first step that was not. */
function renderNoSequence(
  steps: NonNullable<Expectation['sequence']>,
  { count, nearest, hints }: NotVerifiedAnswer,
  subject: VerificationSubject
): string {
  const line = (index: number) => {
    const kind = index < count ? 'found  ' : 'missing'
    return `  ${kind} sequence[${index}]: ${printMatch(steps[index]?.match ?? {}).join(', ') || `any ${subject}`}`
  }
  const first = Math.max(0, count - LISTED_STEPS)
  const after = steps.length - count - 1
  const more = (number: number, place: string) => (number <= 0 ? [] : [`  and ${number} ${place}`])
  return [
    `Expected ${steps.length} ${steps.length === 1 ? subject : PLURALS[subject]} in this order; found ${count === 0 ? 'none' : `only the first ${count}`}.`,
    ...more(first, 'found before'),
    ...steps.slice(first, count + 1).map((_step, index) => line(first + index)),
    ...more(after, 'after it'),
    ...renderExplanation(nearest, hints)
  ].join('\n')
}

const renderExplanation = (nearest: NotVerifiedAnswer['nearest'], hints: string[]): string[] => [
  ...section(
    'The nearest:',
    nearest.map(near => `${nameOf(near)}: ${near.differs.join('; ') || 'matches'}`)
  ),
  ...section('Possible reasons:', hints)
]

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
  return `request ${id} (${method} ${path}, ${status === 0 ? 'without an answer' : status})`
}

const section = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map(line => `  ${line}`)]
