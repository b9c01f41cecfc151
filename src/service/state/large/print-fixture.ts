/** Prints an object with lists as JSON, in pieces that each take few milliseconds. */
export function* printFixture(fixture: object): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let separator = '{'
  for (const [name, value] of Object.entries(fixture)) {
    if (value === undefined) continue
    const start = `${separator}${JSON.stringify(name)}:`
    separator = ','
    if (!Array.isArray(value)) {
      yield encoder.encode(start + JSON.stringify(value))
      continue
    }
    for (let at = 0; at < value.length || at === 0; at += ENTRIES_PER_PIECE) {
      const entries = JSON.stringify(value.slice(at, at + ENTRIES_PER_PIECE)).slice(1, -1)
      const isLast = at + ENTRIES_PER_PIECE >= value.length
      yield encoder.encode(`${at === 0 ? `${start}[` : ','}${entries}${isLast ? ']' : ''}`)
    }
  }
  yield encoder.encode(separator === '{' ? '{}' : '}')
}

/** How many entries of a list are printed at once. */
const ENTRIES_PER_PIECE = 500
