import { isLoopback } from './callbacks/host.js'

/** The origins whose pages may use the emulator. @source control-api.md "Protection" */
export interface AllowedOrigins {
  names: ReadonlySet<string>
  /** Whether every origin may use the vendor's surface and OAuth. */
  isAny: boolean
  /** Whether every origin may use the control API and the other paths, too: a control token protects it. */
  isAnyForControl: boolean
}

/** Stands for every origin. */
const ANY = '*'

/** @param controlToken the token that the control API requires; undefined when it requires none */
export function parseAllowedOrigins(texts: readonly string[], controlToken: string | undefined): AllowedOrigins {
  const isAny = texts.includes(ANY)
  return {
    names: new Set(texts.filter(text => text !== ANY)),
    isAny,
    isAnyForControl: isAny && controlToken !== undefined
  }
}

/** Whether any origin is allowed: without one there is no CORS. */
export const allowsOrigins = ({ names, isAny }: AllowedOrigins): boolean => isAny || names.size > 0

/** Whether the pages of every origin are allowed. */
export const allowsEveryOrigin = (texts: readonly string[]): boolean => texts.includes(ANY)

/**
 * The value of Access-Control-Allow-Origin for a page; undefined when its origin is not allowed.
 * @param isVendors whether the path is one of the vendor's surface or OAuth
 */
export function allowOriginOf(
  { names, isAny, isAnyForControl }: AllowedOrigins,
  origin: string,
  isVendors: boolean
): string | undefined {
  if (names.has(origin)) return origin
  return (isVendors ? isAny : isAnyForControl) ? ANY : undefined
}

/**
 * Checks an origin of --allowed-origin.
 * @returns a description of what it should be; undefined when it is `*` or an origin such as `http://localhost:3000`
 */
export function checkAllowedOrigin(text: string): string | undefined {
  if (text === ANY) return undefined
  if (text.includes('*'))
    return 'one whole origin such as https://app.example.com, or "*" alone: globs are not supported'
  if (text === 'null') return `${EXPECTED}: files and sandboxed pages, whose origin is null, cannot be named`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return EXPECTED
  return url.origin === text ? undefined : `an origin alone, as browsers send it: ${url.origin}`
}

const EXPECTED = 'an origin such as http://localhost:3000, or "*"'

/**
 * The problem of allowed origins: with `*` the control API would be open to every page, without a token.
 * @returns undefined when there is none
 * @source control-api.md "Protection"
 */
export function allowedOriginsProblem(options: {
  host: string
  controlToken?: string | undefined
  allowedOrigins: readonly string[]
}): string | undefined {
  const { host, controlToken, allowedOrigins } = options
  if (!allowsEveryOrigin(allowedOrigins) || allowedOrigins.some(origin => origin !== ANY)) return undefined
  const hasToken = controlToken === undefined ? !isLoopback(host) : controlToken !== 'none'
  if (hasToken) return undefined
  return 'the control API is not open to every origin without a token: set a control token, or name an origin such as http://localhost:3000 beside "*"'
}
