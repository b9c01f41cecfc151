/** A place in a JSON value: names of members and indexes of arrays. */
export type JsonPath = readonly (string | number)[]

/**
 * Parses a path of members and indexes: `$.a.b[0]`, `$["a b"]`.
 * @returns undefined when it is something else, such as a wildcard or a filter
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined
  const path: (string | number)[] = []
  for (let at = 1; at < text.length; ) {
    STEP.lastIndex = at
    const [step, name, index, quoted] = STEP.exec(text) ?? []
    if (step === undefined) return undefined
    const key = quoted === undefined ? name : parseText(quoted)
    if (index !== undefined) path.push(Number(index))
    else if (key !== undefined) path.push(key)
    else return undefined
    at += step.length
  }
  return path
}

/** The value at a path; undefined when there is none. */
export function valueAtPath(value: unknown, path: JsonPath): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) !== (typeof key === 'number'))
      return undefined
    if (!Object.hasOwn(found, key)) return undefined
    found = Reflect.get(found, key)
  }
  return found
}

/** A member behind a dot, an index, or a member as JSON text in brackets. */
const STEP = /\.([^\s.[\]*?@()"',:]+)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y

function parseText(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined // malformed escapes
  }
}
