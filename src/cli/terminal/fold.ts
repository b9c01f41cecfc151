import stringWidth from 'fast-string-width'

/** The number of columns that a terminal shows a text in: wide characters and emoji have two, combining marks none. */
export const widthOf = (text: string): number => (ASCII.test(text) ? text.length : stringWidth(text.normalize('NFC')))

const ASCII = /^[ -~]*$/

/** A text with spaces up to a width in columns. */
export const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Where a text stands. */
export interface Place {
  /** Columns that a line may have; Infinity folds nothing. */
  width: number
  /** Begins the first line. */
  first?: string
  /** Begins each further line; by default spaces of the width of `first`. */
  next?: string
}

/**
 * A line folded at its spaces to lines of a width. A word that is longer than a line is cut between characters, in a URL
 * behind a separator.
 * @returns the lines, without a line feed at the end
 */
export function foldLine(text: string, { width, first = '', next = ' '.repeat(widthOf(first)) }: Place): string {
  if (width === Infinity || widthOf(first) + widthOf(text) <= width) return (first + text).trimEnd()
  const lines: string[] = []
  let line = first
  let isEmpty = true // but for what begins it
  const end = () => {
    lines.push(line.trimEnd())
    line = next
    isEmpty = true
  }
  for (const [spaced] of text.matchAll(/\s*\S+/g)) {
    if (!isEmpty && widthOf(line) + widthOf(spaced) > width) end()
    let word = isEmpty && lines.length > 0 ? spaced.trimStart() : spaced
    while (widthOf(line) + widthOf(word) > width) {
      const [part, rest] = cut(word, Math.max(MIN_PART, width - widthOf(line)))
      if (rest === '') break
      line += part
      end()
      word = rest
    }
    line += word
    isEmpty = false
  }
  lines.push(line.trimEnd())
  return lines.join('\n')
}

/** The width of a part of a cut word at least: one wide character. */
const MIN_PART = 2

/** Cuts a word at a width: behind the last separator in its second half, else between two characters. */
function cut(word: string, width: number): [part: string, rest: string] {
  let at = 0
  let separated = 0
  let used = 0
  for (const { segment, index } of segmenter().segment(word)) {
    used += widthOf(segment)
    if (used > width && index > 0) break
    at = index + segment.length
    if (/[/?&=,;]/.test(segment) && used * 2 > width) separated = at
  }
  const end = separated > 0 && at < word.length ? separated : at
  return [word.slice(0, end), word.slice(end)]
}

/** Made at the first use. */
let characters: Intl.Segmenter | undefined
const segmenter = (): Intl.Segmenter => {
  characters ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return characters
}

/**
 * A command line for a shell, folded between its words, which stay whole: it runs as it is printed.
 * @param indent spaces before it
 */
export function foldCommand(command: string, { width, indent = 0 }: { width: number; indent?: number }): string {
  const [margin, deeper] = [' '.repeat(indent), ' '.repeat(indent + 4)]
  if (indent + widthOf(command) <= width) return margin + command
  const lines: string[] = []
  let line = margin
  for (const [word] of command.matchAll(/(?:\\.|'[^']*'|"(?:\\.|[^"])*"|[^ '"\\])+/g)) {
    const isEmpty = line.trim() === ''
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > width - 2) {
      lines.push(line)
      line = deeper + word
    } else line += isEmpty ? word : ` ${word}`
  }
  return [...lines, line].join(' \\\n')
}

/** Lines of text, each folded with its own indent; those that begin with two spaces and a command stay commands. */
export const foldLines = (text: string, width: number): string =>
  text
    .split('\n')
    .map(line => {
      const [indent = ''] = /^ */.exec(line) ?? []
      if (/^ +uapi-emulator /.test(line)) return foldCommand(line.trim(), { width, indent: indent.length })
      return foldLine(line.slice(indent.length), { width, first: indent })
    })
    .join('\n')
