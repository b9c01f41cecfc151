import { nearestName } from '../../domain/near-text.js'

/** The known name that a word misspells, or begins; undefined when none is near. */
export const findSimilar = (word: string, names: readonly string[]): string | undefined =>
  nearestName(word, names) ?? names.find(name => isBeginning(word.toLowerCase(), name))

/** ` Did you mean reset?` for a word that misspells one of the names; empty otherwise. */
export function suggest(word: string, names: readonly string[], prefix = ''): string {
  const similar = findSimilar(word, names)
  return similar === undefined ? '' : ` Did you mean ${prefix}${similar}?`
}

const isBeginning = (typed: string, name: string): boolean => typed.length >= 3 && name.toLowerCase().startsWith(typed)
