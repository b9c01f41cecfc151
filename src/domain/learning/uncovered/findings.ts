import { type LinePlace, SEVERITIES, type Severity, type Uncovered } from '../../../schema/recordings/learned.js'

/** Adds a difference that no setting covers. Equal texts are counted together: they state no ids and no times. */
export type Report = (severity: Severity, text: string, place: LinePlace) => void

/** How many differences are kept. */
const MAX_FINDINGS = 500

/** How long the text of a difference is at most: it may quote an answer. */
const MAX_TEXT = 300

/** The differences between the PBX and the emulator that no setting covers. */
export class Findings {
  readonly #found = new Map<string, Uncovered>()
  #others: Uncovered | undefined

  /** Adds one. */
  readonly report: Report = (severity, text, first) => {
    const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text
    const earlier = this.#found.get(short)
    if (earlier !== undefined) earlier.count += 1
    else if (this.#found.size < MAX_FINDINGS) this.#found.set(short, { severity, text: short, count: 1, first })
    else {
      this.#others ??= { severity: 'unread', text: 'Further differences, which are not listed.', count: 0, first }
      this.#others.count += 1
    }
  }

  /** All of them, the worst first, and of one severity those first that most lines show. */
  list(): Uncovered[] {
    const rank = ({ severity }: Uncovered) => SEVERITIES.indexOf(severity)
    const found = [...this.#found.values()].sort((one, other) => rank(one) - rank(other) || other.count - one.count)
    return this.#others === undefined ? found : [...found, this.#others]
  }
}

/** A value from outside in a sentence, at most 60 characters of it. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text
}
