import { CATCH_NAME } from '../../schema/calls/caught.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'
import { SANDBOX_NAME } from '../../schema/sandbox.js'

/** The path of all catch addresses of a sandbox. */
export const CATCH_PREFIX = `${CONTROL_PREFIX}/catch`

/** A receiver inside the emulator. */
export interface CatchAddress {
  /** Undefined for the default sandbox. */
  sandbox: string | undefined
  name: string
}

/**
 * The catch address of a request target. The path is percent-decoded once and normalised; then it must be
 * `/_emulator/catch/{name}` or below it, with an optional prefix of a sandbox.
 * @param basePath a prefix that the path must have, as `plainPath` gives it
 * @returns undefined for every other path
 * @source control-api.md "Calls and deliveries"
 */
export function catchAddressAt(target: string, basePath = ''): CatchAddress | undefined {
  const path = plainPath(target)
  if (!path?.startsWith(basePath)) return undefined
  const [, sandbox, name] = ADDRESS.exec(path.slice(basePath.length)) ?? []
  return name === undefined ? undefined : { sandbox, name }
}

/**
 * The path of a request target, percent-decoded once and then without dot segments: `/x/..%2fy` is `/y`, `//y` stays.
 * @returns undefined when it is not percent-encoded UTF-8
 */
export function plainPath(target: string): string | undefined {
  const [encoded = ''] = target.split(/[?#]/, 1)
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    return undefined // a URIError: the only error that decodeURIComponent throws
  }
  const kept: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

const group = (pattern: string): string => `(${pattern.slice(1, -1)})`

const ADDRESS = new RegExp(
  `^(?:/sandboxes/${group(SANDBOX_NAME)})?${CATCH_PREFIX}/${group(CATCH_NAME)}(?:/.*)?$`,
  's' // a path may have a line break
)
