import type { LinePlace, ShownValue } from '../../schema/recordings/learned.js'

/** How many lines are named for each value. */
const EXAMPLES = 3

/** How many values of one setting are counted: a lifetime of tokens can differ in every answer. */
const MAX_VALUES = 100

/** The values that lines show, each with its count and its first lines. Nothing is averaged. */
export class Evidence<Value extends string | number> {
  readonly #shown = new Map<Value, ShownValue & { value: Value }>()

  /** Adds a line that shows a value. */
  add(value: Value, place: LinePlace): void {
    const earlier = this.#shown.get(value)
    if (earlier !== undefined) {
      earlier.count += 1
      if (earlier.examples.length < EXAMPLES) earlier.examples.push(place)
    } else if (this.#shown.size < MAX_VALUES) this.#shown.set(value, { value, count: 1, examples: [place] })
  }

  /** The values, those that most lines show first. */
  values(): (ShownValue & { value: Value })[] {
    return [...this.#shown.values()].sort((one, other) => other.count - one.count)
  }
}

/** A map that forgets its oldest entries beyond a size: what learning remembers of calls. */
export class RecentMap<Key, Value> extends Map<Key, Value> {
  constructor(private readonly most: number) {
    super()
  }

  override set(key: Key, value: Value): this {
    if (!this.has(key) && this.size >= this.most) {
      const [oldest] = this.keys()
      if (oldest !== undefined) this.delete(oldest)
    }
    return super.set(key, value)
  }
}
