import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** What is written before the first spread. It is a variable, because esbuild drops a spread of `null`. */
const PREFIX = '...NOTHING, '

/**
 * Options of esbuild that speed up object literals which start with a spread and add members, such as `{ ...call, id }`.
 * V8 of Node 20 creates a hidden class for every object that such a literal makes, in the memory of old objects. It
 * creates none when the literal starts with a spread of nothing: `{ ...null, ...call, id }`, which means the same.
 * Lines stay where they are, for the source maps.
 * @param root absolute path of the repository
 * @assumed 0031
 */
export const joinedLiterals = root => ({
  inject: [join(root, 'src/platform/nothing.ts')],
  plugin: {
    name: 'joined literals',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
        contents: startWithNothing(readFileSync(path, 'utf8')),
        loader: 'ts'
      }))
    }
  }
})

/** @param text of a TypeScript file */
export function startWithNothing(text) {
  const places = []
  const visit = node => {
    const [first, ...others] = (ts.isObjectLiteralExpression(node) && node.properties) || []
    if (first && others.length > 0 && ts.isSpreadAssignment(first)) places.push(first.getStart())
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true))
  return [0, ...places.sort((one, other) => one - other)]
    .map((place, index, all) => (index === 0 ? '' : PREFIX) + text.slice(place, all[index + 1]))
    .join('')
}
