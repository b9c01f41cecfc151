import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The licences of the packages that a bundle has in it, which ask to be passed on with it.
 * @param inputs the files that it was made of, as esbuild tells them: relative to the root
 */
export function licensesOf(root, inputs) {
  const folders = new Set(inputs.flatMap(file => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  const texts = [...folders].map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find(file => /^licen[cs]e(?:[.-].*)?$/i.test(file))
    const text = file === undefined ? `${license}\n` : readFileSync(join(root, folder, file), 'utf8')
    return { title: `${name} ${version}`, text: text.trim() }
  })
  const head = 'The licence of the emulator is in LICENSE. Its program has these packages in it:\n'
  const sorted = texts.sort((one, other) => (one.title < other.title ? -1 : 1))
  return [head, ...sorted.map(({ title, text }) => `${'-'.repeat(80)}\n${title}\n\n${text}\n`)].join('\n')
}
