import { computed, signal } from '@preact/signals'
import type { Problem } from '../../../schema/error.js'
import { printContents } from './counts.js'
import { findJsonProblem, findPlaces, type Place } from './json-places.js'

/** The text that is to be loaded, and where it is from: the name of a file, or empty when it was typed. */
export const source = signal({ name: '', text: '' })

/** The problem of a fixture at its place in the text; `path` is empty for text that is not JSON. */
export interface PlacedProblem extends Place {
  path: string
  message: string
  /** The line of the text, cut. */
  excerpt: string
}

/** The problems that the emulator found in the text. They go when the text changes. */
export const refused = signal<{ text: string; problems: PlacedProblem[]; more: number } | undefined>(undefined)

/** What the text is: nothing yet, no JSON, or a document with its contents in words. */
export const reading = computed<{ document?: unknown; contents?: string; problems: PlacedProblem[] }>(() => {
  const { text } = source.value
  if (text.trim() === '') return { problems: [] }
  const problem = findJsonProblem(text)
  if (problem !== undefined) return { problems: [{ path: '', excerpt: excerptOf(text, problem), ...problem }] }
  const document: unknown = JSON.parse(text)
  return { document, contents: printContents(document), problems: [] }
})

/** How many problems are listed. */
const LISTED = 200

/** Keeps the problems of an answer with their places. @param root the path of the document in the request */
export function showRefusal(text: string, details: readonly Problem[], root: string): void {
  const listed = details.slice(0, LISTED).map(({ path, message }) => ({ path: path.replace(root, '$'), message }))
  const places = findPlaces(
    text,
    listed.map(({ path }) => path)
  )
  const problems = listed.flatMap((problem, index) => {
    const place = places[index]
    return place ? [{ ...problem, ...place, excerpt: excerptOf(text, place) }] : []
  })
  problems.sort((one, other) => one.offset - other.offset)
  refused.value = { text, problems, more: details.length - listed.length }
}

/** The longest excerpt, in characters. */
const EXCERPT = 160

/** The line of a place; of a long line, what is around the place. */
function excerptOf(text: string, { offset, column }: Place): string {
  const start = offset - column + 1
  const end = text.indexOf('\n', offset)
  const from = column < EXCERPT ? start : offset - EXCERPT / 2
  return text.slice(from, Math.min(end === -1 ? text.length : end, from + EXCERPT)).trim()
}

/** The largest document of a request, in bytes. @source control-api.md "State" */
const MAX_BYTES = 32 * 1024 * 1024

/** Reads what was dropped or chosen. @throws Error with what is wrong with it, for the user */
export async function readFiles(files: readonly File[]): Promise<void> {
  const [file, ...others] = files
  if (file === undefined) throw new Error('Drop a file, or paste the text of a fixture.')
  if (others.length > 0) throw new Error(`${files.length} files were given. Load them one after the other.`)
  if (file.size > MAX_BYTES) throw new Error(`${file.name} is larger than 32 MiB, which a fixture may have.`)
  const text = await file.text().catch(() => {
    throw new Error(`${file.name} cannot be read. It may be a folder: choose a file of JSON.`)
  })
  source.value = { name: file.name, text }
}
