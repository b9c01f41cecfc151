import type { LegParameters } from '../calls/leg-parameters.js'

/**
 * The CallerIDName and CallerIDNum of a callerId: `John Doe <4242425>`, a name alone, or a number alone.
 * @source phone-calls.md "Create" (v3)
 * @assumed 0022
 */
export function parseCallerId(text: string): Partial<Pick<LegParameters, 'callerIdName' | 'callerIdNum'>> {
  const [, quoted = '', number] = /^(.*?)\s*<([^<>]*)>\s*$/s.exec(text) ?? []
  if (number !== undefined) {
    const name = unquoted(quoted)
    return { ...(name !== '' && { callerIdName: name }), callerIdNum: number.trim() }
  }
  const whole = unquoted(text)
  if (whole === '') return {}
  return /^[+0-9*#]+$/.test(whole) ? { callerIdNum: whole } : { callerIdName: whole }
}

/** Prints a caller as a callerId. */
export const printCallerId = ({ callerIdName, callerIdNum }: LegParameters): string =>
  callerIdName === '' || callerIdName === callerIdNum ? callerIdNum : `${callerIdName} <${callerIdNum}>`

const unquoted = (text: string): string =>
  text
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .trim()
