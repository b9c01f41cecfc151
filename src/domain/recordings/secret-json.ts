import type { SecretKind } from './pseudonyms.js'

/** What is done with the parts of a JSON text. */
export interface JsonReplacement {
  /** The kind of the secret under a name; undefined when there is none. */
  kindOf(name: string): SecretKind | undefined
  /** A value under the name of a secret. */
  replaceValue(value: string, kind: SecretKind): string
  /** Any other text. */
  replaceText(text: string): string
}

/** An object or array around the current token. */
interface Level {
  isObject: boolean
  /** Whether the next string of an object is the name of a member. */
  isName: boolean
  /** The kind of the secret that the current member is, and of the one that this whole object or array is. */
  kind: SecretKind | undefined
  outer: SecretKind | undefined
}

/**
 * Replaces the secrets of a JSON text token by token, so that its formatting stays.
 * @returns whether the text is JSON to its end; what could be read of another one is replaced, too
 */
export function replaceJson(text: string, replacement: JsonReplacement): { replaced: string; isWhole: boolean } {
  const levels: Level[] = []
  const replaced = text.replace(TOKEN, token => {
    const level = levels.at(-1)
    const kind = level?.kind ?? level?.outer
    if (token === '{' || token === '[') {
      const isObject = token === '{'
      levels.push({ isObject, isName: isObject, kind: undefined, outer: kind })
    } else if (token === '}' || token === ']') levels.pop()
    else if (token === ',' && level) Object.assign(level, { isName: level.isObject, kind: undefined })
    else if (token === ':' && level) level.isName = false
    else if (token.startsWith('"') && level?.isName) level.kind = replacement.kindOf(decode(token))
    else if (token.startsWith('"')) return replaceString(token, kind, replacement)
    else if (kind !== undefined && !PLAIN.test(token)) return JSON.stringify(replacement.replaceValue(token, kind))
    return token
  })
  return { replaced, isWhole: isJson(text) }
}

/** A string, which may lack its end; a mark of structure; a number or word; white space. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\],:]|[^\s"{}[\],:]+|\s+/gs

/** Tokens that are no secret. */
const PLAIN = /^\s|^(?:true|false|null)$|^[,:]$/

function replaceString(token: string, kind: SecretKind | undefined, replacement: JsonReplacement): string {
  const text = decode(token)
  const replaced = kind === undefined ? replacement.replaceText(text) : replacement.replaceValue(text, kind)
  return replaced === text ? token : JSON.stringify(replaced)
}

/** The text of a string; of a malformed one, what stands there. */
function decode(token: string): string {
  try {
    return String(JSON.parse(token))
  } catch {
    return token
      .replace(/^"|"$/g, '')
      .replace(/\\u([0-9a-f]{4})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
