import Type from 'typebox'
import { isPseudonym } from '../../domain/comparing/identities.js'
import type { OptionRow } from '../../option-table.js'
import { OptionsInvalid } from '../options.js'

/** The option that puts credentials in the places of pseudonyms. */
export const CREDENTIAL_OPTION = {
  credential: {
    flag: 'credential',
    placeholder: 'pseudonym=value',
    type: Type.String({ minLength: 1 }),
    repeatable: true,
    secret: true,
    meaning: 'Credential of the fixture that stands for a pseudonym of the recording: token-1=emulator-user-token.'
  }
} as const satisfies Record<string, OptionRow>

/**
 * Credentials by their pseudonyms.
 * @throws OptionsInvalid for a text without `=`, a name that is no pseudonym, and one that is given twice
 */
export function readCredentials(texts: readonly string[]): Map<string, string> {
  const credentials = new Map<string, string>()
  const problems = texts.flatMap(text => {
    const [, name = '', value = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? []
    if (name === '')
      return ['--credential must be a pseudonym and its value, such as token-1=…; got a text without them.']
    if (!isPseudonym(name)) return [`--credential ${name}=…: "${name}" is no pseudonym, such as token-1 or secret-1.`]
    if (credentials.has(name)) return [`--credential ${name}=… is given twice: give it once.`]
    credentials.set(name, value)
    return []
  })
  if (problems.length > 0) throw new OptionsInvalid(problems)
  return credentials
}
