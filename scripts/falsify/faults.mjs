import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ACCESS } from './faults/access.mjs'
import { CALLBACKS } from './faults/callbacks.mjs'
import { CALLS } from './faults/calls.mjs'
import { CLIENT } from './faults/client.mjs'
import { HTTP } from './faults/http.mjs'
import { STATE } from './faults/state.mjs'
import { WATCH } from './faults/watch.mjs'

/**
 * A fault: `text` stands exactly once in `file`, and `instead` switches off what it guards. `test` is a file of tests
 * and the title of the test that must fail, with the titles of subtests behind a `›`. With `build` the program is built:
 * for tests that start it.
 * @typedef {{ name: string, file: string, text: string, instead: string, test: string, build?: boolean }} Fault
 */

/** The least number of faults. */
export const MIN_FAULTS = 60

/** All faults, in the order of the folders of the source. @type {readonly Fault[]} */
export const FAULTS = [ACCESS, HTTP, CALLS, CALLBACKS, STATE, WATCH, CLIENT].flatMap(byFile =>
  Object.entries(byFile).flatMap(([file, faults]) => faults.map(fault => ({ ...fault, file })))
)

/** The file of a fault's test, and the titles from the outer to the inner one. */
export function testOf({ test }) {
  const [name = '', ...titles] = test.split(' › ')
  return { file: `test/${name}.test.ts`, titles }
}

/** What is wrong with the list: texts that no longer stand in the source, tests that do not exist, names used twice. */
export function problemsOf(faults, root) {
  const names = faults.map(({ name }) => name)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  return [
    ...(faults.length < MIN_FAULTS
      ? [`Only ${faults.length} faults are declared: at least ${MIN_FAULTS} must be.`]
      : []),
    ...twice.map(name => `Two faults have the name "${name}".`),
    ...faults.flatMap(fault => problemsOfOne(fault, root))
  ]
}

function problemsOfOne(fault, root) {
  const { name, file, text, instead } = fault
  const say = problem => `The fault "${name}" is stale: ${problem}. Correct it in scripts/falsify/faults.`
  if (!existsSync(join(root, file))) return [say(`there is no file ${file}`)]
  const count = readFileSync(join(root, file), 'utf8').split(text).length - 1
  const test = testOf(fault)
  return [
    ...(count === 1 ? [] : [say(`its text stands ${count} times in ${file}, and not once`)]),
    ...(text === instead ? [say('its replacement is the same text')] : []),
    ...problemsOfTest(test, root).map(say)
  ]
}

function problemsOfTest({ file, titles }, root) {
  if (!existsSync(join(root, file))) return [`there is no file ${file}`]
  if (titles.length === 0) return ['it names no test']
  const known = titlesIn(join(root, file))
  return titles.filter(title => !known.some(one => one.test(title))).map(title => `${file} has no test "${title}"`)
}

/** The titles of the tests of a file, as patterns: a part that is computed may be anything. */
function titlesIn(path) {
  const known = titlesByPath.get(path)
  if (known) return known
  const tests = readFileSync(path, 'utf8').matchAll(/\btest\(\s*(?:'((?:[^'\\\n]|\\.)+)'|`([^`]+)`)/g)
  const titles = [...tests].map(([, plain = '', template]) => {
    const literals = template?.split(/\$\{[^}]*\}/) ?? [plain.replaceAll("\\'", "'")]
    return new RegExp(`^${literals.map(text => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.+')}$`)
  })
  titlesByPath.set(path, titles)
  return titles
}

const titlesByPath = new Map()
