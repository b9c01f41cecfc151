import { existsSync, statSync } from 'node:fs'
import { ownFixtureNames } from '../package.js'
import type { Fixture } from '../schema/fixture.js'
import { readFixtureFiles } from './fixture-files.js'

/**
 * What `--fixture` of a client means: a file that is here, as a document, or else a name that the emulator may know. A
 * name of the package's stays a name.
 * @throws SettingsInvalid when the file is not JSON
 */
export async function givenFixture(text: string | undefined): Promise<string | Fixture | undefined> {
  if (text === undefined || ownFixtureNames().includes(text)) return text
  if (!existsSync(text) || !statSync(text).isFile()) return text
  const [source] = await readFixtureFiles([text])
  return source?.document as Fixture // the emulator checks it, and says what is wrong
}
