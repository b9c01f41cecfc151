import { isWebhook } from '../../domain/recordings/line.js'
import { type RecordingLine, type RecordingProblem, readRecordings } from './read-recordings.js'

/** How many exchanges of a recording may have ended before one that came earlier. */
const MAX_WAITING = 256

/**
 * Reads recordings together, in the order in which their requests came, in bounded memory.
 * @param report is called with the line that ends a file too early
 */
export async function* readInOrder(
  files: readonly string[],
  report: (problem: RecordingProblem) => void
): AsyncGenerator<RecordingLine> {
  const heads: { line: RecordingLine; rest: AsyncGenerator<RecordingLine> }[] = []
  for (const file of files) {
    const rest = byNumber(readRecordings([file], report))
    const { value } = await rest.next()
    if (value) heads.push({ line: value, rest })
  }
  while (heads.length > 0) {
    const first = heads.reduce((one, other) => (other.line.entry.at < one.line.entry.at ? other : one))
    yield first.line
    const { value } = await first.rest.next()
    if (value) first.line = value
    else heads.splice(heads.indexOf(first), 1)
  }
}

/** The lines of a file by their numbers: a line is written when its exchange has ended. */
async function* byNumber(lines: AsyncGenerator<RecordingLine>): AsyncGenerator<RecordingLine> {
  const waiting: RecordingLine[] = []
  let next = 1
  for await (const line of lines) {
    const before = waiting.findLastIndex(other => numberOf(other) <= numberOf(line))
    waiting.splice(before + 1, 0, line)
    while (waiting[0] !== undefined && (numberOf(waiting[0]) <= next || waiting.length > MAX_WAITING)) {
      next = numberOf(waiting[0]) + 1
      yield waiting[0]
      waiting.shift()
    }
  }
  yield* waiting
}

const numberOf = ({ entry }: RecordingLine): number => (isWebhook(entry) ? entry.webhook : entry.exchange)
