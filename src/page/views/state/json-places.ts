/** A place in a text: line and column from 1, and the offset. */
export interface Place {
  line: number
  column: number
  offset: number
}

/** Why a text is not JSON, and where. */
export interface JsonProblem extends Place {
  message: string
}

/** Deeper values are no fixture, and would exhaust the stack. */
const MAX_DEPTH = 100

/** Finds what keeps a text from being JSON; undefined when it is JSON. */
export function findJsonProblem(text: string): JsonProblem | undefined {
  const problem = scan(text, () => {})
  return problem && { message: problem.message, ...placesIn(text)(problem.offset) }
}

/**
 * Finds the lines of JSON paths such as `$.users[0].id`, in the order of the paths. A path of something that is missing
 * has the place of what it is missing in.
 */
export function findPlaces(text: string, paths: readonly string[]): Place[] {
  const found = new Map<string, number>()
  const wanted = new Set(paths.flatMap(prefixesOf))
  scan(text, (path, offset) => {
    if (wanted.has(path)) found.set(path, offset)
  })
  const placeOf = placesIn(text)
  return paths.map(path => {
    const nearest = prefixesOf(path).findLast(prefix => found.has(prefix)) ?? '$'
    return placeOf(found.get(nearest) ?? 0)
  })
}

/** `$`, `$.users`, `$.users[0]`, `$.users[0].id`. */
function prefixesOf(path: string): string[] {
  const steps = path.match(/\.[\w$]+|\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g) ?? []
  return ['$', ...steps.map((_step, index) => `$${steps.slice(0, index + 1).join('')}`)]
}

/** Finds the places of offsets in a text. */
function placesIn(text: string): (offset: number) => Place {
  const starts = [0]
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  return offset => {
    const line = starts.findLastIndex(start => start <= offset) + 1
    return { line, column: offset - (starts[line - 1] ?? 0) + 1, offset }
  }
}

const BLANK = /[ \t\n\r]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** Reads JSON, and shows each value with its path and offset. @returns the first problem */
function scan(
  text: string,
  see: (path: string, offset: number) => void
): { message: string; offset: number } | undefined {
  let at = 0
  const fail = (message: string): never => {
    throw new NotJson(message, at)
  }
  const read = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const is = (character: string): boolean => {
    read(BLANK)
    if (text[at] !== character) return false
    at += 1
    return true
  }
  const string = (): string => {
    const start = at++
    while (text[at] !== '"') {
      if (at >= text.length) fail('this text does not end')
      if (text.charCodeAt(at) < 32) fail('a line break or control character in a text has to be escaped')
      if (text[at] !== '\\') at += 1
      else if (read(ESCAPE) === undefined) fail('a backslash has to be escaped: \\\\')
    }
    at += 1
    return text.slice(start, at)
  }
  const value = (path: string, depth: number): void => {
    read(BLANK)
    see(path, at)
    if (depth > MAX_DEPTH) fail(`is nested deeper than ${MAX_DEPTH} levels`)
    let index = 0
    if (is('{')) list('}', () => member(path, depth))
    else if (is('[')) list(']', () => value(`${path}[${index++}]`, depth + 1))
    else if (text[at] === '"') string()
    else if (read(SCALAR) === undefined) fail(`expected a value, got ${nameOf(text[at])}`)
  }
  const member = (path: string, depth: number): void => {
    read(BLANK)
    if (text[at] !== '"') fail(`expected a name in double quotes, got ${nameOf(text[at])}`)
    const name = string()
    if (!is(':')) fail(`expected : behind the name, got ${nameOf(text[at])}`)
    value(path + printKey(JSON.parse(name)), depth + 1)
  }
  const list = (end: string, one: () => void): void => {
    if (is(end)) return
    do one()
    while (is(','))
    if (!is(end)) fail(`expected , or ${end}, got ${nameOf(text[at])}`)
  }
  try {
    value('$', 0)
    read(BLANK)
    return at < text.length ? { message: `expected the end, got ${nameOf(text[at])}`, offset: at } : undefined
  } catch (error) {
    if (error instanceof NotJson) return error
    throw error
  }
}

class NotJson extends Error {
  constructor(
    message: string,
    readonly offset: number
  ) {
    super(message)
  }
}

/** A member as the emulator prints it in paths. */
const printKey = (key: string): string =>
  /^\d+$/.test(key) ? `[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`

const nameOf = (character: string | undefined): string =>
  character === undefined ? 'the end of the text' : character === '/' ? '/ (comments are not JSON)' : character
