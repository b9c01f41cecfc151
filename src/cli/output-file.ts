import { writeFileSync } from 'node:fs'
import type { Har } from '../schema/har.js'
import { OptionsInvalid } from './options.js'

/**
 * Writes a file, and overwrites it; a new one can be read by its owner only.
 * @param flag the option that names the file, for the message
 * @throws OptionsInvalid when it cannot be written
 */
export function writeOutput(flag: string, file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 })
  } catch (error) {
    const code = Reflect.get(Object(error), 'code')
    throw new OptionsInvalid([`--${flag} ${file}: the file cannot be written (${code}).`])
  }
}

/** Writes a document to the file of --har. @returns a line that says so @throws OptionsInvalid when it cannot be written */
export function writeHar(file: string, har: Har): string {
  writeOutput('har', file, `${JSON.stringify(har, null, 2)}\n`)
  const { length } = har.log.entries
  return `Wrote ${length} ${length === 1 ? 'entry' : 'entries'} to ${file}.\n`
}

/** @throws OptionsInvalid when --har and --follow are given together: a document ends */
export function checkHar({ har, follow }: { har: string | undefined; follow: boolean }): void {
  if (har !== undefined && follow)
    throw new OptionsInvalid(['--har and --follow exclude each other: give one of the two.'])
}
