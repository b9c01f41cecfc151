import { isLoopback } from './callbacks/host.js'

/** The token that the control API requires, and the same token where it was generated and has to be shown. */
export interface ControlToken {
  token: string | undefined
  generated: string | undefined
}

/**
 * Decides which token the control API requires: none on loopback or when `none` was given, else the given one, else a
 * generated one.
 * @source control-api.md "Protection"
 */
export function controlTokenOf(
  { host, controlToken }: { host: string; controlToken?: string | undefined },
  generate: () => string
): ControlToken {
  if (controlToken === 'none' || isLoopback(host)) return { token: undefined, generated: undefined }
  const generated = controlToken === undefined ? generate() : undefined
  return { token: controlToken ?? generated, generated }
}
