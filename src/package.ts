import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of this package: the one above `src`, and above `dist`, where the program may be one file. */
export const PACKAGE_ROOT: string = join(import.meta.dirname, '..')

/** The version of this package, as its package.json has it. */
export const VERSION: string = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')).version
