import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Lists the packages that the bundles contain, with name, version and licence, and passes on their licence texts.
 * @param root absolute path of the repository
 * @param inputs files of the bundles as esbuild reports them, relative to the root
 * @returns a table with one package a line, and the text of every licence below it
 */
export function licensesOf(root, inputs) {
  const folders = new Set(inputs.flatMap(file => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  const packages = [...folders]
    .map(folder => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      const file = readdirSync(join(root, folder)).find(file => /^licen[cs]e(?:[.-].*)?$/i.test(file))
      const text = file === undefined ? license : readFileSync(join(root, folder, file), 'utf8')
      return { line: `${name} ${version} ${license}`, text: text.trim() }
    })
    .sort((one, other) => (one.line < other.line ? -1 : 1))
  const head =
    'uapi-emulator is licensed as LICENSE says. Its bundles contain these packages (name, version, licence):\n'
  const list = packages.map(({ line }) => line).join('\n')
  const texts = packages.map(({ line, text }) => `${'-'.repeat(80)}\n${line}\n\n${text}\n`)
  return [head, `${list}\n`, ...texts].join('\n')
}
