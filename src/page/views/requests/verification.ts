import { ExtensionNumber } from '../../../schema/directory.js'
import { EventType } from '../../../schema/event-type.js'
import type { JournalEntry, RequestMatch } from '../../../schema/journal.js'
import { EventId } from '../../../schema/phone-call-event.js'
import type { ExpectedCount } from '../../../schema/verification.js'
import { createFilter, decodePercent, type Filters, pathOf } from './filters.js'

/** A verification of requests, as the API takes it. */
export interface PastedVerification {
  match: RequestMatch
  count: ExpectedCount
}

/**
 * The verification that a request came, as often as it did. A request without operation is matched by its path.
 * @param all the requests of the journal
 * @param isComplete whether the journal has dropped none: a number alone is not certain otherwise
 */
export function verificationOf(
  entry: JournalEntry,
  all: readonly JournalEntry[],
  isComplete: boolean
): PastedVerification {
  const filters = filtersOf(entry)
  const times = all.filter(createFilter(filters)).length || 1
  const { status, unmatched, ...texts } = filters
  const match = {
    ...texts,
    ...(status !== undefined && { status: Number(status) }),
    ...(unmatched !== undefined && { unmatched: true })
  } as RequestMatch // each value passed the schema of its member
  return { match, count: isComplete ? times : { min: times } }
}

/** What is said of a request: no more than the API accepts. */
function filtersOf(entry: JournalEntry): Filters {
  const { operation, status, user, extension, type, eventId } = entry
  const isCreate = operation === 'create' || operation === 'phoneCalls.create'
  const said: Filters =
    operation === undefined
      ? { method: entry.method, path: decodePercent(pathOf(entry)), unmatched: entry.unmatched ? 'true' : '' }
      : {
          operation,
          user: user ?? '',
          extension: extension ?? '',
          type: type ?? '',
          eventId: isCreate ? '' : (eventId ?? '')
        }
  const pairs = Object.entries({ ...said, status: status === 0 ? '' : String(status) })
  return Object.fromEntries(pairs.filter(([name, value]) => value && (PATTERNS[name]?.test(value) ?? true)))
}

const patternOf = (schema: object): RegExp => new RegExp(Reflect.get(schema, 'pattern'))

/** What was sent may be nothing that the API has: it is left out then. */
const PATTERNS: Partial<Record<string, RegExp>> = {
  extension: patternOf(ExtensionNumber),
  type: new RegExp(`^[${EventType.enum.join('')}]$`),
  eventId: patternOf(EventId),
  path: /^[/*].{0,8191}$/s
}

/** The verification as a line of a test. */
export const printTest = ({ match, count }: PastedVerification): string =>
  `await emulator.requests.verify({\n  match: ${literal(match)},\n  count: ${literal(count)}\n})`

/** A value as JavaScript, in the usual style. */
function literal(value: unknown): string {
  if (typeof value === 'string') return /^[\w*@/.:+ -]*$/.test(value) ? `'${value}'` : JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literal(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
