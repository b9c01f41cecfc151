import type { ExtensionNumber } from '../schema/directory.js'
import { UapiError } from './errors.js'

/** An extension as a path names it: by its extended number, or by its short one within an organization. */
export type ExtensionRef = { kind: 'extended'; number: ExtensionNumber } | { kind: 'short'; number: string }

/**
 * Reads the extension of a path: `0003*210`, or `210`.
 * @throws UapiError `extension_invalid`
 * @source page "Path Parameters › extension": "Cannot be set to @self."; contract §2
 */
export function readExtensionRef(text: string): ExtensionRef {
  if (text === '') throw new UapiError('extension_invalid', 'extension_missing')
  if (text === '@self') throw new UapiError('extension_invalid', 'extension_self')
  if (!/^[0-9*]+$/.test(text)) throw new UapiError('extension_invalid', 'extension_malformed')
  return { kind: text.includes('*') ? 'extended' : 'short', number: text }
}

/** The short number of an extended one: `210` of `0003*210`. */
export const shortNumber = (number: ExtensionNumber): string => number.slice(number.indexOf('*') + 1)
