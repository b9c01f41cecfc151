import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './program.js'

/** The lines of the shell blocks in an example's README, in their order. */
export const commandsIn = (example: string): string[] =>
  readFileSync(join(ROOT, 'examples', example, 'README.md'), 'utf8')
    .split(/^```/m)
    .filter(block => block.startsWith('sh\n'))
    .flatMap(block => block.trim().split('\n').slice(1))
