import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** What is written before the first spread. It is a variable, because esbuild drops a spread of `null`. */
const PREFIX = '...NOTHING, '

/**
 * A plugin of esbuild that speeds up object literals which start with a spread and add members, such as
 * `{ ...call, state }` of a call without a state. V8 of Node 20 creates a hidden class for every object that such a
 * literal makes, and frees it only with a full collection. It creates none after a spread of nothing, as in
 * `{ ...null, ...call, state }`, which means the same: see docs/decisions/0031.
 * @param root absolute path of the repository
 */
export const joinedLiterals = root => {
  const from = JSON.stringify(join(root, 'src/platform/nothing.ts'))
  return {
    name: 'joined literals',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        const contents = startWithNothing(text)
        if (contents === text) return undefined
        return { contents: `${contents}\nimport { NOTHING } from ${from}`, loader: 'ts' } // last: no line moves
      })
    }
  }
}

/** Lines stay where they are, for stack traces; the columns behind a literal on its line are moved. @param text TypeScript */
export function startWithNothing(text) {
  if (!text.includes('...')) return text // it need not be parsed
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
