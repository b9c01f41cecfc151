/** A target that a proxy may pass on, or why not. */
export type JudgedTarget =
  | { path: string; isKnown: boolean }
  | { refusal: 'target_malformed' | 'path_ambiguous' | 'encoding_malformed' }

/**
 * Judges the target of a request after removing the origin of an absolute one: a path that a server could read as
 * another one is refused.
 * @returns path and query in the form in which they are passed on
 * @assumed 0030
 */
export function judgeTarget(target: string, method: string): JudgedTarget {
  const [, rest = target] = /^https?:\/\/[^/?#]*(.*)$/is.exec(target) ?? []
  const path = rest === '' || rest.startsWith('?') ? `/${rest}` : rest
  if (!path.startsWith('/') || path.includes('#')) return { refusal: 'target_malformed' }
  const [plain = ''] = path.split('?', 1)
  const problem = problemOf(plain)
  return problem === undefined ? { path, isKnown: isKnown(plain, method) } : { refusal: problem }
}

/** The host of an absolute target; undefined for a path. */
export const authorityOf = (target: string): string | undefined => /^https?:\/\/([^/?#]*)/i.exec(target)?.[1]

/** Whether a method and a path are of the services that this program emulates. @source contract §2, §7; phone-calls §1 */
const isKnown = (path: string, method: string): boolean =>
  SERVICES.some(({ paths, methods }) => methods.includes(method) && paths.test(path))

const SERVICES = [
  {
    paths: /^\/(?:uapi|unifiedapi)\/extensions\/[^/]*\/[^/]*\/phoneCallEvents(?:\/|$)/,
    methods: ['GET', 'POST', 'PUT', 'DELETE']
  },
  { paths: /^\/(?:uapi|unifiedapi)\/phoneCalls(?:\/|$)/, methods: ['GET', 'POST', 'PUT', 'DELETE'] },
  { paths: /^\/oauth\//, methods: ['GET', 'POST'] }
]

/** Segments that clients leave empty: the user and the extension. @source contract §2 (clients) */
const OPEN_PLACES = /^(\/(?:uapi|unifiedapi)\/(?:extensions|phoneCalls))\/[^/]*\/[^/]*(?=\/|$)/

function problemOf(path: string): 'path_ambiguous' | 'encoding_malformed' | undefined {
  if (path.includes('\\')) return 'path_ambiguous'
  if (path.replace(OPEN_PLACES, '$1/x/x').includes('//')) return 'path_ambiguous'
  for (const segment of path.split('/')) {
    const plain = decodeFully(segment)
    if (plain === undefined) return 'encoding_malformed'
    const isMoving = /^\.\.?$/.test(plain.replace(/;.*$/s, '').trim())
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (isMoving || /[/\\?#\u0000-\u001F\u007F]/.test(plain)) return 'path_ambiguous'
  }
  return undefined
}

/** A segment without any of its encodings; undefined when one is malformed. */
function decodeFully(segment: string): string | undefined {
  let text = segment
  for (let depth = 0; depth < 8 && text.includes('%'); depth++) {
    try {
      const decoded = decodeURIComponent(text)
      if (decoded === text) return text
      text = decoded
    } catch {
      return depth === 0 ? undefined : text // after the first one, % may be a character
    }
  }
  return text
}
