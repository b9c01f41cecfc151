/**
 * Finds where a text stops being JSON. What the platform says of it names the place of some mistakes only, and repeats
 * a part of the text, which may hold a secret.
 * @returns the index of what cannot stand there, or the text's length when it ends too early; undefined for JSON
 */
export function jsonMistakeAt(text: string): number | undefined {
  const open: string[] = []
  let expected: Expected = 'value'
  let at = afterSpace(text, 0)
  while (at < text.length) {
    TOKEN.lastIndex = at
    const [token] = TOKEN.exec(text) ?? []
    if (token === undefined) return at
    const next: Expected | undefined = follow(token, expected, open)
    if (next === undefined) return at
    expected = next
    at = afterSpace(text, at + token.length)
  }
  return expected === 'more' && open.length === 0 ? undefined : at
}

/** What may come next; `more` is a comma or the end of what is open. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | 'more'

const TOKEN =
  /[{}[\]:,]|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\p{Cc}]|[\x7F-\x9F]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy
const SPACE = /[ \t\n\r]*/y

/** @returns what may come after a token; undefined when it cannot stand there. Keeps what is open. */
function follow(token: string, expected: Expected, open: string[]): Expected | undefined {
  if (expected === ':') return token === ':' ? 'value' : undefined
  if (token === '}' || token === ']') {
    const ends = expected === 'more' || expected.endsWith(token)
    return ends && open.pop() === (token === '}' ? '{' : '[') ? 'more' : undefined
  }
  if (expected === 'more')
    return token !== ',' || open.length === 0 ? undefined : open.at(-1) === '{' ? 'name' : 'value'
  if (expected.startsWith('name')) return token.startsWith('"') ? ':' : undefined
  if (token === ':' || token === ',') return undefined
  if (token !== '{' && token !== '[') return 'more'
  open.push(token)
  return token === '{' ? 'name or }' : 'value or ]'
}

function afterSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}
