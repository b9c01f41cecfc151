import { allowsEveryOrigin } from './allowed-origins.js'
import { isLoopback } from './callbacks/host.js'

/** The token that the control API requires, and the same token where it was generated and has to be shown. */
export interface ControlToken {
  token: string | undefined
  generated: string | undefined
}

/**
 * The problem of a seed on an address that others reach: the tokens of a seed can be guessed, so a control token, or that
 * there is none, must have been chosen.
 * @returns undefined when there is none
 * @source control-api.md "Settings"
 */
export function seedProblem({
  seed,
  host,
  controlToken
}: {
  seed?: number | undefined
  host: string
  controlToken?: string | undefined
}): string | undefined {
  if (seed === undefined || isLoopback(host) || controlToken !== undefined) return undefined
  return `the tokens of a seed can be guessed, and ${host} is not loopback: set a control token ("none" in a closed network), or leave out the seed`
}

/**
 * Decides which token the control API requires: none on loopback or when `none` was given, else the given one, else a
 * generated one. Where every origin is allowed, a given one is required on loopback, too.
 * @source control-api.md "Protection"
 */
export function controlTokenOf(
  options: { host: string; controlToken?: string | undefined; allowedOrigins?: readonly string[] | undefined },
  generate: () => string
): ControlToken {
  const { host, controlToken, allowedOrigins = [] } = options
  const isOpen = isLoopback(host) && (controlToken === undefined || !allowsEveryOrigin(allowedOrigins))
  if (controlToken === 'none' || isOpen) return { token: undefined, generated: undefined }
  const generated = controlToken === undefined ? generate() : undefined
  return { token: controlToken ?? generated, generated }
}
