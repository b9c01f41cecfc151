// Collects the @source and @assumed tags of doc comments: which rule comes from where.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/**
 * @param {string} folder
 * @returns {{ kind: 'documented' | 'recorded' | 'observed' | 'contract' | 'assumed', rule: string, source: string, file: string, name: string }[]}
 *   `name` is what stands below the comment; `file` and `name` together identify the rule
 */
export function citations(folder) {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter(file => file.endsWith('.ts'))
    .sort()
  return files.flatMap(file => {
    const path = join('src', relative('.', file)).split(sep).join('/')
    const code = readFileSync(join(folder, file), 'utf8')
    return [...code.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap(({ 0: all, 1: comment, index }) => {
      const name = nameBelow(code.slice(index + all.length))
      const text = comment
        .replace(/^\s*\* ?/gm, '')
        .replace(/\s+/g, ' ')
        .trim()
      const rule = summary(text)
      const rows = [...text.matchAll(/@(source|assumed) (.*?)(?=@\w+ |$)/g)].flatMap(([, tag, value]) =>
        tag === 'assumed' ? decisions(value) : [{ kind: kindOf(value), source: value.trim().replace(/[;.]$/, '') }]
      )
      return rows.filter(({ kind }) => kind !== 'none').map(row => ({ rule, file: path, name, ...row }))
    })
  })
}

/** The name of what a comment describes: a declaration, a member, or an argument. */
const nameBelow = code => {
  const words =
    /^\s*(?:export |default |async |abstract |readonly )*(?:(?:function|const|let|class|interface|type) )?\*?([\w$]+)/.exec(
      code
    )
  return words?.[1] ?? ''
}

/** The numbers of the decisions that an @assumed tag names. */
const decisions = value => [...value.matchAll(/\d{4}/g)].map(([source]) => ({ kind: 'assumed', source }))

/** `none` for sources that are not the vendor's: our own documents, standards, and decisions of the contract. */
function kindOf(source) {
  if (/\brecord(?:ed|ings?)\b/.test(source)) return 'recorded'
  if (/\bpage\b/.test(source)) return 'documented'
  if (/clients/.test(source)) return 'observed'
  return /\bv[35]\b/.test(source) ? 'contract' : 'none'
}

/** The first sentence of a comment, for a table cell. */
function summary(text) {
  const [sentence] = text.split(/(?<=\.) (?=[A-Z@])| @/)
  return sentence.replace(/[.:]$/, '').replaceAll('|', '\\|')
}
