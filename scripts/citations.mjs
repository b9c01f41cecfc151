// Collects what the source says of where its rules come from: the @source and @assumed tags of its doc comments.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/**
 * @param {string} folder
 * @returns {{ kind: 'documented' | 'observed' | 'contract' | 'assumed', what: string, source: string, file: string }[]}
 */
export function citations(folder) {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter(file => file.endsWith('.ts'))
    .sort()
  return files.flatMap(file => {
    const path = join('src', relative('.', file)).split(sep).join('/')
    return [...readFileSync(join(folder, file), 'utf8').matchAll(/\/\*\*(.*?)\*\//gs)].flatMap(([, comment]) => {
      const text = comment
        .replace(/^\s*\* ?/gm, '')
        .replace(/\s+/g, ' ')
        .trim()
      const what = summary(text)
      const rows = [...text.matchAll(/@(source|assumed) (.*?)(?=@\w+ |$)/g)].flatMap(([, tag, said]) =>
        tag === 'assumed' ? numbers(said) : [{ kind: kindOf(said), source: said.trim().replace(/[;.]$/, '') }]
      )
      return rows.filter(({ kind }) => kind !== 'none').map(row => ({ what, file: path, ...row }))
    })
  })
}

const numbers = said => [...said.matchAll(/\d{4}/g)].map(([source]) => ({ kind: 'assumed', source }))

/** What cites our own API or a standard is no rule of the vendor, nor is what the contract decided. */
function kindOf(source) {
  if (/\bpage\b/.test(source)) return 'documented'
  if (/clients/.test(source)) return 'observed'
  return /\bv[35]\b/.test(source) ? 'contract' : 'none'
}

/** The first sentence of a comment, as a cell of a table. */
function summary(text) {
  const [sentence] = text.split(/(?<=\.) (?=[A-Z@])| @/)
  return sentence.replace(/[.:]$/, '').replaceAll('|', '\\|')
}
